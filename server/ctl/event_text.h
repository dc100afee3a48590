/* event_text - a recorded event as one line for people.  Pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

enum { EVENT_LINE_SIZE = 2048 };

/* "time  host  what", where what is "device verdict step:rule person" for the device's events and
 * the kind with its own facts for the others.  @event: an item of /api/v1/events.  Every text is
 * cleaned for the terminal; what is missing shows as "-". */
void event_to_text(const json_t *event, char ret[static EVENT_LINE_SIZE]);
