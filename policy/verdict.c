#include "verdict.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const names[_VERDICT_MAX] = {
	[VERDICT_DENY] = "deny",
	[VERDICT_CHARGE_ONLY] = "charge-only",
	[VERDICT_ENCRYPTED_ONLY] = "encrypted-only",
	[VERDICT_READ_ONLY] = "read-only",
	[VERDICT_ALLOW] = "allow",
};

static const struct {
	enum modifier modifier;
	const char *name;
} modifiers[] = {
	{ MODIFIER_NOEXEC, "noexec" },
	{ MODIFIER_TRAIL, "trail" },
	{ MODIFIER_NOTIFY, "notify" },
	{ MODIFIER_JUSTIFY, "justify" },
};

enum { N_MODIFIERS = sizeof(modifiers) / sizeof(modifiers[0]) };

bool outcome_same(const struct outcome *a, const struct outcome *b)
{
	return a->by_risk == b->by_risk && (a->by_risk || a->verdict == b->verdict) &&
	       a->modifiers == b->modifiers && a->even_if_last == b->even_if_last;
}

const char *verdict_to_text(enum verdict verdict)
{
	return names[verdict];
}

int verdict_from_text(const char *text)
{
	for (int v = 0; v < _VERDICT_MAX; v++)
		if (strcmp(text, names[v]) == 0)
			return v;
	return -EINVAL;
}

enum verdict verdict_stricter(enum verdict a, enum verdict b)
{
	const enum verdict low = a < b ? a : b, high = a < b ? b : a;

	return low == VERDICT_ENCRYPTED_ONLY && high == VERDICT_READ_ONLY ? VERDICT_CHARGE_ONLY
									  : low;
}

const char *modifier_to_text(enum modifier modifier)
{
	for (size_t i = 0; i < N_MODIFIERS; i++)
		if (modifiers[i].modifier == modifier)
			return modifiers[i].name;
	return "";
}

int modifier_from_text(const char *text)
{
	for (size_t i = 0; i < N_MODIFIERS; i++)
		if (strcmp(text, modifiers[i].name) == 0)
			return (int)modifiers[i].modifier;
	return -EINVAL;
}
