#include "event_text.h"

#include <errno.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "device_text.h"
#include "policy/text.h"
#include "text.h"

enum { CELL_SIZE = 1024 };

static void print_member(const json_t *event, const char *name, FILE *to)
{
	char value[CELL_SIZE];

	text_member(event, name, value, sizeof(value));
	if (*value)
		fprintf(to, "  %s", value);
}

static void print_device(const json_t *event, FILE *to)
{
	const json_t *device = json_object_get(event, "device");
	char port[64], id[DEVICE_CELL_SIZE], name[DEVICE_CELL_SIZE];

	fprintf(to, "  %s  %s  %s", text_member(device, "port", port, sizeof(port)),
		device_text_id(device, id, sizeof(id)),
		device_text_name(device, name, sizeof(name)));
}

static void print_decided(const json_t *event, FILE *to)
{
	char verdict[128], rule[192], reason[CELL_SIZE];

	print_device(event, to);
	fprintf(to, "  %s  %s  %s", device_text_verdict(event, verdict, sizeof(verdict)),
		device_text_rule(event, rule, sizeof(rule)),
		text_reason(json_object_get(event, "reason"), reason, sizeof(reason)));
	print_member(event, "person", to);
}

static json_int_t number(const json_t *event, const char *name)
{
	return json_integer_value(json_object_get(event, name));
}

static void print_removed(const json_t *event, FILE *to)
{
	print_device(event, to);
	fprintf(to, _("  after %lld s, %lld bytes read, %lld bytes written"),
		number(event, "duration_s"), number(event, "bytes_read"),
		number(event, "bytes_written"));
}

static void print_policy(const json_t *event, FILE *to)
{
	print_member(event, "role", to);
	if (json_is_integer(json_object_get(event, "version")))
		fprintf(to, _("  version %lld"), number(event, "version"));
	print_member(event, "name", to);
	print_member(event, "reason", to);
	print_member(event, "text", to);
}

/* Who did it, with what, to how many; and the first of them. */
static void print_files(const json_t *event, FILE *to)
{
	const json_t *shown = json_object_get(event, "shown");
	const json_t *first = json_array_get(shown, 0);
	char person[64], program[CELL_SIZE];

	print_device(event, to);
	text_member(event, "person", person, sizeof(person));
	text_member(event, "program", program, sizeof(program));
	fprintf(to, "  %s  %s", person, program);
	fprintf(to, _("  %lld files, %lld bytes"), number(event, "files"), number(event, "bytes"));
	if (first == NULL)
		return;
	print_member(first, "path", to);
	if (json_object_get(first, "to") != NULL) {
		fputs(" ->", to);
		print_member(first, "to", to);
	}
	if (json_array_size(shown) > 1)
		fputs(" …", to);
}

static void print_other(const json_t *event, FILE *to)
{
	static const char *const names[] = { "ledger", "host",	  "version", "after", "reason",
					     "gate",   "witness", "what",    "port",  "path",
					     "text",   "grant",	  "until",   "person" };

	if (json_object_get(event, "device") != NULL)
		print_device(event, to);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		print_member(event, names[i], to);
}

static void print_event(const json_t *event, FILE *to)
{
	static const struct {
		const char *kind;
		void (*print)(const json_t *event, FILE *to);
	} kinds[] = {
		{ "device.decided", print_decided },  { "device.changed", print_decided },
		{ "device.removed", print_removed },  { "policy.applied", print_policy },
		{ "policy.refused", print_policy },   { "policy.expired", print_policy },
		{ "policy.confirmed", print_policy }, { "policy.rolled-back", print_policy },
		{ "file.written", print_files },      { "file.read", print_files },
		{ "file.removed", print_files },      { "file.renamed", print_files },
		{ "file.blocked", print_files },
	};
	char kind[64], time[64], local[64];

	text_member(event, "time", time, sizeof(time));
	text_member(event, "kind", kind, sizeof(kind));
	fprintf(to, "%s  %-14s", text_local_time(time, local, sizeof(local)), kind);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, kind) == 0) {
			kinds[i].print(event, to);
			return;
		}
	}
	print_other(event, to);
}

void event_text_print(const char *line, size_t size, FILE *to)
{
	_cleanup_json_ json_t *event = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
	char shown[CELL_SIZE];

	if (json_is_object(event)) {
		print_event(event, to);
	} else {
		text_sanitise(line, size, shown, sizeof(shown));
		fprintf(to, _("damaged record: %s"), shown);
	}
	fputc('\n', to);
}

int event_text_time(const char *line, size_t size, int64_t *ret)
{
	_cleanup_json_ json_t *event = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
	const char *time = json_string_value(json_object_get(event, "time"));
	char whole[21];

	if (time == NULL || strlen(time) < 20)
		return -EBADMSG;
	memcpy(whole, time, 19);
	memcpy(whole + 19, "Z", 2);
	return text_time_parse(whole, ret) < 0 ? -EBADMSG : 0;
}
