/* bare - the engine alone: the rows that a collector writes for a fleet's ledgers, from memory,
 * into the same schema, by the store's own binding of values and nothing else: no network, no
 * chain, no parsing, the largest transactions that a collector ever has.  What no collector can
 * surpass. bare FLEET DATA STORE MACHINES EVENTS      (STORE "": SQLite in DATA) The schema and the
 * hosts are there ("load enrol").  The clock stops while rows are made. Prints {"rows", "seconds",
 * "events_per_s"}. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/event.h"
#include "server/store/batch.h"
#include "server/store/connection.h"
#include "server/store/group_commit.h"
#include "server/store/rollup.h"
#include "server/store/usage.h"
#include "tests/bench/load/fleet.h"
#include "tests/bench/load/tally.h"

enum { PATH_SIZE = 512 };

/* One upload's rows. */
struct upload_rows {
	int64_t host, ledger, next_seq;
	uint8_t head[LEDGER_HASH_SIZE];
	size_t n;
	struct batch_line lines[MADE_BATCH_LINES];
	struct event_columns columns[MADE_BATCH_LINES];
	char bytes[MADE_BATCH_BYTES];
};

struct bare {
	struct connection connection;
	struct fleet fleet;
	size_t machines, events;     /* of each */
	size_t machine, event;	     /* next */
	struct made_ledger made;     /* of the machine */
	int64_t host, ledger;	     /* its rows */
	int64_t row;		     /* last */
	struct upload_rows *uploads; /* GROUP_COMMIT_MAX; owned */
	int64_t us;		     /* on the clock */
};

/* The next machine's ledger, as its first upload makes it. */
static int begin_ledger(struct bare *bare)
{
	const char *host = bare->fleet.machines[bare->machine].host;
	struct connection *c = &bare->connection;

	made_ledger_start(&bare->made, host, 1, bare->fleet.began);
	int r = statement_get(c, 0, &bare->host, "SELECT id FROM host WHERE uuid = $1", "t", host);
	if (r == 0)
		r = statement_get(c, 0, &bare->ledger,
				  "INSERT INTO ledger (host, id, next_seq, head)"
				  " VALUES ($1, $2, 1, $3) RETURNING no",
				  "itb", bare->host, bare->made.id, bare->made.chain.hash,
				  sizeof(bare->made.chain.hash));
	return r;
}

static void make_lines(struct bare *bare, struct upload_rows *upload)
{
	size_t left = bare->events - bare->event, at = 0;

	upload->n = left < MADE_BATCH_LINES ? left : MADE_BATCH_LINES;
	for (size_t i = 0; i < upload->n; i++) {
		size_t size = made_ledger_line(&bare->made, upload->bytes + at) - 1;
		if (event_parse(&upload->columns[i], upload->bytes + at, size) < 0)
			abort();
		upload->lines[i] =
			(struct batch_line){ &upload->columns[i], upload->bytes + at, size };
		at += size + 1;
	}
	upload->host = bare->host;
	upload->ledger = bare->ledger;
	upload->next_seq = (int64_t)bare->made.chain.next_seq;
	memcpy(upload->head, bare->made.chain.hash, sizeof(upload->head));
	bare->event += upload->n;
}

