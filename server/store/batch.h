/* batch - one upload of ledger lines as one write transaction on one ledger of one host.
 * The caller judges each line against the chain; this keeps what it decided.  Nothing is durable,
 * and nothing may be acknowledged, before batch_end has returned 0. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/event.h"
#include "policy/ledger_line.h"
#include "store.h"

enum {
	BATCH_MAX_LEDGERS = 256, /* of one host: each reinstallation makes one */
	BATCH_MAX_LINES = 500,
};

/* What a machine says of seconds and bytes is kept up to this; a float holds it exactly. */
#define BATCH_MAX_CLAIM (UINT64_C(1) << 53)

struct connection;

/* A line to be kept; borrowed until batch_end. */
struct batch_line {
	const struct event_columns *columns;
	const char *text;
	size_t size;
};

struct batch {
	struct store *store;
	struct connection *connection;
	int64_t host, ledger; /* row numbers; ledger 0: not there yet */
	uint64_t first_seq;   /* next_seq as it was found */
	size_t n_lines;
	struct batch_line *lines; /* owned */
	char ledger_id[LEDGER_ID_SIZE];
	struct ledger_chain chain; /* next_seq - 1 is what is held; the caller advances it */
	bool quarantined;	   /* a fork was found: the ledger takes no more */
};

/* Take the writer.  Returns 0; -ENOENT for an unknown or revoked host; -EINVAL if @ledger_id is not
 * 32 lower-case hexadecimal digits. */
int batch_begin(struct batch *ret, struct store *store, const char *host, const char *ledger_id)
	__attribute__((warn_unused_result));

/* Keep one line, exact bytes without '\n', and its columns; its seq is @columns->seq.  Both are
 * borrowed until batch_end.  Returns 0; -EDQUOT above BATCH_MAX_LEDGERS; -E2BIG above
 * BATCH_MAX_LINES. */
int batch_append(struct batch *batch, const struct event_columns *columns, const char *line,
		 size_t size) __attribute__((warn_unused_result));

/* 1 if the line held at @seq is byte for byte @line, or was disposed of; 0 if it differs or is not
 * held. */
int batch_holds(struct batch *batch, uint64_t seq, const char *line, size_t size)
	__attribute__((warn_unused_result));

/* Record a finding, once for each (ledger, seq, kind) as long as it is open (findings.h). */
int batch_add_finding(struct batch *batch, uint64_t seq, const char *kind, const char *text,
		      int64_t now) __attribute__((warn_unused_result));

/* The same, but once a day for each (ledger, kind): of what is so with line after line. */
int batch_add_daily_finding(struct batch *batch, uint64_t seq, const char *kind, const char *text,
			    int64_t now) __attribute__((warn_unused_result));

/* Call @on_line with the last line that was held before this batch, if there is one.  Its bytes are
 * borrowed for the call.  0 or -errno. */
int batch_last_line(struct batch *batch,
		    void (*on_line)(void *context, const char *line, size_t size), void *context)
	__attribute__((warn_unused_result));

/* The ledger takes no more. */
int batch_quarantine(struct batch *batch) __attribute__((warn_unused_result));

/* Commit with the chain as it is now if @r is 0 or more, else roll back.  Returns 0; -EAGAIN if
 * another upload of the same ledger was faster: nothing was written, begin again; -errno. */
int batch_end(struct batch *batch, int r) __attribute__((warn_unused_result));

/* @value, but BATCH_MAX_CLAIM at most. */
uint64_t batch_claim(uint64_t value);

/* The last seq held of a ledger, 0 for none, without taking the writer. */
int batch_acked(struct store *store, const char *host, const char *ledger_id, uint64_t *ret_acked,
		bool *ret_quarantined) __attribute__((warn_unused_result));
