/* policy_trial - what is remembered on disk of a policy that is not confirmed yet, and of the last
 * one that was taken back.  The envelopes themselves are policy_store's, and so is every decision.
 *
 * One file below policy/, policy.trial.json, is replaced whole, so a power cut leaves the state
 * before or the state after.  It names envelopes by their SHA-256: what it says of a trial holds
 * only while that very envelope is the one in force. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

/* A policy that is in force until it is confirmed, or its time is over. */
struct policy_trial {
	uint64_t version; /* 0: no trial */
	uint8_t envelope[32];
	/* The one before in the same trial, until @envelope has taken its place; version 0: none.
	 */
	uint64_t replaces_version;
	uint8_t replaces[32];
	uint64_t previous_version;  /* what is gone back to */
	uint8_t previous[32];	    /* its envelope */
	unsigned begun;		    /* boots in which its time has begun */
	char boot[CLOCK_BOOT_SIZE]; /* the last of them; "": none yet */
	uint64_t deadline_us;	    /* CLOCK_BOOTTIME of that boot */
};

struct policy_trial_note {
	struct policy_trial trial;
	uint64_t undone_version; /* taken back; 0: none */
	uint8_t undone[32];	 /* its envelope */
	unsigned undone_times;	 /* how often it was */
};

/* Read the note below @policy_fd.  *@ret is empty if there is none, and on failure.
 * Returns 0; -EBADMSG if it is damaged; what file_read() gives but for -ENOENT. */
int policy_trial_read(int policy_fd, struct policy_trial_note *ret)
	__attribute__((warn_unused_result));

/* Replace the note; an empty one is deleted.  Returns 0; -ENOMEM; what file_write_atomic(),
 * unlinkat(2) give. */
int policy_trial_write(int policy_fd, const struct policy_trial_note *note)
	__attribute__((warn_unused_result));
