/* history - what the ledger says of the devices of this boot, learnt when it is opened.
 * After a restart it tells which devices are known, so that nothing is recorded twice, and which
 * went away unseen.  Also when the last record was made, and whether it was an orderly stop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "clock.h"
#include "medium.h"
#include "policy/decide.h"

enum { HISTORY_MAX_STAYS = 8192 };

/* One stay of a device that the ledger has not seen end. */
struct history_stay {
	char *instance;	     /* owned */
	bool present;	     /* it was there before the agent */
	uint64_t arrived_us; /* CLOCK_BOOTTIME, of its first record */
	json_t *record;	     /* its last decision's event; owned */
	json_t *cut_off;     /* the event of that, or NULL; owned */
	bool failed;	     /* the kernel refused that decision: it was left denied */
};

struct history {
	char boot[CLOCK_BOOT_SIZE];
	char last_time[CLOCK_TEXT_SIZE]; /* of the last record of any boot; "" if there is none */
	bool clean;			 /* the last record is an orderly stop */
	bool this_boot;			 /* there are records of this boot */
	bool overflow;			 /* more stays than the limit: some are forgotten */
	size_t n;
	struct history_stay *stays; /* owned */
};

void history_init(struct history *history, const char *boot);
void history_finish(struct history *history);

/* Learn from one line of the ledger; lines that are no events of this boot's devices only move
 * last_time.  A ledger_line_handler; @userdata is the history.  Out of memory forgets the line, so
 * that its device is recorded again. */
void history_on_line(void *userdata, const char *line, size_t size);

/* The stay of @instance, or NULL.  Valid until the next change. */
const struct history_stay *history_find(const struct history *history, const char *instance);

/* Forget the stay of @instance. */
void history_forget(struct history *history, const char *instance);

/* What verdict it was left with; borrowed from @stay. */
const char *history_verdict(const struct history_stay *stay);

/* Why it was cut off for how it types, or for want of its code, and is to stay so: "", if it was
 * not. Borrowed from @stay. */
const char *history_cut_off(const struct history_stay *stay);

/* True if @stay's last record took effect and says the same verdicts, interface by interface, and
 * the same modifiers, in the same mode, as @decision of @device. */
bool history_agrees(const struct history_stay *stay, const struct device *device,
		    const struct decision *decision);

/* What was found on its disks, if that was recorded; else *@ret stays as it is.  Its disks are to
 * be examined all the same before one is opened. */
void history_medium(const struct history_stay *stay, struct medium *ret);
