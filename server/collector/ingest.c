#include "ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/event.h"
#include "policy/text.h"
#include "record_clock.h"
#include "server/pki/cleanup.h"
#include "server/store/batch.h"
#include "server/store/events.h"

enum { MAX_TRIES = 5 };

/* A line, parsed before the writer is taken. */
struct line {
	const char *text;
	size_t size;
	bool readable; /* it is an event; else it is kept for its chain, and is a finding */
	struct event_columns columns;
};

/* Number of lines in @lines; -E2BIG above the maximum; -EBADMSG without a last line break. */
static ptrdiff_t count_lines(const char *lines, size_t size)
{
	ptrdiff_t n = 0;

	for (size_t at = 0; at < size; n++) {
		const char *next = memchr(lines + at, '\n', size - at);
		if (!next)
			return -EBADMSG;
		if (n == INGEST_MAX_LINES)
			return -E2BIG;
		at = (size_t)(next - lines) + 1;
	}
	return n;
}

/* Columns of a line that holds its place in the chain but is no event. */
static void unreadable(struct event_columns *ret, int64_t now)
{
	*ret = (struct event_columns){ .kind = EVENT_UNREADABLE };
	text_time(now, ret->time);
}

/* @lines has @n line breaks, which count_lines has seen. */
static int parse_lines(const char *lines, size_t n, int64_t now, struct line *ret)
{
	for (size_t i = 0; i < n; i++) {
		struct line *line = &ret[i];
		line->text = lines;
		line->size = (size_t)((const char *)rawmemchr(lines, '\n') - lines);
		lines += line->size + 1;
		int r = event_parse(&line->columns, line->text, line->size);
		if (r == -ENOMEM)
			return r;
		line->readable = r == 0;
		if (!line->readable)
			unreadable(&line->columns, now);
	}
	return 0;
}

/* What an event says of the agent that somebody should look into. */
static int note_agent(struct batch *batch, const struct event_columns *columns, int64_t now)
{
	static const char *const wanted[] = { "shutdown", "restart", "SIGTERM", "SIGINT" };
	char text[80];

	if (strcmp(columns->kind, "agent.removed") == 0)
		return batch_add_finding(batch, columns->seq, "removed",
					 "the agent was removed from the machine", now);
	if (columns->pre_agent && columns->violation &&
	    strcmp(columns->kind, "device.decided") == 0)
		return batch_add_finding(batch, columns->seq, "pre-agent",
					 "a device that is not allowed worked before the agent did",
					 now);
	if (strcmp(columns->kind, "agent.stopped") != 0)
		return 0;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcmp(columns->reason, wanted[i]) == 0)
			return 0;
	}
	snprintf(text, sizeof(text), "the agent was stopped, and the machine not (%s)",
		 columns->reason);
	return batch_add_finding(batch, columns->seq, "stopped", text, now);
}

static int keep(struct batch *batch, struct line *line, int64_t now)
{
	uint64_t seq = batch->chain.next_seq - 1; /* the chain is past this line already */

	line->columns.seq = seq;
	int r = batch_append(batch, &line->columns, line->text, line->size);
	if (r == 0 && !line->readable)
		r = batch_add_finding(batch, seq, "unreadable",
				      "the line continues the chain but is not an event", now);
	return r == 0 ? note_agent(batch, &line->columns, now) : r;
}

static int find(struct batch *batch, uint64_t seq, int64_t now, struct ingest_result *result)
{
	static const char *const kinds[] = {
		[INGEST_GAP] = "gap", [INGEST_FORK] = "fork", [INGEST_BROKEN] = "chain-broken"
	};

	return batch_add_finding(batch, seq, kinds[result->outcome], result->text, now);
}

/* The line is at another place than the chain's end: held already, a fork, or beyond a gap. */
static int judge_stale(struct batch *batch, const struct line *line, uint64_t seq, int64_t now,
		       struct ingest_result *result)
{
	uint64_t next = batch->chain.next_seq;

	if (seq > next) {
		result->outcome = INGEST_GAP;
		snprintf(result->text, sizeof(result->text),
			 "line %" PRIu64 " was sent where %" PRIu64 " is next", seq, next);
		return find(batch, next, now, result);
	}
	int r = batch_holds(batch, seq, line->text, line->size);
	if (r != 0)
		return r < 0 ? r : 0;
	result->outcome = INGEST_FORK;
	snprintf(result->text, sizeof(result->text),
		 "line %" PRIu64 " differs from the one that is held", seq);
	r = find(batch, seq, now, result);
	return r < 0 ? r : batch_quarantine(batch);
}

