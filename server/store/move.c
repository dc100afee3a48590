#include "move.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "policy/ledger_line.h"
#include "section_share.h"
#include "sections.h"

enum { PROGRESS_EVENTS = 10000, MAX_COLUMNS = 20 };

/* In the order of who refers to whom.  @types: as for struct value, and 'I' for an integer that may
 * be NULL.  @numbered: the column that the database counts, or NULL. */
static const struct table {
	const char *name, *into, *types, *select, *numbered;
} tables[] = {
#define TABLE(name, columns, types, numbered)                                                      \
	{                                                                                          \
		name, name " (" columns ")", types, "SELECT " columns " FROM " name, numbered      \
	}
	TABLE("api_token", "hash, name, role, created", "btti", NULL),
	TABLE("host",
	      "id, uuid, machine_id, hostname, unit, enrolled, last_seen, version, policy,"
	      " revocations, mode, gate, ledger, revoked, revoked_by, revoked_reason,"
	      " rolled_back",
	      "ittttiitiitttItti", "id"),
	TABLE("enrolment_token",
	      "hash, unit, created, created_by, expires, used, used_by, used_key", "btitiIIb",
	      NULL),
	TABLE("certificate", "serial, host, issued, expires, revoked", "tiiiI", NULL),
	TABLE("ledger", "no, host, id, next_seq, head, quarantined, checkpointed", "iitibii", "no"),
	TABLE("event",
	      "row, ledger, seq, day, kind, device, name, verdict, rule, person, violation,"
	      " duration_s, bytes_read, bytes_written, line",
	      "iiitttttttiiiib", NULL),
	TABLE("finding", "id, time, ledger, seq, kind, text", "iiiitt", "id"),
	TABLE("medium",
	      "tag, vendor, product, serial, verdict, custodian, unit, functions, digest,"
	      " registered, registered_by, withdrawn, withdrawn_by, withdrawn_reason, name,"
	      " modifiers, bus",
	      "tttttttititItttit", NULL),
	TABLE("policy", "role, version, sha256, text, published, published_by", "titbit", NULL),
	TABLE("usage",
	      "day, host, person, device, name, tag, arrivals, allowed, read_only, denied,"
	      " violations, duration_s, bytes_read, bytes_written",
	      "tittttiiiiiiii", NULL),
	TABLE("tree", "level, number, hash", "iib", NULL),
	TABLE("leaf", "number, ledger, seq, hash", "iiib", NULL),
	TABLE("checkpoint", "number, time, size, note", "iiib", NULL),
#undef TABLE
};
enum { N_TABLES = sizeof(tables) / sizeof(tables[0]) };

struct move {
	struct store *from;
	struct connection *to;
	move_progress *progress;
	void *context;
	uint64_t total, done;
	struct move_result result;
};

static void advance(struct move *move, bool checked)
{
	move->done++;
	if (move->done % PROGRESS_EVENTS == 0 || move->done == move->total)
		move->progress(move->context, checked, move->done, move->total);
}

static struct value value_at(const struct statement *row, int column, char type)
{
	struct value value = { .type = type };

	if (type == 'i' || (type == 'I' && !statement_is_null(row, column)))
		return (struct value){ .type = 'i', .integer = statement_integer(row, column) };
	if (type == 'I')
		return (struct value){ .type = 't' };
	value.bytes = statement_blob(row, column, &value.size);
	return value;
}

static int copy_row(struct move *move, const struct table *table, const struct statement *row)
{
	struct value values[MAX_COLUMNS];
	size_t n = strlen(table->types);

	for (size_t i = 0; i < n; i++)
		values[i] = value_at(row, (int)i, table->types[i]);
	if (strcmp(table->name, "event") == 0)
		advance(move, false);
	return copy_values(move->to, values, n);
}

static int copy_rows(struct move *move, const struct table *table)
{
	struct reading reading;
	int r = reading_start(&reading, move->from, table->select, "");

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		r = copy_row(move, table, reading.rows);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}

static int copy_table(struct move *move, const struct table *table)
{
	int r = copy_begin(move->to, table->into, table->types);

	if (r < 0)
		return r;
	r = copy_end(move->to, copy_rows(move, table));
	if (r == 0 && table->numbered != NULL)
		r = move->to->engine->number_on(move->to, table->name, table->numbered);
	return r;
}

