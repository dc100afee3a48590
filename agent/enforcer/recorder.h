/* recorder - get events into the ledger, through times when it cannot be written.
 * What must be on disk before something is permitted either is, or the caller hears of it; what
 * only tells of something is kept in memory, in order, until the ledger can be written again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "history.h"
#include "ledger.h"

enum { RECORDER_BACKLOG = 1024 };

struct recorder {
	struct ledger ledger;
	int ledgers_fd; /* borrowed */
	char boot[CLOCK_BOOT_SIZE];
	bool writable; /* the last attempt to write succeeded */
	size_t lost;   /* events that found the backlog full */
	size_t n;
	json_t *backlog[RECORDER_BACKLOG]; /* owned */
};

/* Prepare; nothing is open.  Borrows @ledgers_fd until the end. */
void recorder_init(struct recorder *recorder, int ledgers_fd, const char *boot);
void recorder_finish(struct recorder *recorder);

/* Open the ledger, or make one; note what was found wrong with it.  What it says of this boot goes
 * to @history.  Returns 0 or as ledger_open(); then everything noted waits. */
int recorder_open(struct recorder *recorder, struct history *history)
	__attribute__((warn_unused_result));

/* An event that must be on disk when this returns 0.  @members is taken, as by record_event().
 * Returns 0 or as record_append(): then it is not kept; but when only its sync failed, the ledger
 * has it, and the reader will see it: *@ret_taken is true. */
int recorder_write(struct recorder *recorder, const char *kind, json_t *members, bool *ret_taken)
	__attribute__((warn_unused_result));

/* An event that tells what is so anyway.  @members is taken. */
void recorder_note(struct recorder *recorder, const char *kind, json_t *members);

/* Try to write what waits; if the ledger was not writable, a record of that is added.
 * Returns 0 when nothing waits any more, or what went wrong. */
int recorder_retry(struct recorder *recorder, struct history *history)
	__attribute__((warn_unused_result));
