/* log - one line for the administrator on stderr: a text with sd-daemon's priority prefix, or a
 * JSON object for machines to read.
 * @id is a stable word ("store-failed") that documents and searches can rely on; the text may
 * change.  Nothing that a peer says makes a second line: control characters are shown as '?' in a
 * text, and escaped in JSON.
 *   {"time":"2026-11-23T08:00:00.123Z","level":"warning","event":"upload-refused",
 *    "text":"host ...: gap: ...","host":"...","code":"gap"} */
#pragma once

#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6 };

/* What a line is about, for machines: its name is as stable as the id.  @text NULL: @number. */
struct log_field {
	const char *name, *text;
	int64_t number;
};

#define LOG_TEXT(name, text)                                                                       \
	{                                                                                          \
		name, text, 0                                                                      \
	}
#define LOG_NUMBER(name, number)                                                                   \
	{                                                                                          \
		name, (const char *)0, (int64_t)(number)                                           \
	}
/* The last argument but the format's of log_about(): LOG_ABOUT(LOG_TEXT("host", host), ...). */
#define LOG_ABOUT(...) ((const struct log_field[]){ __VA_ARGS__, { 0 } })

/* Write JSON from now on.  Before the first thread: every later line is of that form. */
void log_as_json(void);

void log_line(enum log_level level, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with @fields, ended by one without a name, which a text says already. */
void log_about(enum log_level level, const char *id, const struct log_field *fields,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
