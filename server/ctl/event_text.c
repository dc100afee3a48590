#include "event_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "table.h"

enum { FIELD_SIZE = 300 };

static const char *text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text && *text ? text : "-";
}

/* Clean @text to @ret and fill up with blanks to @columns of the terminal. */
static void pad(const char *text, size_t columns, char ret[static FIELD_SIZE])
{
	size_t size, width;

	message_clean(text, ret, FIELD_SIZE);
	size = strlen(ret);
	width = table_text_width(ret);
	if (width < columns && size + columns - width < FIELD_SIZE) {
		memset(ret + size, ' ', columns - width);
		ret[size + columns - width] = '\0';
	}
}

/* As snprintf; a line that is too long is cut. */
static __attribute__((format(printf, 3, 4))) void join(char *ret, size_t ret_size,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret, ret_size, format, args);
	va_end(args);
}

static void device_part(const json_t *line, char *ret, size_t ret_size)
{
	const json_t *device = json_object_get(line, "device");
	char raw[FIELD_SIZE], who[FIELD_SIZE], name[FIELD_SIZE], verdict[FIELD_SIZE];
	char rule[FIELD_SIZE], person[FIELD_SIZE];

	snprintf(raw, sizeof(raw), "%s:%s %s", text_of(device, "vendor"),
		 text_of(device, "product"), text_of(device, "serial"));
	pad(raw, 30, who);
	pad(text_of(device, "name"), 0, name);
	pad(text_of(line, "verdict"), 9, verdict);
	snprintf(raw, sizeof(raw), "%s:%s", text_of(line, "step"), text_of(line, "rule"));
	pad(raw, 20, rule);
	pad(text_of(line, "person"), 0, person);
	join(ret, ret_size, "%s  %s%s%s  %s  %s  %s", who, verdict,
	     json_is_true(json_object_get(line, "partial")) ? "*" : " ",
	     json_is_true(json_object_get(line, "violation")) ? "!" : " ", rule, person, name);
}

static void removed_part(const json_t *line, char *ret, size_t ret_size)
{
	const json_t *device = json_object_get(line, "device");
	char raw[FIELD_SIZE], who[FIELD_SIZE];
	json_int_t seconds = json_integer_value(json_object_get(line, "duration_s"));
	json_int_t in = json_integer_value(json_object_get(line, "bytes_read"));
	json_int_t out = json_integer_value(json_object_get(line, "bytes_written"));

	snprintf(raw, sizeof(raw), "%s:%s %s", text_of(device, "vendor"),
		 text_of(device, "product"), text_of(device, "serial"));
	pad(raw, 30, who);
	join(ret, ret_size, _("%s  removed after %lld s, read %lld B, written %lld B"), who,
	     (long long)seconds, (long long)in, (long long)out);
}

/* Who did it, with what, to how many; and the first of them. */
static void files_part(const json_t *line, char *ret, size_t ret_size)
{
	const json_t *device = json_object_get(line, "device");
	const json_t *first = json_array_get(json_object_get(line, "shown"), 0);
	char raw[FIELD_SIZE], who[FIELD_SIZE], person[FIELD_SIZE], program[FIELD_SIZE];
	char path[FIELD_SIZE];

	snprintf(raw, sizeof(raw), "%s:%s %s", text_of(device, "vendor"),
		 text_of(device, "product"), text_of(device, "serial"));
	pad(raw, 30, who);
	pad(text_of(line, "person"), 8, person);
	pad(text_of(line, "program"), 0, program);
	pad(text_of(first, "path"), 0, path);
	join(ret, ret_size, _("%s  %s  %s  %lld files, %lld B, %s"), who, person, program,
	     (long long)json_integer_value(json_object_get(line, "files")),
	     (long long)json_integer_value(json_object_get(line, "bytes")), path);
}

/* The members of an event that is not of a device, those that say what it was. */
static void plain_part(const json_t *line, char *ret, size_t ret_size)
{
	static const char *const members[] = {
		"role",	 "version", "name", "reason", "what", "port",
		"after", "ledger",  "gate", "errno",  "text", "grant"
	};
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *value = json_object_get(line, members[i]);
		char clean[FIELD_SIZE];

		if (json_is_string(value))
			message_clean(json_string_value(value), clean, sizeof(clean));
		else if (json_is_integer(value))
			snprintf(clean, sizeof(clean), "%lld",
				 (long long)json_integer_value(value));
		else
			continue;
		if (used < ret_size)
			used += (size_t)snprintf(ret + used, ret_size - used, "%s%s=%s",
						 used ? " " : "", members[i], clean);
	}
}

void event_to_text(const json_t *event, char ret[static EVENT_LINE_SIZE])
{
	const json_t *line = json_object_get(event, "line");
	const char *kind = text_of(line, "kind");
	const char *unreadable = json_string_value(line); /* a line that is no event */
	char time[FIELD_SIZE], host[FIELD_SIZE], what[FIELD_SIZE];
	char part[EVENT_LINE_SIZE - 3 * FIELD_SIZE - 8];

	pad(text_of(line, "time"), 0, time);
	if (strlen(time) == 27) /* to the second; --json has the rest */
		strcpy(time + 19, "Z");
	pad(text_of(event, "hostname"), 12, host);
	pad(kind, 15, what);
	if (strcmp(kind, "device.removed") == 0)
		removed_part(line, part, sizeof(part));
	else if (strncmp(kind, "file.", 5) == 0)
		files_part(line, part, sizeof(part));
	else if (json_is_object(json_object_get(line, "device")) &&
		 json_is_string(json_object_get(line, "verdict")))
		device_part(line, part, sizeof(part));
	else
		plain_part(line, part, sizeof(part));
	if (unreadable)
		message_clean(unreadable, part, sizeof(part));
	join(ret, EVENT_LINE_SIZE, "%s  %s  %s  %s", time, host, what, part);
}
