/* duration - spans and dates as people type and read them.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DURATION_TEXT_SIZE = 32, DATE_SIZE = 11 };

/* Parse a span: a whole number and one unit, "90s", "30m", "24h", "365d", "2w"; 1 s to 100 years.
 * Returns 0 or -EINVAL. */
int duration_parse(const char *text, int64_t *ret_seconds) __attribute__((warn_unused_result));

/* Parse a day "2026-11-30" to its start, seconds since 1970, UTC.  Years 1970 to 9999.
 * Returns 0 or -EINVAL. */
int date_parse(const char *text, int64_t *ret_seconds) __attribute__((warn_unused_result));

/* A moment ahead: a span from @now, a day (its end, so that the day itself counts), or RFC 3339 UTC
 * "2026-11-30T08:00:00Z".  Returns 0; -EINVAL; -ERANGE if it is not after @now. */
int moment_parse(const char *text, int64_t now, int64_t *ret_seconds)
	__attribute__((warn_unused_result));

/* A span for people in its two largest units: "3 d 4 h", "5 min 2 s", "0 s". */
void duration_to_text(uint64_t seconds, char ret[static DURATION_TEXT_SIZE]);

/* An amount of bytes for people: "0 B", "1023 B", "1.5 MB" (powers of 1000). */
void bytes_to_text(uint64_t bytes, char ret[static DURATION_TEXT_SIZE]);
