#include "log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LOG_LINE_SIZE = 1024 };

void log_line(enum log_level level, const char *id, const char *format, ...)
{
	char line[LOG_LINE_SIZE];
	va_list args;

	va_start(args, format);
	int r = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (r < 0)
		return;
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	fprintf(stderr, "<%d>%s: %s\n", (int)level, id, line);
}
