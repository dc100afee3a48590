#include "event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "event_members.h"
#include "json_text.h"
#include "text.h"
#include "verdict.h"

/* Copy a text that is to be shown as it was written.  What the agent has made clean stays as it is;
 * from one that did not, it is made so here. */
static void copy_shown(const char *text, char *ret, size_t ret_size)
{
	const size_t size = strlen(text);

	if (text_copy(text, ret, ret_size) < 0)
		text_sanitise(text, size, ret, ret_size);
}

/* The text member @name: "" if it is absent or null, NULL if it is something else. */
static const char *text_of(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	if (value == NULL || json_is_null(value))
		return "";
	return json_string_value(value);
}

/* A count: 0 if absent or null. */
static uint64_t count_of(json_t *root, const char *name, bool *wrong)
{
	json_t *value = json_object_get(root, name);

	if (value == NULL || json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0) {
		*wrong = true;
		return 0;
	}
	return (uint64_t)json_integer_value(value);
}

/* What event_scan() finds, from a tree that is known to be JSON; @root is an object. */
static void read_members(json_t *root, struct event_members *ret)
{
	json_t *device = json_object_get(root, "device");
	json_t *violation = json_object_get(root, "violation");
	json_t *pre_agent = json_object_get(root, "pre_agent");
	bool wrong = false;

	*ret = (struct event_members){
		.time = text_of(root, "time"),
		.kind = text_of(root, "kind"),
		.instance = text_of(root, "instance"),
		.verdict = text_of(root, "verdict"),
		.step = text_of(root, "step"),
		.rule = text_of(root, "rule"),
		.person = text_of(root, "person"),
		.reason = text_of(root, "reason"),
		.vendor = text_of(device, "vendor"),
		.product = text_of(device, "product"),
		.serial = text_of(device, "serial"),
		.manufacturer = text_of(device, "manufacturer"),
		.name = text_of(device, "name"),
		.seq = count_of(root, "seq", &wrong),
		.duration_s = count_of(root, "duration_s", &wrong),
		.bytes_read = count_of(root, "bytes_read", &wrong),
		.bytes_written = count_of(root, "bytes_written", &wrong),
		.policy = count_of(root, "policy", &wrong),
		.has_device = json_is_object(device),
		.violation = json_is_true(violation),
		.pre_agent = json_is_true(pre_agent),
	};
	ret->wrong = wrong || (violation != NULL && !json_is_boolean(violation)) ||
		     (pre_agent != NULL && !json_is_boolean(pre_agent)) ||
		     (device != NULL && !json_is_null(device) && !json_is_object(device));
}

/* A member that is a word of the program's own: copied whole or refused. */
static int take_word(const char *text, char *ret, size_t ret_size)
{
	return text == NULL || text_copy(text, ret, ret_size) < 0 ? -EBADMSG : 0;
}

/* RFC 3339 UTC with six digits after the second. */
static bool is_time(const char *text)
{
	char seconds[] = "0000-00-00T00:00:00Z";
	int64_t ignored;

	if (strlen(text) != EVENT_TIME_SIZE - 1 || text[19] != '.' ||
	    strspn(text + 20, "0123456789") != 6 || text[26] != 'Z')
		return false;
	memcpy(seconds, text, 19);
	return text_time_parse(seconds, &ignored) == 0;
}

/* "device.decided": words of lower-case letters and '-', with dots between. */
static bool is_kind(const char *text)
{
	const size_t length = strlen(text);

	return length > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyz-.") == length &&
	       text[0] != '.' && text[length - 1] != '.';
}

static int take_head(const struct event_members *m, struct event_columns *event)
{
	int r = take_word(m->time, event->time, sizeof(event->time));

	if (r == 0)
		r = take_word(m->kind, event->kind, sizeof(event->kind));
	if (r < 0 || m->seq == 0 || !is_time(event->time) || !is_kind(event->kind))
		return -EBADMSG;
	event->seq = m->seq;
	return 0;
}

