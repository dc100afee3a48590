#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include <systemd/sd-daemon.h>

enum { LOG_LINE_SIZE = 1024 };

__attribute__((format(printf, 3, 0))) static void log_line(const char *priority, const char *id,
							   const char *format, va_list args)
{
	char line[LOG_LINE_SIZE];

	if (vsnprintf(line, sizeof(line), format, args) < 0)
		return;
	for (char *p = line; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
	fprintf(stderr, "%s%s: %s\n", priority, id, line);
}

void log_error(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(SD_ERR, id, format, args);
	va_end(args);
}

void log_warning(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(SD_WARNING, id, format, args);
	va_end(args);
}

void log_info(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(SD_INFO, id, format, args);
	va_end(args);
}

void log_debug(const char *id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(SD_DEBUG, id, format, args);
	va_end(args);
}
