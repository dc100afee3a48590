/* machine - what the collector tells this machine from others by: a name made of its machine id,
 * its host name, and which start of it this is. */
#pragma once

#include <limits.h>
#include <stdint.h>

#include "agent/common/machine_name.h"

enum { MACHINE_BOOT_SIZE = 33 };

struct machine {
	char hostname[HOST_NAME_MAX + 1];
	char name[2 * MACHINE_NAME_SIZE + 1]; /* hexadecimal */
	char boot[MACHINE_BOOT_SIZE];	      /* boot id, hexadecimal: another after each start */
};

/* Returns 0; what gethostname(2), machine_name() and sd_id128_get_boot(3) give. */
int machine_read(struct machine *ret) __attribute__((warn_unused_result));

/* Seconds since this start, those asleep among them. */
int64_t machine_uptime_s(void);
