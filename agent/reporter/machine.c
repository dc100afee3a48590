#include "machine.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-id128.h>

#include "policy/text.h"

int machine_read(struct machine *ret)
{
	struct machine machine = { 0 };
	uint8_t name[MACHINE_NAME_SIZE];
	sd_id128_t boot;
	int r;

	if (gethostname(machine.hostname, sizeof(machine.hostname) - 1) < 0)
		return -errno;
	r = machine_name(name);
	if (r >= 0)
		r = sd_id128_get_boot(&boot);
	if (r < 0)
		return r;
	text_hex(name, sizeof(name), machine.name);
	sd_id128_to_string(boot, machine.boot);
	*ret = machine;
	return 0;
}

int64_t machine_uptime_s(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_BOOTTIME, &now) < 0 ? 0 : now.tv_sec;
}
