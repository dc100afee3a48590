/* event_members - the members of an event that become columns, as its JSON has them, and the two
 * ways to find them: by Jansson, which decides what an event is, and by a scan that knows only the
 * plain form in which agents write, and says so of anything else.  Internal to policy/event. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

enum { EVENT_MAX_DEPTH = 6 };

/* A text is "" if it is absent or null, and NULL if it is something else. */
struct event_members {
	const char *time, *kind, *instance, *verdict, *step, *rule, *person;
	const char *reason; /* of agents' events; devices' have an object */
	const char *vendor, *product, *serial, *manufacturer, *name; /* of the device */
	uint64_t seq, duration_s, bytes_read, bytes_written, policy; /* 0 if absent or null */
	bool has_device, violation, pre_agent;
	bool wrong; /* a member of another type than these */
};

/* What is written into by event_scan, and borrowed by its members. */
struct event_scratch {
	char texts[2048];
};

/* Find the members of @line.  True only if Jansson would take the line and find the same; false if
 * it is not sure: then *@ret is not to be used. */
bool event_scan(struct event_members *ret, struct event_scratch *scratch, const char *line,
		size_t size);

/* event_parse() by Jansson alone: what event_parse() must be equal to. */
int event_parse_tree(struct event_columns *ret, const char *line, size_t size)
	__attribute__((warn_unused_result));
