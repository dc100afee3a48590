/* body - a request's body while it is received: bounded, decompressed, kept or spooled.
 * The bound holds for what comes out, so a small body that unpacks to a large one is stopped when
 * the bound is passed and not later. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <zstd.h>

#include "budget.h"
#include "server/store/sections.h"

enum body_kind {
	BODY_NONE,    /* none is expected: any byte is too much */
	BODY_TEXT,    /* kept in memory, with a NUL after it */
	BODY_SECTION, /* written to the store as it comes */
};

struct body {
	enum body_kind kind;
	size_t max;		       /* bytes, decompressed */
	char *bytes;		       /* BODY_TEXT; owned */
	size_t size;		       /* so far */
	size_t received;	       /* bytes, as they came */
	size_t capacity;	       /* of bytes */
	ZSTD_DCtx *zstd;	       /* owned; NULL: not compressed */
	size_t window;		       /* bytes that zstd has taken */
	bool in_frame;		       /* the compressed stream is not complete yet */
	struct section_writer section; /* BODY_SECTION */
	/* Of all, and of who sends it; borrowed.  NULL: memory without end.  Set after body_init.
	 */
	struct budget *budget, *share;
	size_t taken; /* of each */
};

/* How many bytes may come that are to be @max at most: data that zstd cannot compress grows by a
 * few bytes in each block, and empty frames are bytes that come to nothing. */
size_t body_max_received(size_t max, bool zstd);

/* Returns 0; -ENOMEM; errors of section_writer_init.  Finish it in any case. */
int body_init(struct body *ret, enum body_kind kind, size_t max, bool zstd, struct store *store)
	__attribute__((warn_unused_result));
/* Returns 0; -E2BIG above the maximum, of what came or what came out of it; -EBADMSG if it is not
 * good zstd; -ENOBUFS: there is no memory for it now; -EDQUOT: the share is used up; -ENOMEM;
 * -errno. */
int body_add(struct body *body, const char *bytes, size_t size) __attribute__((warn_unused_result));
/* All has come; memory that is not needed any more is given back.  May be said again.  Returns 0;
 * -EBADMSG if a compressed body stops half-way; -ENOBUFS; -EDQUOT; -ENOMEM. */
int body_end(struct body *body) __attribute__((warn_unused_result));
void body_finish(struct body *body);
