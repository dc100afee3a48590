#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/text.h"

enum { COMPLAINT_SIZE = 8192 };

void complain(const char *format, ...)
{
	char text[COMPLAINT_SIZE], clean[COMPLAINT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	message_clean(text, clean, sizeof(clean));
	fflush(stdout);
	fprintf(stderr, "devgatectl: %s\n", clean);
}

void message_clean(const char *text, char *ret, size_t ret_size)
{
	static const char escape[] = "\\x5C"; /* text_sanitise's backslash */
	char *in, *out;

	if (!text)
		text = "";
	text_sanitise(text, strlen(text), ret, ret_size);
	for (in = out = ret; *in; out++) {
		if (strncmp(in, escape, sizeof(escape) - 1) == 0) {
			*out = '\\';
			in += sizeof(escape) - 1;
		} else {
			*out = *in++;
		}
	}
	*out = '\0';
}
