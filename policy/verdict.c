#include "verdict.h"

#include <errno.h>
#include <string.h>

static const char *const names[_VERDICT_MAX] = {
	[VERDICT_DENY] = "deny",
	[VERDICT_READ_ONLY] = "read-only",
	[VERDICT_ALLOW] = "allow",
};

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
