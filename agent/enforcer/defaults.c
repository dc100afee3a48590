#include "defaults.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "port.h"
#include "sysfs.h"

#define USBCORE_DEFAULT "module/usbcore/parameters/authorized_default"

static int first_failure(int failure, int r)
{
	return failure < 0 ? failure : r < 0 ? r : 0;
}

static int write_default(int dirfd, const char *of, const char *name, const char *value)
{
	int r = sysfs_write(dirfd, name, value);

	if (r < 0)
		log_error("defaults-write", "Cannot write %s to %s of %s: %s", value, name, of,
			  strerror(-r));
	return r;
}

static int write_hub(int sysfs_fd, const char *name, const char *value)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	int r, failure;

	snprintf(path, sizeof(path), "bus/usb/devices/%s", name);
	r = sysfs_open(sysfs_fd, path, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* gone meanwhile */
	failure = write_default(fd, name, "authorized_default", value);
	r = write_default(fd, name, "interface_authorized_default", value);
	return first_failure(failure, r);
}

static int write_all(int sysfs_fd, const char *value)
{
	_cleanup_(sysfs_names_free) char **hubs = NULL;
	int failure, n;

	failure = sysfs_write(sysfs_fd, USBCORE_DEFAULT, value);
	if (failure == -ENOENT)
		failure = 0;
	else if (failure < 0)
		log_error("defaults-write", "Cannot write %s to /sys/" USBCORE_DEFAULT ": %s",
			  value, strerror(-failure));
	n = sysfs_list(sysfs_fd, "bus/usb/devices", port_is_root_hub, &hubs);
	if (n == -ENOENT)
		return failure;
	for (int i = 0; i < n; i++)
		failure = first_failure(failure, write_hub(sysfs_fd, hubs[i], value));
	return first_failure(failure, n);
}

enum defaults_found defaults_look(int sysfs_fd)
{
	char value[8];

	int r = sysfs_read(sysfs_fd, USBCORE_DEFAULT, value, sizeof(value));

	if (r < 0)
		return r == -ENOENT ? DEFAULTS_NONE : DEFAULTS_OPEN;
	return strcmp(value, "0") == 0	 ? DEFAULTS_CLOSED
	       : strcmp(value, "2") == 0 ? DEFAULTS_INTERNAL
					 : DEFAULTS_OPEN;
}

const char *defaults_found_to_text(enum defaults_found found)
{
	static const char *const texts[] = { [DEFAULTS_OPEN] = "open",
					     [DEFAULTS_INTERNAL] = "internal",
					     [DEFAULTS_CLOSED] = "closed",
					     [DEFAULTS_NONE] = "none" };

	return texts[found];
}

int defaults_deny(int sysfs_fd)
{
	return write_all(sysfs_fd, "0");
}

int defaults_release(int sysfs_fd)
{
	return write_all(sysfs_fd, "1");
}

/* Open what belongs to the root hub itself.  Its interface is there only when the kernel has
 * configured it; the interface's own uevent brings us here again. */
static int admit_hub(int sysfs_fd, const char *name)
{
	_cleanup_close_ int fd = -1;
	const char *bus = name + strlen("usb");
	char path[64], interface[32];
	uint64_t authorized;
	int r;

	snprintf(interface, sizeof(interface), "%.16s-0:1.0", bus);
	snprintf(path, sizeof(path), "bus/usb/devices/%s", interface);
	r = sysfs_open(sysfs_fd, path, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = sysfs_read_number(fd, "authorized", 10, 1, &authorized);
	if (r < 0 || authorized == 1)
		return r;
	r = write_default(fd, interface, "authorized", "1");
	if (r < 0)
		return r;
	return sysfs_write(sysfs_fd, "bus/usb/drivers_probe", interface);
}

int defaults_deny_hub(int sysfs_fd, const char *name)
{
	int failure = write_hub(sysfs_fd, name, "0");

	return first_failure(failure, admit_hub(sysfs_fd, name));
}

bool defaults_hub_denies(int sysfs_fd, unsigned bus)
{
	uint64_t value;
	char path[80];

	snprintf(path, sizeof(path), "bus/usb/devices/usb%u/interface_authorized_default", bus);
	return sysfs_read_number(sysfs_fd, path, 10, 1, &value) == 0 && value == 0;
}
