#include "trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/log.h"

void trouble_note(struct trouble *trouble, const char *format, ...)
{
	char text[sizeof(trouble->last)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (strcmp(text, trouble->last) == 0)
		return;
	memcpy(trouble->last, text, sizeof(text));
	log_warning(trouble->id, "%s failed, and is tried again: %s", trouble->what, text);
}

void trouble_over(struct trouble *trouble)
{
	if (trouble->last[0] == '\0')
		return;
	trouble->last[0] = '\0';
	log_info(trouble->id, "%s works again", trouble->what);
}
