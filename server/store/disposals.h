/* disposals - dispose of lines whose time is over, a few at a time, and leave signed disposals in
 * their place (policy/disposal.h).
 *
 * A line is due when its day, and the first checkpoint that covers it, are both longer ago than its
 * kind is kept, and no hold covers it.  Ledgers that have forked are evidence, and are left alone.
 * Roll-ups stay; after their own time they do not say any more who it was.
 * What is kept of a site beside its ledgers follows: site_disposals.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/note.h"
#include "policy/retention.h"
#include "store.h"

enum { DISPOSALS_STEP = 250 }; /* lines looked at in one step */

/* By what; all borrowed. */
struct disposals {
	const struct retention *retention;
	const struct note_key *key;
	const uint8_t *secret; /* crypto_sign_SECRETKEYBYTES, @key's other half */
	int64_t now;
	bool dry; /* count, and change nothing */
};

/* Where the next step begins; zeros: at the beginning. */
struct disposals_cursor {
	int64_t ledger;
	uint64_t seq;
};

/* What the steps so far have done, or would do. */
struct disposals_tally {
	uint64_t disposed; /* lines */
	uint64_t held;	   /* lines that are due but for a hold */
	uint64_t damaged;  /* ledgers left alone, since their lines do not form the chain */
	uint64_t persons;  /* roll-ups that do not say any more who it was */
	uint64_t grants;   /* versions of officers' grants */
	uint64_t findings; /* that were closed */
	uint64_t tokens;   /* of enrolment */
	uint64_t starts;   /* of machines */
	uint64_t names;	   /* findings, tokens and starts that do not name anybody any more */
};

/* Deal with the next lines of a ledger, in one transaction.  Adds to *@tally and moves *@cursor.
 * Returns 1, or 0 when there was nothing left to look at; -EAGAIN if another collector was faster;
 * -errno: both are as before. */
int disposals_step(struct store *store, const struct disposals *disposals,
		   struct disposals_cursor *cursor, struct disposals_tally *tally)
	__attribute__((warn_unused_result));

/* After the last step: deal with the roll-ups and the rest, and record in the audit log what was
 * done by @who, if anything was.  0 or -errno. */
int disposals_finish(struct store *store, const struct disposals *disposals, const char *who,
		     struct disposals_tally *tally) __attribute__((warn_unused_result));
