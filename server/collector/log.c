#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <jansson.h>

#include "policy/text.h"
#include "server/pki/cleanup.h"

enum { LOG_LINE_SIZE = 1024, TIME_SIZE = 48 };

/* Set before there are threads. */
static bool as_json, to_journal;

/* systemd.exec(5): $JOURNAL_STREAM is "device:inode" of the journal's stream.  It takes the
 * priority off a line before it keeps it; anybody else would have a line that is no JSON. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(2, &st) == 0 &&
	       st.st_dev == device && st.st_ino == inode;
}

void log_as_json(void)
{
	as_json = true;
	to_journal = is_journal();
}

static void write_text(enum log_level level, const char *id, char *line)
{
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	fprintf(stderr, "<%d>%s: %s\n", (int)level, id, line);
}

static void now(char ret[static TIME_SIZE])
{
	struct timespec ts;
	char seconds[21];

	clock_gettime(CLOCK_REALTIME, &ts);
	text_time((int64_t)ts.tv_sec, seconds);
	snprintf(ret, TIME_SIZE, "%.19s.%03ldZ", seconds, ts.tv_nsec / 1000000);
}

/* JSON is UTF-8, and what is logged may be any bytes. */
static json_t *clean(const char *text)
{
	char printable[2 * LOG_LINE_SIZE];

	text_sanitise(text, strlen(text), printable, sizeof(printable));
	return json_string(printable);
}

static const char *name_of(enum log_level level)
{
	return level == LOG_LEVEL_ERROR ? "error" : level == LOG_LEVEL_WARNING ? "warning" : "info";
}

/* False if there is no memory for it. */
static bool write_json(enum log_level level, const char *id, const struct log_field *fields,
		       const char *line)
{
	_cleanup_json_ json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	char time[TIME_SIZE], priority[8] = "";

	now(time);
	json = json_pack("{ss ss ss so}", "time", time, "level", name_of(level), "event", id,
			 "text", clean(line));
	for (; json && fields && fields->name; fields++) {
		json_t *value = fields->text ? clean(fields->text) : json_integer(fields->number);
		if (json_object_set_new(json, fields->name, value) < 0)
			return false;
	}
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (!text)
		return false;
	if (to_journal)
		snprintf(priority, sizeof(priority), "<%d>", (int)level);
	fprintf(stderr, "%s%s\n", priority, text);
	return true;
}

static void write_line(enum log_level level, const char *id, const struct log_field *fields,
		       char *line)
{
	if (!as_json || !write_json(level, id, fields, line))
		write_text(level, id, line);
}

void log_line(enum log_level level, const char *id, const char *format, ...)
{
	char line[LOG_LINE_SIZE];
	va_list args;

	va_start(args, format);
	int r = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (r >= 0)
		write_line(level, id, NULL, line);
}

void log_about(enum log_level level, const char *id, const struct log_field *fields,
	       const char *format, ...)
{
	char line[LOG_LINE_SIZE];
	va_list args;

	va_start(args, format);
	int r = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (r >= 0)
		write_line(level, id, fields, line);
}
