/* machine - what the collector tells this machine from others by: a name made of its machine id,
 * its host name, and which start of it this is. */
#pragma once

#include <limits.h>
#include <stdint.h>

enum { MACHINE_NAME_SIZE = 65, MACHINE_BOOT_SIZE = 33 };

struct machine {
	char hostname[HOST_NAME_MAX + 1];
	/* SHA-256, hexadecimal: stable, and the machine id cannot be told from it (machine-id(5):
	 * the id itself must not be given away) */
	char name[MACHINE_NAME_SIZE];
	char boot[MACHINE_BOOT_SIZE]; /* boot id, hexadecimal: another after each start */
};

/* Returns 0; what gethostname(2), sd_id128_get_machine_app_specific(3) and sd_id128_get_boot(3)
 * give.
 */
int machine_read(struct machine *ret) __attribute__((warn_unused_result));

/* Seconds since this start, those asleep among them. */
int64_t machine_uptime_s(void);
