/* ledger_read - the read side of a ledger: its segments in order, its lines one by one.
 * Shared by the enforcer's start, the reporter and the command line.  Does not check the hash chain
 * (ledger_line_check() does) and never writes.
 *
 * <ledgers>/current names the ledger in use; <ledgers>/<ledger id>/<first seq, 16 digits>.ndjson
 * are its segments.  A line's seq is its segment's first seq plus its place in the segment. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/ledger_line.h"

enum {
	LEDGER_SEGMENT_NAME_SIZE = 16 + 7 + 1, /* "0000000000000001.ndjson" */
	LEDGER_MAX_SEGMENTS = 65536,
	LEDGER_MAX_LEDGERS = 1024,
};

/* The id in <ledgers>/current.  Returns 0; -ENOENT if there is none; -EBADMSG if it is no id; what
 * openat(2), read(2) give. */
int ledger_current(int ledgers_fd, char ret[static LEDGER_ID_SIZE])
	__attribute__((warn_unused_result));

/* Ids of all ledgers in @ledgers_fd, in alphabetical order (ids are random, so this says nothing of
 * age).  Gives *@ret, to be freed.  Returns how many; -E2BIG; -ENOMEM; what opendir(3) gives. */
int ledger_list(int ledgers_fd, char (**ret)[LEDGER_ID_SIZE]) __attribute__((warn_unused_result));

/* First seqs of the segments of one ledger (@ledger_fd: its directory), ascending.  Gives *@ret, to
 * be freed.  Returns how many; -E2BIG; -ENOMEM; what opendir(3) gives. */
int ledger_segments(int ledger_fd, uint64_t **ret) __attribute__((warn_unused_result));

/* File name of the segment that begins with @first_seq. */
void ledger_segment_name(uint64_t first_seq, char ret[static LEDGER_SEGMENT_NAME_SIZE]);

struct ledger_reader;

/* Read ledger @id from the line with seq @from_seq (1 or more) on.  @from_seq may be the next seq,
 * which is not there yet.  Borrows @ledgers_fd only for the call.  Gives *@ret.
 * Returns 0; -ENOENT if there is no such ledger, or no segment that holds @from_seq; -ENOMEM; what
 * openat(2) gives. */
int ledger_reader_new(int ledgers_fd, const char *id, uint64_t from_seq, struct ledger_reader **ret)
	__attribute__((warn_unused_result));
void ledger_reader_free(struct ledger_reader *reader);

/* The next whole line, without its '\n', valid until the next call; not NUL-terminated.
 * Returns 1; 0 if there is none yet (ask again later: new lines and segments are found then);
 * -EMSGSIZE if a line is longer than LEDGER_LINE_MAX; what read(2), openat(2) give. */
int ledger_reader_next(struct ledger_reader *reader, const char **ret_line, size_t *ret_size)
	__attribute__((warn_unused_result));

/* The seq of the line that ledger_reader_next() will give next, by its place in the ledger. */
uint64_t ledger_reader_seq(const struct ledger_reader *reader);
