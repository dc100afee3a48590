/* summary - put together what is told of single files, so that a copy of 100,000 files makes some
 * records and not 100,000: one for each kind of thing that one program of one user did to files of
 * one device, until it has done nothing for a time, or a longer time has passed.
 * Pure: the caller has the clock, CLOCK_BOOTTIME. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "agent/common/file_event.h"
#include "agent/common/trail_record.h"

enum {
	SUMMARIES_MAX = 32,	    /* apart by program */
	SUMMARIES_SEVERAL_MAX = 16, /* beyond, programs are put together */
	SUMMARY_QUIET_US = 2 * 1000 * 1000,
	SUMMARY_LONGEST_US = 15 * 1000 * 1000,
};

/* A file that will be named in the record. */
struct summary_file {
	char path[TRAIL_PATH_SIZE], to[TRAIL_PATH_SIZE];
	uint64_t size, at_us;
	enum trail_hash state;
	uint8_t hash[TRAIL_HASH_SIZE];
};

struct summary {
	uint64_t begun_us, changed_us;
	struct trail_record record; /* but for the list and the shown */
	crypto_hash_sha256_state list;
	size_t n_files;
	struct summary_file files[TRAIL_SHOWN_MAX];
};

struct summaries {
	size_t n, n_several;
	struct summary *items[SUMMARIES_MAX + SUMMARIES_SEVERAL_MAX]; /* owned */
};

/* Zeroed: none. */
void summaries_finish(struct summaries *summaries);

/* Whose doing an event is, as far as the kernel does not say it. */
struct summary_actor {
	const char *user;    /* "" if the name is not known */
	const char *package; /* "" if it is in none */
};

/* Add what @event says.  Gives *@ret_file the file as it will be named, for its hash to be filled
 * in; NULL if it will not be, or nothing is to be hashed.  It is valid until the next call with
 * @summaries.  Returns 0; 1 if there was nothing to say (a file was opened, neither read nor
 * written); -ENOMEM; -ENOBUFS: too many at once, nobody will hear of it. */
int summaries_add(struct summaries *summaries, const struct file_event *event,
		  const struct summary_actor *actor, uint64_t now_us,
		  struct summary_file **ret_file) __attribute__((warn_unused_result));

/* One that is due to be told; @all: due or not.  NULL: none. */
struct summary *summaries_due(const struct summaries *summaries, uint64_t now_us, bool all);

/* When the next one will be due; UINT64_MAX: there is none. */
uint64_t summaries_next(const struct summaries *summaries);

/* The whole record, with paths borrowed from @summary. */
void summary_record(const struct summary *summary, struct trail_record *ret);

/* It was told. */
void summaries_remove(struct summaries *summaries, struct summary *summary);
