/* since - the moment that --since names.  Pure. */
#pragma once

#include <stdint.h>

/* @text: "2026-11-22T08:00:00Z", "2026-11-22" (its beginning, local time), or an age of 90s, 30m,
 * 12h or 7d before @now (seconds since 1970).  Returns 0 or -EINVAL. */
int since_parse(const char *text, int64_t now, int64_t *ret) __attribute__((warn_unused_result));
