/* provisional - a policy in force that is not confirmed yet: its time, what ends it, and the
 * records that this makes.  What may follow what is policy_store's.
 *
 * A version that was taken back may be offered again after a while, PROVISIONAL_AGAIN_MAX times:
 * after as long as a policy may be provisional, 6 times that, and 24 times that (10 minutes, 1 hour
 * and 4 hours).  Whoever sees it offered then has reached the collector under the version before.
 * After that it takes a higher version. */
#pragma once

#include <stdint.h>

#include <systemd/sd-event.h>

struct enforcer;

/* How long a policy may stay unconfirmed, in seconds. */
enum {
	PROVISIONAL_WITHIN_S = 600,
	PROVISIONAL_WITHIN_MIN_S = 30,
	PROVISIONAL_WITHIN_MAX_S = 86400,
	PROVISIONAL_RETRY_S = 60, /* the policy before could not be put in force */
	PROVISIONAL_AGAIN_MAX = 3,
};

struct provisional {
	uint32_t within_s; /* 0: PROVISIONAL_WITHIN_S */
	sd_event_source *deadline;
	sd_event_source *again; /* until what was taken back may be offered */
	uint64_t again_version; /* which that is; 0: none is waited for */
	unsigned again_times;	/* and how often it had been taken back */
};

/* The policy in force may be another than before: wait for the end of its trial, or for nothing. */
void provisional_follow(struct enforcer *enforcer);
void provisional_finish(struct enforcer *enforcer);

/* The collector was reached under @version; recorded.  Returns as policy_store_confirm(). */
int provisional_confirm(struct enforcer *enforcer, uint64_t version)
	__attribute__((warn_unused_result));

/* When the trial of the policy in force ends, in seconds since 1970; 0 if it is on none. */
int64_t provisional_until(const struct enforcer *enforcer);

/* From when the version that was taken back may be offered again, in seconds since 1970; 0 if
 * never, or there is none. */
int64_t provisional_again(const struct enforcer *enforcer);
