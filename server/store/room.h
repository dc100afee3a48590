/* room - how much room there is for more records, and whether there is any. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

/* What is written, and taken back, to find out: as much as the largest upload. */
enum { ROOM_TRY_BYTES = 1024 * 1024 };

struct room {
	uint64_t free, size; /* bytes of the data directory's file system, as its owner may use */
	uint64_t database_bytes; /* what the records take, in the file or at PostgreSQL */
};

/* Does @error (-errno) say that there is no room?  A quota that is used up is no room, too. */
bool room_is_lacking(int error);

/* 0; -errno. */
int room_measure(struct store *store, struct room *ret) __attribute__((warn_unused_result));

/* Write as much as the largest upload beside the database, and at PostgreSQL, and take it back.
 * 0; -ENOSPC if there is no room; -errno if it could not be found out. */
int room_try(struct store *store) __attribute__((warn_unused_result));
