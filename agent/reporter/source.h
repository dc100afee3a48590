/* source - the ledgers on this machine, in the order in which they are sent: those of earlier
 * installations first, then the one in use.  Reads; never writes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/common/ledger_read.h"
#include "batch.h"

struct source;

/* @ledger_dir is borrowed until source_free.  Gives *@ret.  Returns 0 or -ENOMEM. */
int source_new(struct source **ret, const char *ledger_dir) __attribute__((warn_unused_result));
struct source *source_free(struct source *source);

/* Look at what ledgers there are; what is known of one stays known.  Returns 0; -ENOENT if there is
 * no ledger in use yet; as ledger_list() and ledger_current(). */
int source_scan(struct source *source) __attribute__((warn_unused_result));

/* The id of the ledger to send from, or NULL if each is done or stopped.  Borrowed until the next
 * source_scan(). */
const char *source_select(struct source *source);

/* True if it is known where the selected ledger is to be read. */
bool source_positioned(const struct source *source);

/* The id of the ledger in use; "" before the first good source_scan().  Borrowed until the next. */
const char *source_current(const struct source *source);

/* Read the selected ledger after line @acked.  Returns 0; -ENOENT if the ledger does not reach that
 * far; -ENOMEM; what openat(2) and read(2) give. */
int source_seek(struct source *source, uint64_t acked) __attribute__((warn_unused_result));

/* Add lines to @batch until it is full or there are no more, and see that they are on disk: a line
 * that a power cut could still take away from the ledger must not reach the collector, where it
 * would contradict what is written in its place.  Returns 0; as ledger_reader_next(); what
 * fdatasync(2) gives. */
int source_fill(struct source *source, struct batch *batch) __attribute__((warn_unused_result));

/* The selected ledger is sent to its end and will not grow. */
void source_done(struct source *source);
/* The selected ledger cannot be sent, until source_resume(). */
void source_stop(struct source *source);
/* Try the stopped ledgers again. */
void source_resume(struct source *source);
