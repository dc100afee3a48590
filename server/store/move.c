#include "move.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chains.h"
#include "connection.h"
#include "section_share.h"
#include "sections.h"

enum { PROGRESS_EVENTS = 10000 };

/* More columns than there is room for do not compile. */
#define FITTING(types) (&(types)[0 * sizeof(char[1 - 2 * (sizeof(types) > ENGINE_MAX_VALUES + 1)])])

/* In the order of who refers to whom.  @types: as for struct value, and 'I' for an integer that may
 * be NULL.  @numbered: the column that the database counts, or NULL. */
static const struct table {
	const char *name, *into, *types, *select, *numbered;
} tables[] = {
#define TABLE(name, columns, types, numbered)                                                      \
	{                                                                                          \
		name, name " (" columns ")", FITTING(types), "SELECT " columns " FROM " name,      \
			numbered                                                                   \
	}
	TABLE("api_token", "hash, name, role, created", "btti", NULL),
	TABLE("host",
	      "id, uuid, machine_id, hostname, unit, enrolled, last_seen, version, policy,"
	      " revocations, mode, gate, ledger, revoked, revoked_by, revoked_reason,"
	      " rolled_back, cloned, offset_s, ended, ended_at,"
	      " written",
	      "ittttiitiitttIttiIItii", "id"),
	TABLE("host_boot", "no, host, boot, hostname, address, first_seen, last_seen, barred",
	      "iitttiii", "no"),
	TABLE("token",
	      "hash, unit, created, created_by, expires, machines, remaining, host, revoked,"
	      " revoked_by, revoked_reason",
	      "btitiiiIItt", NULL),
	TABLE("token_use", "token, key, host, time", "bbii", NULL),
	TABLE("certificate", "serial, host, issued, expires, revoked, confirmed", "tiiiII", NULL),
	TABLE("ledger", "no, host, id, next_seq, head, quarantined, checkpointed", "iitibii", "no"),
	TABLE("event",
	      "row, ledger, seq, day, kind, device, name, verdict, rule, person, violation,"
	      " duration_s, bytes_read, bytes_written, line",
	      "iiitttttttiiiib", NULL),
	TABLE("finding",
	      "id, time, host, ledger, seq, kind, subject, text, closed, closed_by,"
	      " closed_reason",
	      "iiiIitttItt", "id"),
	TABLE("medium",
	      "tag, vendor, product, serial, verdict, custodian, unit, functions, digest,"
	      " registered, registered_by, withdrawn, withdrawn_by, withdrawn_reason, name,"
	      " modifiers, bus",
	      "tttttttititItttit", NULL),
	TABLE("granted", "id, version, host, ends, text, published, published_by", "tiiibit", NULL),
	TABLE("policy", "role, version, sha256, text, published, published_by", "titbit", NULL),
	TABLE("usage",
	      "day, host, person, device, name, tag, arrivals, allowed, read_only, denied,"
	      " violations, duration_s, bytes_read, bytes_written",
	      "tittttiiiiiiii", NULL),
	TABLE("tree", "level, number, hash", "iib", NULL),
	TABLE("leaf", "number, ledger, seq, hash", "iiib", NULL),
	TABLE("checkpoint", "number, time, size, note", "iiib", NULL),
	TABLE("retention", "version, time, set_by, document", "iitb", NULL),
	TABLE("hold",
	      "id, host, person, device, first_day, last_day, reason, created, created_by,"
	      " released, released_by, released_reason",
	      "ittttttitItt", "id"),
	TABLE("disposal", "ledger, last, first, last_day, line", "iiitb", NULL),
	TABLE("audit", "seq, line", "ib", NULL),
#undef TABLE
};
enum { N_TABLES = sizeof(tables) / sizeof(tables[0]) };

struct move {
	struct connection *from, *to;
	const struct move_watch *watch;
	uint64_t total, done;
	struct move_result result;
};

static void advance(struct move *move, bool checked)
{
	move->done++;
	if (move->done % PROGRESS_EVENTS == 0 || move->done == move->total)
		move->watch->progress(move->watch->context, checked, move->done, move->total);
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
	struct value values[ENGINE_MAX_VALUES];
	size_t n = strlen(table->types);

	for (size_t i = 0; i < n; i++)
		values[i] = value_at(row, (int)i, table->types[i]);
	if (strcmp(table->name, "event") == 0 || strcmp(table->name, "disposal") == 0)
		advance(move, false);
	return copy_values(move->to, values, n);
}

