/* stays - numbers for stays of devices whose files the kernel is asked to tell of (marks.h), and
 * what a record says of each.  A stay is remembered after it has ended, as what was done in it may
 * be told some seconds later; the oldest are forgotten for new ones. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "devices.h"

enum { STAYS_MAX = 256 };

struct stay {
	uint32_t number; /* from 1 to MARKS_STAY_MAX; 0: nothing here */
	char instance[INSTANCE_SIZE];
	json_t *device; /* owned: the "device" object */
	bool ended;
};

/* Zeroed: none.  A number is made from the instance's name, so that the next enforcer gives the
 * same to a device that is still there. */
struct stays {
	size_t at; /* where the next one goes */
	struct stay items[STAYS_MAX];
};

void stays_finish(struct stays *stays);

/* The number of @dev's stay, a new one if it has none yet.  0 out of memory. */
uint32_t stays_number(struct stays *stays, const struct usbdev *dev);

/* The device has gone. */
void stays_end(struct stays *stays, const char *instance);

/* The stay of this number, or NULL; valid until the next stays_number(). */
const struct stay *stays_find(const struct stays *stays, uint32_t number);
