#include "emergency.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "identify.h"
#include "policy/function.h"
#include "port.h"
#include "sysfs.h"

bool emergency_may_open(const struct device *device)
{
	const function_set harmless = FUNCTION_BIT(FUNCTION_HUB) | FUNCTION_BIT(FUNCTION_KEYBOARD) |
				      FUNCTION_BIT(FUNCTION_POINTER);
	const function_set functions = device_functions(device);

	return functions != 0 && (functions & ~harmless) == 0;
}

/* 1 if it was closed and is open now. */
static int open_at(int sysfs_fd, const char *port)
{
	_cleanup_close_ int fd = -1;
	struct device device;
	uint64_t authorized;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "bus/usb/devices/%s", port);
	r = sysfs_open(sysfs_fd, path, &fd);
	if (r >= 0)
		r = sysfs_read_number(fd, "authorized", 10, 1, &authorized);
	if (r < 0 || authorized == 1)
		return r < 0 ? r : 0;
	r = identify(fd, port, &device);
	if (r < 0 || !emergency_may_open(&device))
		return 0;
	r = sysfs_write(fd, "authorized", "1");
	return r < 0 ? r : 1;
}

int emergency_open_once(int sysfs_fd)
{
	_cleanup_(sysfs_names_free) char **ports = NULL;
	int n = sysfs_list(sysfs_fd, "bus/usb/devices", port_is_device, &ports), opened = 0;

	for (int i = 0; i < n; i++) {
		int r = open_at(sysfs_fd, ports[i]);

		if (r < 0 && r != -ENOENT && r != -ENODEV)
			log_warning("emergency", "%s stays closed: %s", ports[i], strerror(-r));
		opened += r > 0;
	}
	return n < 0 ? n : opened;
}

int emergency_open(int sysfs_fd)
{
	const struct timespec pause = { .tv_nsec = EMERGENCY_PAUSE_MS * 1000000L };
	int opened = 0;

	for (int i = 0; i < EMERGENCY_ROUNDS; i++) {
		int r = emergency_open_once(sysfs_fd);

		if (r < 0)
			return r;
		opened += r;
		nanosleep(&pause, NULL);
	}
	return opened;
}
