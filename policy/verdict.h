/* verdict - what may be done with a device or one of its interfaces.
 * Pure values; ordered by strictness so that the stricter of two verdicts is the smaller number. */
#pragma once

enum verdict {
	VERDICT_DENY = 0,      /* no driver, no device node */
	VERDICT_READ_ONLY = 1, /* storage only: read, never written */
	VERDICT_ALLOW = 2,
	_VERDICT_MAX,
};

/* The word used in documents and records: "deny", "read-only", "allow".  Static storage. */
const char *verdict_to_text(enum verdict verdict);

/* Returns the verdict named by @text, or -EINVAL. */
int verdict_from_text(const char *text);

static inline enum verdict verdict_stricter(enum verdict a, enum verdict b)
{
	return a < b ? a : b;
}