static int take_line(struct batch *batch, struct line *line, int64_t now,
		     struct ingest_result *result)
{
	uint64_t seq = 0;
	int r = ledger_line_check(&batch->chain, line->text, line->size, &seq);

	if (r == 0)
		return keep(batch, line, now);
	if (r == -ESTALE)
		return judge_stale(batch, line, seq, now, result);
	if (r != -EBADMSG && r != -EKEYREJECTED)
		return r;
	result->outcome = INGEST_BROKEN;
	snprintf(result->text, sizeof(result->text), "line %" PRIu64 " %s", batch->chain.next_seq,
		 r == -EBADMSG ? "is not a ledger line" : "does not continue the chain");
	return find(batch, batch->chain.next_seq, now, result);
}

static int take_lines(struct batch *batch, struct line *lines, size_t n, int64_t now,
		      struct ingest_result *result)
{
	struct record_clock clock;
	int r = record_clock_init(&clock, batch);

	for (size_t i = 0; i < n && r == 0 && result->outcome == INGEST_TAKEN; i++) {
		r = take_line(batch, &lines[i], now, result);
		if (r == 0 && result->outcome == INGEST_TAKEN && lines[i].readable &&
		    lines[i].columns.seq >= batch->first_seq)
			r = record_clock_judge(&clock, batch, &lines[i].columns, now);
	}
	return r;
}

static void say_quarantined(struct ingest_result *result)
{
	result->outcome = INGEST_FORK;
	snprintf(result->text, sizeof(result->text),
		 "this ledger has forked and takes no more lines; ask a security officer");
}

static int ask(struct store *store, const char *host, const char *ledger,
	       struct ingest_result *result)
{
	struct ledger_chain chain;
	bool quarantined = false;

	if (ledger_chain_start(&chain, ledger) < 0)
		return -EINVAL;
	int r = batch_acked(store, host, ledger, &result->acked, &quarantined);
	if (r == 0 && quarantined)
		say_quarantined(result);
	return r;
}

static int try_to_take(struct store *store, const char *host, const char *ledger,
		       struct line *lines, size_t n, int64_t now, struct ingest_result *result)
{
	struct batch batch;
	int r = batch_begin(&batch, store, host, ledger);

	*result = (struct ingest_result){ .outcome = INGEST_TAKEN };
	if (r < 0)
		return r;
	if (batch.quarantined)
		say_quarantined(result);
	else
		r = take_lines(&batch, lines, n, now, result);
	result->acked = batch.chain.next_seq - 1;
	return batch_end(&batch, r);
}

/* Another upload of the same ledger, perhaps at another collector, may be faster: look again. */
static int take(struct store *store, const char *host, const char *ledger, struct line *lines,
		size_t n, int64_t now, struct ingest_result *result)
{
	int r = -EAGAIN;

	for (int i = 0; i < MAX_TRIES && r == -EAGAIN; i++)
		r = try_to_take(store, host, ledger, lines, n, now, result);
	return r;
}

int ingest(struct store *store, const char *host, const char *ledger, const char *lines,
	   size_t size, int64_t now, struct ingest_result *ret)
{
	struct ingest_result result = { .outcome = INGEST_TAKEN };
	ptrdiff_t n = count_lines(lines, size);
	int r;

	if (n <= 0) {
		r = ask(store, host, ledger, &result);
		if (n < 0) {
			result.outcome = n == -E2BIG ? INGEST_TOO_MANY : INGEST_UNFINISHED;
			snprintf(result.text, sizeof(result.text), "%s",
				 n == -E2BIG ? "too many lines" : "the last line is cut off");
		}
	} else {
		_cleanup_free_ struct line *parsed = calloc((size_t)n, sizeof(*parsed));
		if (!parsed)
			return -ENOMEM;
		r = parse_lines(lines, (size_t)n, now, parsed);
		if (r == 0)
			r = take(store, host, ledger, parsed, (size_t)n, now, &result);
	}
	if (r == 0)
		*ret = result;
	return r;
}
