#include "gate_majors.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "gate_program.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct range {
	unsigned type, first, last;
} fixed[] = {
	{ GATE_BLOCK, 8, 8 },	  /* sd */
	{ GATE_BLOCK, 11, 11 },	  /* sr */
	{ GATE_BLOCK, 65, 71 },	  /* sd */
	{ GATE_BLOCK, 128, 135 }, /* sd */
	{ GATE_BLOCK, 179, 179 }, /* mmcblk */
	{ GATE_BLOCK, 259, 259 }, /* NVMe, further partitions */
	{ GATE_CHAR, 9, 9 },	  /* st */
	{ GATE_CHAR, 21, 21 },	  /* sg */
	{ GATE_CHAR, 86, 86 },	  /* ch */
	{ GATE_CHAR, GATE_USB_MAJOR, GATE_USB_MAJOR },
};

/* As they call themselves in block/bsg.c, drivers/nvme/host/core.c, drivers/mmc/core/block.c. */
static const char *const dynamic_drivers[] = { "bsg", "nvme", "nvme-generic", "rpmb" };

bool gate_majors_fixed(unsigned type, unsigned major)
{
	for (size_t i = 0; i < COUNT(fixed); i++) {
		if (fixed[i].type == type && fixed[i].first <= major && major <= fixed[i].last)
			return true;
	}
	return false;
}

static bool is_dynamic(const char *driver)
{
	for (size_t i = 0; i < COUNT(dynamic_drivers); i++) {
		if (strcmp(driver, dynamic_drivers[i]) == 0)
			return true;
	}
	return false;
}

/* A line of /proc/devices: "180 usb".  Returns whether it is of a driver that gets its major at run
 * time. */
static bool parse_line(char *line, unsigned long *ret_major)
{
	char *name;

	line[strcspn(line, "\n")] = '\0';
	*ret_major = strtoul(line, &name, 10);
	name += strspn(name, " ");
	return *ret_major < GATE_MAJORS && is_dynamic(name);
}

/* Characters come first, then "Block devices:" (fs/proc/devices.c). */
int gate_majors_dynamic(struct gate_major ret[static GATE_MAX_DYNAMIC])
{
	_cleanup_fclose_ FILE *file = fopen("/proc/devices", "re");
	unsigned long major;
	char line[128];
	int n = 0;

	if (file == NULL)
		return -errno;
	while (n < GATE_MAX_DYNAMIC && fgets(line, sizeof(line), file) != NULL &&
	       strncmp(line, "Block", strlen("Block")) != 0) {
		if (parse_line(line, &major))
			ret[n++] = (struct gate_major){ GATE_CHAR, (unsigned)major };
	}
	return n;
}
