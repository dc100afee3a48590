/* retentions - the versions of the settings that say how long records are kept. */
#pragma once

#include "policy/retention.h"
#include "store.h"

struct retention_set {
	int64_t time; /* 0: nobody has set anything; it is the default */
	char by[STORE_TEXT_SIZE];
	struct retention retention;
};

/* The settings in force.  Fills *@ret.  0 or -errno. */
int retentions_current(struct store *store, struct retention_set *ret)
	__attribute__((warn_unused_result));

/* Put @document, which retention_parse() has taken, in force, and record it.  *@ret_version: its
 * version.  0 or -errno. */
int retentions_set(struct store *store, const char *document, const char *by, int64_t now,
		   uint64_t *ret_version) __attribute__((warn_unused_result));
