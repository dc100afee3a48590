#include "recorder.h"

#include <errno.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "record.h"

void recorder_init(struct recorder *recorder, int ledgers_fd, const char *boot)
{
	memset(recorder, 0, sizeof(*recorder));
	ledger_init(&recorder->ledger);
	recorder->ledgers_fd = ledgers_fd;
	snprintf(recorder->boot, sizeof(recorder->boot), "%s", boot);
}

void recorder_finish(struct recorder *recorder)
{
	if (recorder->n > 0)
		log_error("ledger-lost", "%zu records could not be written", recorder->n);
	for (size_t i = 0; i < recorder->n; i++)
		json_decref(recorder->backlog[i]);
	recorder->n = 0;
	ledger_finish(&recorder->ledger);
}

static void set_writable(struct recorder *recorder, int r)
{
	if (r < 0 && recorder->writable)
		log_error("ledger-write", "Cannot write the ledger, no permits until it can: %s",
			  strerror(-r));
	recorder->writable = r >= 0;
}

/* Append one event.  *@ret_taken: it is in the ledger, or will be before any other, even if it is
 * not known to be on disk; then it must not be appended again. */
static int append_one(struct recorder *recorder, const json_t *event, bool *ret_taken)
{
	uint64_t seq = recorder->ledger.chain.next_seq;
	int r = record_append(&recorder->ledger, event);

	*ret_taken = r >= 0 || recorder->ledger.chain.next_seq != seq;
	return r;
}

/* Append what waits, oldest first. */
static int flush(struct recorder *recorder)
{
	size_t done = 0;
	int r = 0;

	while (done < recorder->n && r >= 0) {
		bool taken;

		r = append_one(recorder, recorder->backlog[done], &taken);
		if (taken)
			json_decref(recorder->backlog[done++]);
	}
	recorder->n -= done;
	memmove(recorder->backlog, recorder->backlog + done,
		recorder->n * sizeof(recorder->backlog[0]));
	return r;
}

static int append(struct recorder *recorder, const json_t *event, bool *ret_taken)
{
	int r = flush(recorder);

	*ret_taken = false;
	if (r >= 0)
		r = append_one(recorder, event, ret_taken);
	set_writable(recorder, r);
	return r;
}

static void keep(struct recorder *recorder, json_t *event)
{
	if (recorder->n == RECORDER_BACKLOG || event == NULL) {
		json_decref(event);
		recorder->lost++;
		return;
	}
	recorder->backlog[recorder->n++] = event;
}

int recorder_write(struct recorder *recorder, const char *kind, json_t *members, bool *ret_taken)
{
	_cleanup_json_ json_t *event = record_event(recorder->boot, kind, members);

	return append(recorder, event, ret_taken);
}

void recorder_note(struct recorder *recorder, const char *kind, json_t *members)
{
	json_t *event = record_event(recorder->boot, kind, members);

	bool taken;

	if (append(recorder, event, &taken) < 0 && !taken)
		keep(recorder, event);
	else
		json_decref(event);
}

/* The first record of a ledger; events that waited while there was none come after it. */
static int write_opened(struct recorder *recorder)
{
	_cleanup_json_ json_t *event = NULL;
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	event = record_event(
		recorder->boot, "ledger.opened",
		json_pack("{s:s, s:o}", "ledger", recorder->ledger.id, "host", record_text(host)));
	return record_append(&recorder->ledger, event);
}

static void note_recovery(struct recorder *recorder, const struct ledger_recovery *recovery)
{
	char text[128];

	if (recovery->tampered) {
		log_error("ledger-damaged", "%s It is kept as it is; a new one begins.",
			  recovery->damage);
		recorder_note(recorder, "agent.tampered",
			      json_pack("{s:s, s:o}", "what", "ledger", "text",
					record_text(recovery->damage)));
	}
	if (recovery->cut > 0) {
		snprintf(text, sizeof(text),
			 "The last line was not written whole; %zu bytes were cut off.",
			 recovery->cut);
		log_warning("ledger-torn", "%s", text);
		recorder_note(recorder, "agent.gap",
			      json_pack("{s:s, s:s, s:n, s:s}", "witness", "both", "what",
					"torn-record", "port", "text", text));
	}
}

int recorder_open(struct recorder *recorder, struct history *history)
{
	struct ledger_recovery recovery;
	int r = ledger_open(&recorder->ledger, recorder->ledgers_fd, recorder->boot,
			    history_on_line, history, &recovery);

	if (r >= 0 && recovery.created)
		r = write_opened(recorder);
	if (r < 0) {
		log_error("ledger-open", "Cannot open the ledger, no permits until it can: %s",
			  strerror(-r));
		ledger_finish(&recorder->ledger);
		return r;
	}
	recorder->writable = true;
	note_recovery(recorder, &recovery);
	return 0;
}

int recorder_retry(struct recorder *recorder, struct history *history)
{
	char text[160];
	bool taken;
	int r;

	if (recorder->writable && recorder->n == 0 && recorder->lost == 0)
		return 0;
	if (recorder->ledger.directory_fd < 0) {
		r = recorder_open(recorder, history);
		if (r < 0)
			return r;
	}
	snprintf(text, sizeof(text),
		 "The ledger could not be written for a time; %zu records waited, %zu were lost.",
		 recorder->n, recorder->lost);
	r = recorder_write(recorder, "agent.degraded",
			   json_pack("{s:s, s:s}", "what", "ledger-write", "text", text), &taken);
	if (r < 0)
		return r;
	log_info("ledger-write", "%s", text);
	recorder->lost = 0;
	return 0;
}