static int take_device(const struct event_members *m, struct event_columns *event)
{
	char text[EVENT_TEXT_SIZE];
	uint8_t id[2];

	if (!m->has_device)
		return 0;
	if (m->vendor == NULL || m->product == NULL || m->serial == NULL || m->name == NULL ||
	    m->manufacturer == NULL || text_unhex(m->vendor, id, sizeof(id)) < 0 ||
	    text_unhex(m->product, id, sizeof(id)) < 0)
		return -EBADMSG;

	snprintf(text, sizeof(text), "%s:%s%s%.*s", m->vendor, m->product,
		 *m->serial == '\0' ? "" : " ", EVENT_TEXT_SIZE - (int)sizeof("vvvv:pppp "),
		 m->serial);
	copy_shown(text, event->device, sizeof(event->device));
	const int half = EVENT_TEXT_SIZE / 2 - 1;
	snprintf(text, sizeof(text), "%.*s%s%.*s", half, m->manufacturer,
		 *m->manufacturer == '\0' || *m->name == '\0' ? "" : " ", half, m->name);
	copy_shown(text, event->name, sizeof(event->name));
	return 0;
}

static int take_verdict(const struct event_members *m, struct event_columns *event)
{
	char text[sizeof(event->rule)];

	if (take_word(m->verdict, event->verdict, sizeof(event->verdict)) < 0 ||
	    (event->verdict[0] != '\0' && verdict_from_text(event->verdict) < 0) ||
	    m->step == NULL || m->rule == NULL)
		return -EBADMSG;
	snprintf(text, sizeof(text), "%.16s%s%.78s", m->step,
		 *m->step == '\0' || *m->rule == '\0' ? "" : ":", m->rule);
	copy_shown(text, event->rule, sizeof(event->rule));
	return 0;
}

/* Devices' events have a reason for people, which is another thing. */
static int take_agent(const struct event_members *m, struct event_columns *event)
{
	event->pre_agent = m->pre_agent;
	if (strcmp(event->kind, "agent.stopped") != 0 && strcmp(event->kind, "agent.stopping") != 0)
		return 0;
	return take_word(m->reason, event->reason, sizeof(event->reason));
}

static int take_members(const struct event_members *m, struct event_columns *ret)
{
	struct event_columns event = { 0 };
	int r = m->wrong || m->person == NULL ? -EBADMSG : take_head(m, &event);

	if (r == 0)
		r = take_word(m->instance, event.instance, sizeof(event.instance));
	if (r == 0)
		r = take_device(m, &event);
	if (r == 0)
		r = take_verdict(m, &event);
	if (r == 0)
		r = take_agent(m, &event);
	if (r < 0)
		return r;
	copy_shown(m->person, event.person, sizeof(event.person));
	event.duration_s = m->duration_s;
	event.bytes_read = m->bytes_read;
	event.bytes_written = m->bytes_written;
	event.policy_version = m->policy;
	event.violation = m->violation;
	*ret = event;
	return 0;
}

int event_parse_tree(struct event_columns *ret, const char *line, size_t size)
{
	struct event_members members;
	json_error_t error;
	json_t *root;

	if (size >= LEDGER_LINE_MAX)
		return -EBADMSG;
	int r = json_text_load(line, size, EVENT_MAX_DEPTH, &root, &error);
	if (r < 0)
		return r;
	if (json_is_object(root)) {
		read_members(root, &members);
		r = take_members(&members, ret);
	} else {
		r = -EBADMSG;
	}
	json_decref(root);
	return r;
}

int event_parse(struct event_columns *ret, const char *line, size_t size)
{
	struct event_scratch scratch;
	struct event_members members;

	if (size < LEDGER_LINE_MAX && event_scan(&members, &scratch, line, size))
		return take_members(&members, ret);
	return event_parse_tree(ret, line, size);
}