static int copy_rows(struct move *move, const struct table *table)
{
	struct statement *rows;
	int r = statement_start(move->from, table->select, &rows, "");

	if (r < 0)
		return r;
	while ((r = statement_next(rows)) > 0) {
		r = copy_row(move, table, rows);
		if (r < 0)
			break;
	}
	statement_done(rows);
	return r;
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

static void on_checked(void *context)
{
	advance(context, true);
}

/* Ends are asked of the store that is left, lines of the new one. */
static int check_chains(struct move *move, const struct note_key *key)
{
	struct chains chains = { .ends = move->from,
				 .lines = move->to,
				 .key = key,
				 .on_line = on_checked,
				 .context = move };
	int r = chains_check(&chains);

	move->result.ledgers = chains.ledgers;
	move->result.events = chains.events;
	move->result.checkpoints = chains.checkpoints;
	if (r == -EBADMSG)
		snprintf(move->result.text, MOVE_TEXT_SIZE, "%s", chains.text);
	return r;
}

static int count_rows(struct move *move)
{
	struct statement *rows;
	int r = statement_start(
		move->from,
		"SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM disposal),"
		" (SELECT count(*) FROM host)",
		&rows, "");

	if (r < 0)
		return r;
	r = statement_next(rows);
	if (r > 0) {
		move->total = (uint64_t)statement_integer(rows, 0);
		move->result.hosts = (uint64_t)statement_integer(rows, 1);
	}
	statement_done(rows);
	return r < 0 ? r : 0;
}

static int move_all(struct move *move)
{
	int r = check_empty(move);

	for (size_t i = 0; i < N_TABLES && r == 0; i++)
		r = copy_table(move, &tables[i]);
	/* Rows to come are numbered after those that were moved: see schema.c. */
	if (r == 0)
		r = statement_run(move->to,
				  "UPDATE event_offset SET transactions ="
				  " (SELECT coalesce(max(row), 0) / 65536 + 1 FROM event)",
				  "");
	move->done = 0;
	return r < 0 ? r : check_chains(move, move->watch->key);
}

static int copy_section(struct store *to, const char *name, int fd)
{
	char bytes[64 * 1024];
	struct section_writer writer;
	ssize_t n;
	int r = section_writer_init(&writer, to);

	if (r < 0)
		return r;
	while (r == 0 && (n = read(fd, bytes, sizeof(bytes))) != 0)
		r = n < 0 ? -errno : section_writer_add(&writer, bytes, (size_t)n);
	if (r == 0)
		r = section_writer_commit(&writer, name);
	section_writer_finish(&writer);
	return r < 0 ? r : 0;
}

/* The two may have one directory of sections, or each its own. */
static int move_section(struct store *from, struct store *to, const char *name)
{
	uint64_t size;
	int fd = sections_open(from, name, &size), there, r;

	if (fd < 0)
		return fd == -EINVAL ? 0 : fd; /* no section: "." and the like */
	there = sections_open(to, name, &size);
	if (there >= 0)
		close(there);
	r = there >= 0 ? section_share_put(to, name, fd) : copy_section(to, name, fd);
	close(fd);
	return r;
}

static int fetch_section(struct store *from, const char *name)
{
	uint64_t size;
	int fd = sections_open(from, name, &size);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

/* What only the database has, since another collector received it. */
static int fetch_sections(struct store *from)
{
	char name[65] = "";
	int r = 1;

	while (r > 0) {
		struct reading reading;

		r = reading_start(&reading, from,
				  "SELECT sha256 FROM section WHERE sha256 > $1 ORDER BY sha256"
				  " LIMIT 1",
				  "t", name);
		if (r < 0)
			return r;
		r = statement_next(reading.rows);
		if (r > 0)
			statement_text(reading.rows, 0, name, sizeof(name));
		r = reading_end(&reading, r);
		if (r > 0 && fetch_section(from, name) < 0)
			return engine_fail(-EIO, "section %s cannot be had", name);
	}
	return r;
}

static int move_sections(struct store *from, struct store *to)
{
	int r = fetch_sections(from);
	int fd = r < 0 ? -1
		       : openat(store_sections_fd(from), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (r < 0)
		return r;
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

int store_move(struct store *from, struct store *to, const struct move_watch *watch,
	       struct move_result *ret)
{
	struct move move = { .watch = watch };
	int r = store_read_begin(from, &move.from);

	*ret = move.result;
	if (r < 0)
		return r;
	/* The first question fixes the moment.  Sections never change, and come before what speaks
	 * of them: those of after it are all that are needed. */
	r = count_rows(&move);
	if (r == 0)
		r = move_sections(from, to);
	if (r == 0)
		r = store_write_begin(to, &move.to);
	if (r == 0)
		r = store_write_end(to, move.to, move_all(&move));
	store_read_end(from, move.from);
	*ret = move.result;
	return r < 0 ? r : 0;
}