/* Fill as many uploads as share a commit.  Gives how many, or -errno. */
static int make_uploads(struct bare *bare)
{
	int n = 0;

	while (n < GROUP_COMMIT_MAX && bare->machine < bare->machines) {
		int r = bare->event == 0 ? begin_ledger(bare) : 0;
		if (r < 0)
			return r;
		make_lines(bare, &bare->uploads[n++]);
		if (bare->event == bare->events) {
			bare->event = 0;
			bare->machine++;
		}
	}
	return n;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static int put_line(struct bare *bare, const struct upload_rows *upload, size_t i)
{
	const struct event_columns *columns = upload->lines[i].columns;
	char day[USAGE_DAY_SIZE];

	usage_day(columns, day);
	return copy_put(&bare->connection, ++bare->row, upload->ledger, (int64_t)columns->seq, day,
			columns->kind, or_null(columns->device), or_null(columns->name),
			or_null(columns->verdict), or_null(columns->rule), or_null(columns->person),
			(int64_t)columns->violation, (int64_t)columns->duration_s,
			(int64_t)columns->bytes_read, (int64_t)columns->bytes_written,
			upload->lines[i].text, upload->lines[i].size);
}

static int put_events(struct bare *bare, int n)
{
	int r = copy_begin(&bare->connection,
			   "event (row, ledger, seq, day, kind, device, name, verdict, rule,"
			   " person, violation, duration_s, bytes_read, bytes_written, line)",
			   "iiitttttttiiiib");

	if (r < 0)
		return r;
	for (int u = 0; u < n; u++)
		for (size_t i = 0; i < bare->uploads[u].n && r == 0; i++)
			r = put_line(bare, &bare->uploads[u], i);
	return copy_end(&bare->connection, r);
}

static int put_rest(struct bare *bare, const struct upload_rows *upload)
{
	int r = statement_run(&bare->connection,
			      "UPDATE ledger SET next_seq = $1, head = $2 WHERE no = $3", "ibi",
			      upload->next_seq, upload->head, sizeof(upload->head), upload->ledger);

	return r < 0 ? r : rollup_add(&bare->connection, upload->host, upload->lines, upload->n);
}

static int put_uploads(struct bare *bare, int n)
{
	struct connection *c = &bare->connection;
	int64_t began = tally_now_us();
	int r = connection_run(c, c->engine->begin_writing);

	if (r == 0)
		r = put_events(bare, n);
	for (int u = 0; u < n && r == 0; u++)
		r = put_rest(bare, &bare->uploads[u]);
	if (r == 0)
		r = connection_run(c, "COMMIT");
	bare->us += tally_now_us() - began;
	return r;
}

static int fill(struct bare *bare)
{
	int n, r = 0;

	while (r == 0 && (n = make_uploads(bare)) != 0)
		r = n < 0 ? n : put_uploads(bare, n);
	return r;
}

static int run(struct bare *bare, char **arguments)
{
	bool sqlite = arguments[3][0] == '\0';
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/devgate.db", arguments[2]);
	bare->machines = strtoul(arguments[4], NULL, 10);
	bare->events = strtoul(arguments[5], NULL, 10);
	bare->uploads = calloc(GROUP_COMMIT_MAX, sizeof(*bare->uploads));
	if (bare->uploads == NULL)
		return -ENOMEM;
	int r = fleet_load(&bare->fleet, arguments[1]);
	if (r < 0)
		return r;
	if (bare->events == 0 || bare->machines == 0 || bare->machines > bare->fleet.n)
		r = -EINVAL;
	if (r == 0)
		r = connection_open(&bare->connection, sqlite ? &sqlite_engine : &postgresql_engine,
				    sqlite ? path : arguments[3], true);
	if (r == 0)
		r = fill(bare);
	connection_close(&bare->connection);
	fleet_finish(&bare->fleet);
	return r;
}

int main(int argc, char **argv)
{
	struct bare bare = { 0 };

	if (argc != 6) {
		fputs("usage: bare FLEET DATA STORE MACHINES EVENTS\n", stderr);
		return 2;
	}
	if (sodium_init() < 0)
		return EXIT_FAILURE;
	int r = run(&bare, argv);
	free(bare.uploads);
	if (r < 0) {
		fprintf(stderr, "bare: %s: %s\n", strerror(-r), store_error());
		return EXIT_FAILURE;
	}
	double seconds = (double)bare.us / 1e6;
	printf("{\"rows\":%lld,\"seconds\":%.3f,\"events_per_s\":%.0f}\n", (long long)bare.row,
	       seconds, (double)bare.row / seconds);
	return EXIT_SUCCESS;
}
