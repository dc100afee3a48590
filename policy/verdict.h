/* verdict - what may be done with a device or one of its interfaces, and what is asked beside.
 * Pure values; ordered by strictness, so that the stricter of two is the smaller number, but for
 * encrypted-only and read-only, which do not compare: verdict_stricter() knows. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum verdict {
	VERDICT_DENY = 0,	/* no driver, no device node */
	VERDICT_CHARGE_ONLY,	/* power, no data: no driver, no device node, and no violation */
	VERDICT_ENCRYPTED_ONLY, /* storage only: what is encrypted may be used; the rest is shut */
	VERDICT_READ_ONLY,	/* storage only: read, never written */
	VERDICT_ALLOW,
	_VERDICT_MAX,
};

/* What is asked beside a verdict that permits. */
enum modifier {
	MODIFIER_NOEXEC = 1 << 0,  /* no program is started from it */
	MODIFIER_TRAIL = 1 << 1,   /* files read and written are recorded */
	MODIFIER_NOTIFY = 1 << 2,  /* the person at the seat is told */
	MODIFIER_JUSTIFY = 1 << 3, /* the person is asked why */
	_MODIFIER_ALL = 15,
};

typedef uint8_t modifier_set; /* bits of enum modifier */

/* What a rule, a register's entry or a default says. */
struct outcome {
	enum verdict verdict; /* meaningless if by_risk */
	modifier_set modifiers;
	bool by_risk;	   /* the risk model chooses */
	bool even_if_last; /* the lock-out guard does not hold here: said of a device by name */
};

/* True if both say the same. */
bool outcome_same(const struct outcome *a, const struct outcome *b);

/* The word used in documents and records: "deny", "charge-only", "encrypted-only", "read-only",
 * "allow".  Static storage. */
const char *verdict_to_text(enum verdict verdict);

/* Returns the verdict named by @text, or -EINVAL. */
int verdict_from_text(const char *text);

/* The most that permits nothing that @a or @b does not: the stricter of the two; charge-only for
 * encrypted-only and read-only.  So it does not matter in which order verdicts are added up. */
enum verdict verdict_stricter(enum verdict a, enum verdict b);

/* The word of one modifier, "noexec", "trail", "notify", "justify".  Static storage. */
const char *modifier_to_text(enum modifier modifier);

/* Returns the modifier named by @text, or -EINVAL. */
int modifier_from_text(const char *text);
