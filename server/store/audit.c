#include "audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "connection.h"
#include "policy/ledger_line.h"
#include "policy/text.h"

/* Seal @json's members as the next line, and keep it.  Takes @json. */
static int put(struct connection *connection, struct ledger_chain *chain, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL, line[LEDGER_LINE_MAX];
	int64_t seq = (int64_t)chain->next_seq;
	ptrdiff_t n = -ENOMEM;
	int r;

	json_decref(json);
	if (text) {
		text[strlen(text) - 1] = '\0'; /* the closing brace */
		n = ledger_line_seal(chain, text + 1, line, sizeof(line));
	}
	free(text);
	if (n < 0)
		return (int)n;
	r = statement_run(connection, "INSERT INTO audit VALUES ($1, $2)", "ib", seq, line,
			  (size_t)n - 1);
	return r == -EEXIST ? -EAGAIN : r < 0 ? r : 0;
}

static int open_ledger(struct connection *connection, struct ledger_chain *chain, const char *time)
{
	uint8_t random[(LEDGER_ID_SIZE - 1) / 2];
	char id[LEDGER_ID_SIZE];

	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), id);
	if (ledger_chain_start(chain, id) < 0)
		return -EIO;
	return put(connection, chain,
		   json_pack("{ss ss ss ss}", "time", time, "who", AUDIT_COLLECTOR, "action",
			     "audit.opened", "ledger", id));
}

/* The end of the chain.  Returns 1; 0 if there is none yet. */
static int read_end(struct connection *connection, struct ledger_chain *ret)
{
	struct statement *s;
	int r = statement_start(connection, "SELECT seq, line FROM audit ORDER BY seq DESC LIMIT 1",
				&s, "");

	if (r < 0)
		return r;
	r = statement_next(s);
	if (r > 0) {
		size_t size;
		const char *line = statement_blob(s, 1, &size);

		ret->next_seq = (uint64_t)statement_integer(s, 0) + 1;
		if (ledger_line_hash(line, size, ret->hash) < 0)
			r = engine_fail(-EIO, "the last line of the audit log is none");
	}
	statement_done(s);
	return r;
}

int audit_add(struct connection *connection, const struct audit_entry *entry, int64_t now)
{
	struct ledger_chain chain;
	char time[21];
	int r = read_end(connection, &chain);

	text_time(now, time);
	if (r == 0)
		r = open_ledger(connection, &chain, time);
	if (r < 0) {
		json_decref(entry->detail);
		return r;
	}
	return put(connection, &chain,
		   json_pack("{ss ss ss so}", "time", time, "who", entry->who, "action",
			     entry->action, "detail", entry->detail));
}

int audit_record(struct store *store, const struct audit_entry *entry, int64_t now)
{
	struct connection *connection;
	int r = store_write_begin(store, &connection);

	if (r < 0) {
		json_decref(entry->detail);
		return r;
	}
	return store_write_end(store, connection, audit_add(connection, entry, now));
}

int audit_each(struct store *store, uint64_t after, size_t limit,
	       int (*on_line)(void *context, uint64_t seq, const char *line, size_t size),
	       void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT seq, line FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
			      "ii", (int64_t)after, (int64_t)limit);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		size_t size;
		const char *line = statement_blob(reading.rows, 1, &size);

		r = on_line(context, (uint64_t)statement_integer(reading.rows, 0), line, size);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
