/* facts - what the roll-ups know of people and devices beyond one workstation: violations, and on
 * how many hosts a device was seen.  Nothing is counted from events here. */
#pragma once

#include <stdint.h>

#include "policy/retention.h"
#include "store.h"

enum {
	FACTS_DAYS = 30,	  /* violations before that are not open any more */
	FACTS_OF_HOST_MAX = 1000, /* devices that one workstation has met, the latest first */
	FACTS_WIDESPREAD = 5,	  /* hosts that make a device one that many have met */
	FACTS_WIDESPREAD_MAX = 1000,
	FACTS_PEOPLE_MAX = 200,
};

_Static_assert((int)FACTS_DAYS <= (int)RETENTION_MIN_DAYS,
	       "the roll-ups of these days still say who it was");

/* A person or a device, borrowed for the call, and the number. */
typedef int facts_handler(void *context, const char *name, int64_t number);

/* Each person seen at @host in the last FACTS_DAYS days up to @today (YYYY-MM-DD), with the
 * violations by that person at all hosts in them; a negative return ends it and is returned. */
int facts_each_person(struct store *store, const char *host, const char *today,
		      facts_handler *handler, void *context) __attribute__((warn_unused_result));

/* Each device that @host has met (usage.h's "device"), with the number of hosts that have. */
int facts_each_device(struct store *store, const char *host, facts_handler *handler, void *context)
	__attribute__((warn_unused_result));

/* Each device that FACTS_WIDESPREAD hosts or more have met, those met by most first. */
int facts_each_widespread(struct store *store, facts_handler *handler, void *context)
	__attribute__((warn_unused_result));
