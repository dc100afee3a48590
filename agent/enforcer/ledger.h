/* ledger - the write side of the ledger: append a line, and it is on disk when the call returns.
 *
 * A line is written to its segment, and on disk there or in the journal (ledger_journal.h), before
 * ledger_append() succeeds.  When writing fails, the line is taken back.  When only the sync fails,
 * readers may have seen the line: it stays, and the same bytes are written again before any other
 * line, so that no seq ever stands for two texts. Segments are begun at each boot and at
 * LEDGER_SEGMENT_BYTES.  Layout and reading: ledger_read.h; what a line is: policy/ledger_line.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"
#include "ledger_journal.h"
#include "policy/ledger_line.h"

enum { LEDGER_SEGMENT_BYTES = 16 * 1024 * 1024 };

struct ledger {
	int ledgers_fd;		       /* directory of all ledgers; borrowed */
	int directory_fd;	       /* of this ledger; -1: not open */
	int segment_fd;		       /* -1: the next line begins a segment */
	off_t size;		       /* of the segment's whole lines */
	struct ledger_journal journal; /* of what was not synced in the segment */
	bool ragged;		       /* bytes of a failed write may follow them */
	size_t pending; /* bytes of @line that are part of the chain, but perhaps not on disk */
	char id[LEDGER_ID_SIZE];
	char boot[CLOCK_BOOT_SIZE];
	struct ledger_chain chain;
	char line[LEDGER_LINE_MAX];
};

/* What opening a ledger found; a record is due for each. */
struct ledger_recovery {
	bool created;	  /* it has no line yet: "ledger.opened" must be its first */
	size_t cut;	  /* bytes of a torn last line that were cut off, and are lost */
	bool tampered;	  /* the ledger before was damaged; this is a new one */
	char damage[256]; /* how, and which ledger */
};

/* Called for each line of the segments that are checked at opening, oldest first, without '\n'. */
typedef void ledger_line_handler(void *userdata, const char *line, size_t size);

/* A ledger that is not open: appending gives -ENODEV, ledger_finish() is allowed. */
void ledger_init(struct ledger *ledger);

/* Open the current ledger in @ledgers_fd (borrowed as long as the ledger lives), or make one.
 * The segments of this boot, @boot, and at least the last one, are checked: a torn last line is cut
 * off, and what the journal has beyond is added; damage elsewhere leaves the old ledger as it is
 * and begins a new one.
 * Returns 0; -ENOMEM; what mkdirat(2), openat(2), read(2), write(2), fsync(2) give; then nothing is
 * open. */
int ledger_open(struct ledger *ledger, int ledgers_fd, const char *boot,
		ledger_line_handler *on_line, void *userdata, struct ledger_recovery *ret)
	__attribute__((warn_unused_result));
void ledger_finish(struct ledger *ledger);

/* Append an event (@body as for ledger_line_seal()).  Returns 0 when it is on disk; -ENODEV if the
 * ledger is not open; -E2BIG, -EINVAL as ledger_line_seal(); what openat(2), pwrite(2),
 * fdatasync(2) give.  If the chain has moved on all the same, only the sync failed: the line stays.
 */
int ledger_append(struct ledger *ledger, const char *body) __attribute__((warn_unused_result));
