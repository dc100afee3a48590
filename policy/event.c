#include "event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "text.h"
#include "verdict.h"

enum { MAX_DEPTH = 6 };

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

/* A member that is a word of the program's own: copied whole or refused. */
static int read_word(json_t *root, const char *name, char *ret, size_t ret_size)
{
	const char *text = text_of(root, name);

	return text == NULL || text_copy(text, ret, ret_size) < 0 ? -EBADMSG : 0;
}

/* A count: 0 if absent or null. */
static int read_count(json_t *root, const char *name, uint64_t *ret)
{
	json_t *value = json_object_get(root, name);

	if (value == NULL || json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -EBADMSG;
	*ret = (uint64_t)json_integer_value(value);
	return 0;
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

static int read_head(json_t *root, struct event_columns *event)
{
	int r = read_count(root, "seq", &event->seq);
	if (r == 0)
		r = read_word(root, "time", event->time, sizeof(event->time));
	if (r == 0)
		r = read_word(root, "kind", event->kind, sizeof(event->kind));
	if (r < 0 || event->seq == 0 || !is_time(event->time) || !is_kind(event->kind))
		return -EBADMSG;
	return 0;
}

static int read_device(json_t *device, struct event_columns *event)
{
	char text[EVENT_TEXT_SIZE];

	if (device == NULL || json_is_null(device))
		return 0;
	const char *vendor = text_of(device, "vendor"), *product = text_of(device, "product");
	const char *serial = text_of(device, "serial"), *name = text_of(device, "name");
	const char *manufacturer = text_of(device, "manufacturer");
	uint8_t id[2];
	if (!json_is_object(device) || vendor == NULL || product == NULL || serial == NULL ||
	    name == NULL || manufacturer == NULL || text_unhex(vendor, id, sizeof(id)) < 0 ||
	    text_unhex(product, id, sizeof(id)) < 0)
		return -EBADMSG;

	snprintf(text, sizeof(text), "%s:%s%s%.*s", vendor, product, *serial == '\0' ? "" : " ",
		 EVENT_TEXT_SIZE - (int)sizeof("vvvv:pppp "), serial);
	copy_shown(text, event->device, sizeof(event->device));
	const int half = EVENT_TEXT_SIZE / 2 - 1;
	snprintf(text, sizeof(text), "%.*s%s%.*s", half, manufacturer,
		 *manufacturer == '\0' || *name == '\0' ? "" : " ", half, name);
	copy_shown(text, event->name, sizeof(event->name));
	return 0;
}

static int read_verdict(json_t *root, struct event_columns *event)
{
	const char *step = text_of(root, "step"), *rule = text_of(root, "rule");
	char text[sizeof(event->rule)];

	if (read_word(root, "verdict", event->verdict, sizeof(event->verdict)) < 0 ||
	    (event->verdict[0] != '\0' && verdict_from_text(event->verdict) < 0) || step == NULL ||
	    rule == NULL)
		return -EBADMSG;
	snprintf(text, sizeof(text), "%.16s%s%.78s", step,
		 *step == '\0' || *rule == '\0' ? "" : ":", rule);
	copy_shown(text, event->rule, sizeof(event->rule));
	return 0;
}

/* Devices' events have a reason for people, which is another thing. */
static int read_agent(json_t *root, struct event_columns *event)
{
	json_t *pre_agent = json_object_get(root, "pre_agent");

	if (pre_agent != NULL && !json_is_boolean(pre_agent))
		return -EBADMSG;
	event->pre_agent = json_is_true(pre_agent);
	if (strcmp(event->kind, "agent.stopped") != 0 && strcmp(event->kind, "agent.stopping") != 0)
		return 0;
	return read_word(root, "reason", event->reason, sizeof(event->reason));
}

static int read_columns(json_t *root, struct event_columns *event)
{
	json_t *violation = json_object_get(root, "violation");
	const char *person = text_of(root, "person");

	int r = json_is_object(root) ? read_head(root, event) : -EBADMSG;
	if (r == 0)
		r = read_word(root, "instance", event->instance, sizeof(event->instance));
	if (r == 0)
		r = read_device(json_object_get(root, "device"), event);
	if (r == 0)
		r = read_verdict(root, event);
	if (r == 0)
		r = read_agent(root, event);
	if (r == 0)
		r = read_count(root, "duration_s", &event->duration_s);
	if (r == 0)
		r = read_count(root, "bytes_read", &event->bytes_read);
	if (r == 0)
		r = read_count(root, "bytes_written", &event->bytes_written);
	if (r == 0)
		r = read_count(root, "policy", &event->policy_version);
	if (r < 0 || person == NULL || (violation != NULL && !json_is_boolean(violation)))
		return -EBADMSG;
	copy_shown(person, event->person, sizeof(event->person));
	event->violation = json_is_true(violation);
	return 0;
}

int event_parse(struct event_columns *ret, const char *line, size_t size)
{
	struct event_columns event = { 0 };
	json_t *root;
	json_error_t error;

	if (size >= LEDGER_LINE_MAX)
		return -EBADMSG;
	int r = json_text_load(line, size, MAX_DEPTH, &root, &error);
	if (r < 0)
		return r;
	r = read_columns(root, &event);
	json_decref(root);
	if (r < 0)
		return r;
	*ret = event;
	return 0;
}