static int check_empty(struct move *move)
{
	int64_t n;
	int r = statement_get(move->to, 0, &n,
			      "SELECT (SELECT count(*) FROM host) + (SELECT count(*) FROM policy)",
			      "");

	if (r < 0 || n == 0)
		return r;
	snprintf(move->result.text, MOVE_TEXT_SIZE, "the store to move to is not empty");
	return -ENOTEMPTY;
}

/* A ledger as it is to end. */
struct end {
	int64_t no;
	char id[LEDGER_ID_SIZE];
	struct ledger_chain chain;
};

static int check_lines(struct move *move, const struct end *end, struct statement *lines)
{
	struct ledger_chain chain;
	int r = ledger_chain_start(&chain, end->id);

	if (r < 0)
		return -EBADMSG;
	while ((r = statement_next(lines)) > 0) {
		size_t size;
		const char *line = statement_blob(lines, 0, &size);

		if (ledger_line_check(&chain, line, size, NULL) < 0)
			return -EBADMSG;
		advance(move, true);
		move->result.events++;
	}
	if (r < 0)
		return r;
	return chain.next_seq == end->chain.next_seq &&
			       memcmp(chain.hash, end->chain.hash, LEDGER_HASH_SIZE) == 0
		       ? 0
		       : -EBADMSG;
}

static int check_ledger(struct move *move, const struct end *end)
{
	struct statement *lines;
	int r = statement_start(move->to, "SELECT line FROM event WHERE ledger = $1 ORDER BY seq",
				&lines, "i", end->no);

	if (r < 0)
		return r;
	r = check_lines(move, end, lines);
	statement_done(lines);
	if (r == -EBADMSG)
		snprintf(move->result.text, MOVE_TEXT_SIZE,
			 "ledger %s does not form the chain that it should", end->id);
	move->result.ledgers++;
	return r;
}

/* Ends are asked of the store that is left, lines of the new one. */
static int check_ledgers(struct move *move)
{
	struct reading reading;
	int r = reading_start(&reading, move->from,
			      "SELECT no, id, next_seq, head FROM ledger ORDER BY no", "");

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct end end = { .no = statement_integer(reading.rows, 0) };
		size_t size;
		const void *head = statement_blob(reading.rows, 3, &size);

		statement_text(reading.rows, 1, end.id, sizeof(end.id));
		end.chain.next_seq = (uint64_t)statement_integer(reading.rows, 2);
		if (size == LEDGER_HASH_SIZE)
			memcpy(end.chain.hash, head, size);
		r = check_ledger(move, &end);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}

static int count_rows(struct move *move)
{
	struct reading reading;
	int r = reading_start(&reading, move->from,
			      "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM host)",
			      "");

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0) {
		move->total = (uint64_t)statement_integer(reading.rows, 0);
		move->result.hosts = (uint64_t)statement_integer(reading.rows, 1);
	}
	return reading_end(&reading, r < 0 ? r : 0);
}

static int move_all(struct move *move)
{
	int r = check_empty(move);

	if (r == 0)
		r = count_rows(move);
	for (size_t i = 0; i < N_TABLES && r == 0; i++)
		r = copy_table(move, &tables[i]);
	/* Rows to come are numbered after those that were moved: see schema.c. */
	if (r == 0)
		r = statement_run(move->to,
				  "UPDATE event_offset SET transactions ="
				  " (SELECT coalesce(max(row), 0) / 65536 + 1 FROM event)",
				  "");
	move->done = 0;
	return r < 0 ? r : check_ledgers(move);
}

static int move_section(struct store *from, struct store *to, const char *name)
{
	uint64_t size;
	int fd = sections_open(from, name, &size);
	int r;

	if (fd < 0)
		return fd == -EINVAL ? 0 : fd; /* no section: "." and the like */
	r = section_share_put(to, name, fd);
	close(fd);
	return r;
}

static int move_sections(struct store *from, struct store *to)
{
	int fd = openat(store_sections_fd(from), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (directory == NULL) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(directory)) != NULL)
		r = move_section(from, to, entry->d_name);
	closedir(directory);
	return r;
}

int store_move(struct store *from, struct store *to, move_progress *progress, void *context,
	       struct move_result *ret)
{
	struct move move = { .from = from, .progress = progress, .context = context };
	int r = move_sections(from, to);

	if (r == 0)
		r = store_write_begin(to, &move.to);
	if (r == 0)
		r = store_write_end(to, move.to, move_all(&move));
	*ret = move.result;
	return r < 0 ? r : 0;
}
