#include "names.h"

#include <stdio.h>
#include <string.h>

void names_add(struct names *names, const char *name, const char *more)
{
	size_t used = strlen(names->text), left = sizeof(names->text) - used;

	names->n++;
	if (names->n <= NAMES_SHOWN)
		snprintf(names->text + used, left, "%s%.120s%s%.60s%s", names->n > 1 ? ", " : "",
			 name, *more ? " (" : "", more, *more ? ")" : "");
	else if (names->n == NAMES_SHOWN + 1)
		snprintf(names->text + used, left, ", ...");
}
