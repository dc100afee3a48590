#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/text.h"

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fflush(stdout);
	fputs("devgatectl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
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
