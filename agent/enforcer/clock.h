/* clock - what time it is, in the forms that records want. */
#pragma once

#include <stdint.h>

enum {
	CLOCK_TEXT_SIZE = 28, /* "2026-11-22T22:36:19.123456Z" and NUL */
	CLOCK_BOOT_SIZE = 33, /* boot id: 32 hexadecimal digits and NUL */
};

/* Microseconds since 1970, UTC. */
int64_t clock_now_us(void);

/* Microseconds since boot, suspended time included (CLOCK_BOOTTIME); never goes back. */
uint64_t clock_mono_us(void);

/* RFC 3339, UTC, with microseconds. */
void clock_text(int64_t now_us, char ret[static CLOCK_TEXT_SIZE]);

/* This boot's id.  Returns 0 or what sd_id128_get_boot(3) gives. */
int clock_boot_id(char ret[static CLOCK_BOOT_SIZE]) __attribute__((warn_unused_result));
