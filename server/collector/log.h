/* log - one line for the administrator on stderr, with sd-daemon's priority prefix.
 * @id is a stable word ("store-failed") that documents and searches can rely on; the text may
 * change.  Control characters are shown as '?', so nothing that a peer says makes a second line. */
#pragma once

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6 };

void log_line(enum log_level level, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
