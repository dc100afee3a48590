#include "events_api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"
#include "policy/ledger_line.h"
#include "reply.h"
#include "server/pki/cleanup.h"
#include "server/store/batch.h"
#include "server/store/events.h"

enum { RAW_LINES = 200, RAW_BLOCK = 64 * 1024 };

/* An answer of events_handle_list that is being written. */
struct list {
	FILE *stream;
	size_t n, bytes;
	int64_t last; /* row */
};

static int put_string(FILE *stream, const char *bytes, size_t size)
{
	_cleanup_json_ json_t *json = json_stringn_nocheck(bytes, size);
	_cleanup_free_ char *text =
		json ? json_dumps(json, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;

	if (!text) { /* not UTF-8: only a line that is no event can be so */
		fputs("null", stream);
		return json ? 0 : -ENOMEM;
	}
	fputs(text, stream);
	return 0;
}

static int on_listed(void *context, const struct event_row *row)
{
	struct list *list = context;

	if (list->bytes + row->line_size > EVENTS_BYTES_MAX && list->n > 0)
		return -ECANCELED;
	fprintf(list->stream,
		"%s\n{\"row\":%" PRId64 ",\"host\":\"%s\",\"hostname\":", list->n ? "," : "",
		row->row, row->host);
	int r = put_string(list->stream, row->hostname, strlen(row->hostname));
	fprintf(list->stream, ",\"ledger\":\"%s\",\"line\":", row->ledger);
	/* An event's line was parsed when it was taken in, so its bytes are JSON as they are. */
	if (r == 0 && strcmp(row->kind, EVENT_UNREADABLE) == 0)
		r = put_string(list->stream, row->line, row->line_size);
	else
		fwrite(row->line, 1, row->line_size, list->stream);
	fputc('}', list->stream);
	list->n++;
	list->bytes += row->line_size;
	list->last = row->row;
	return r;
}

/* The answer, and how many events are in it.  Gives *@ret. */
static int write_list(struct request *request, const struct event_query *query, char **ret,
		      size_t *ret_size, size_t *ret_n)
{
	struct list list = { .last = query->after };
	char *text = NULL;

	list.stream = open_memstream(&text, ret_size);
	if (!list.stream)
		return -ENOMEM;
	fputs("{\"events\":[", list.stream);
	int r = events_each(request->collector->store, query, on_listed, &list);
	fprintf(list.stream, "],\"next\":%" PRId64 "}\n", list.last);
	if (ferror(list.stream))
		r = -ENOMEM;
	if (fclose(list.stream) != 0)
		r = -ENOMEM;
	if (r < 0) {
		free(text);
		return r;
	}
	*ret = text;
	*ret_n = list.n;
	return 0;
}

static int read_query(struct request *request, struct event_query *ret, uint64_t *ret_wait_s)
{
	uint64_t after, limit;

	if (request_number(request, "after", INT64_MAX, 0, &after) < 0 ||
	    request_number(request, "limit", EVENTS_LIMIT_MAX, EVENTS_LIMIT_MAX, &limit) < 0 ||
	    request_number(request, "wait", WAIT_MAX_S, 0, ret_wait_s) < 0)
		return -EACCES;
	*ret = (struct event_query){
		.after = (int64_t)after,
		.limit = (size_t)limit,
		.host = request_argument(request, "host"),
		.kind = request_argument(request, "kind"),
	};
	return 0;
}

enum MHD_Result events_handle_list(struct request *request)
{
	struct waiters *waiters = &request->collector->waiters;
	struct event_query query;
	uint64_t wait_s;
	char *text;
	size_t size, n;

	if (read_query(request, &query, &wait_s) < 0)
		return reply_problem(request);
	request->wait.topic = TOPIC_EVENTS;
	for (;;) {
		uint64_t generation = waiters_generation(waiters, TOPIC_EVENTS);
		int r = write_list(request, &query, &text, &size, &n);
		if (r < 0)
			return reply_failure(request, r, "list events");
		if (n == 0)
			r = waiters_suspend(waiters, &request->wait, generation, (unsigned)wait_s);
		/* With too many waiting, this one gets its empty answer at once. */
		if (n > 0 || r == -ETIME || r == -EBUSY)
			return reply_bytes(request, "application/json", text, size, NULL);
		free(text);
		if (r == 0)
			return MHD_YES;
	}
}

/* The exact lines of one or more ledgers, read a block at a time; owned by its response. */
struct raw {
	struct store *store;
	char host[STORE_UUID_SIZE];
	char ledgers[BATCH_MAX_LEDGERS][LEDGER_ID_SIZE];
	size_t n, current; /* of ledgers */
	uint64_t next_seq;
	char *bytes; /* lines read and not yet sent */
	size_t size, sent;
};

static void raw_free(void *context)
{
	struct raw *raw = context;

	free(raw->bytes);
	free(raw);
}

struct raw_block {
	FILE *stream;
	uint64_t last_seq;
};

static int on_raw(void *context, const struct event_row *row)
{
	struct raw_block *block = context;

	fwrite(row->line, 1, row->line_size, block->stream);
	fputc('\n', block->stream);
	block->last_seq = row->seq;
	return ferror(block->stream) ? -ENOMEM : 0;
}

/* The next lines of the current ledger, or of the next that has any. */
static int fill(struct raw *raw)
{
	struct raw_block block = { 0 };

	free(raw->bytes);
	raw->bytes = NULL;
	raw->size = raw->sent = 0;
	block.stream = open_memstream(&raw->bytes, &raw->size);
	if (!block.stream)
		return -ENOMEM;
	int r = 0;
	while (r == 0 && block.last_seq == 0 && raw->current < raw->n) {
		r = events_each_of_ledger(raw->store, raw->host, raw->ledgers[raw->current],
					  raw->next_seq, RAW_LINES, on_raw, &block);
		if (r == 0 && block.last_seq == 0) {
			raw->current++;
			raw->next_seq = 1;
		}
	}
	raw->next_seq = block.last_seq ? block.last_seq + 1 : raw->next_seq;
	return fclose(block.stream) != 0 ? -ENOMEM : r;
}

/* MHD_ContentReaderCallback */
static ssize_t on_read(void *context, uint64_t position, char *buffer, size_t max)
{
	struct raw *raw = context;

	(void)position;
	if (raw->sent == raw->size && fill(raw) < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (raw->size == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	size_t n = raw->size - raw->sent < max ? raw->size - raw->sent : max;
	memcpy(buffer, raw->bytes + raw->sent, n);
	raw->sent += n;
	return (ssize_t)n;
}

static int on_ledger(void *context, const struct event_row *row)
{
	struct raw *raw = context;

	if (raw->n < BATCH_MAX_LEDGERS)
		memccpy(raw->ledgers[raw->n++], row->ledger, '\0', LEDGER_ID_SIZE);
	return 0;
}

/* Keep only @ledger, if it is one of the host's.  0 or -ENOENT. */
static int choose(struct raw *raw, const char *ledger)
{
	for (size_t i = 0; i < raw->n; i++) {
		if (strcmp(raw->ledgers[i], ledger) == 0) {
			memmove(raw->ledgers[0], raw->ledgers[i], LEDGER_ID_SIZE);
			raw->n = 1;
			return 0;
		}
	}
	return -ENOENT;
}

enum MHD_Result events_handle_raw(struct request *request)
{
	const char *host = request_argument(request, "host");
	const char *ledger = request_argument(request, "ledger");
	struct raw *raw = calloc(1, sizeof(*raw));

	if (!raw)
		return reply_failure(request, -ENOMEM, "read events");
	raw->store = request->collector->store;
	raw->next_seq = 1;
	snprintf(raw->host, sizeof(raw->host), "%s", host ? host : "");
	int r = events_each_ledger(raw->store, raw->host, on_ledger, raw);
	if (r == 0 && ledger)
		r = choose(raw, ledger);
	if (r < 0) {
		raw_free(raw);
		return r == -ENOENT ? reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
						    "There is no such host or ledger.")
				    : reply_failure(request, r, "read events");
	}
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, RAW_BLOCK, on_read, raw, raw_free);
	if (!response)
		raw_free(raw);
	return reply_response(request, MHD_HTTP_OK, response, "application/x-ndjson");
}
