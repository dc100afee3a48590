/* section_share - sections in a database that collectors share: each has its own directory of
 * them, and takes from the database what another has received.  Internal to server/store. */
#pragma once

#include "store.h"

/* Put section @sha256, which is in the directory as @fd, into the database.  Again is no news.
 * Returns 0, also where nobody shares the database; -errno. */
int section_share_put(struct store *store, const char *sha256, int fd)
	__attribute__((warn_unused_result));

/* Take it from the database into the directory.  Returns 0; -ENOENT if it is not there; -EBADMSG if
 * the database's bytes do not have that hash; -errno. */
int section_share_get(struct store *store, const char *sha256) __attribute__((warn_unused_result));
