#include "media.h"

#include <errno.h>

#include "connection.h"

int media_add(struct store *store, const struct medium *m)
{
	int r = store_run(
		store,
		"INSERT INTO medium (tag, vendor, product, serial, verdict, custodian,"
		" unit, functions, digest, registered, registered_by, name, modifiers,"
		" bus) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
		"tttttttitittit", m->tag, m->vendor, m->product, m->serial,
		verdict_to_text(m->verdict), m->custodian, m->unit, (int64_t)m->functions,
		*m->digest ? m->digest : NULL, m->registered, m->registered_by, m->name,
		(int64_t)m->modifiers, bus_to_text(m->bus));

	return r < 0 ? r : 0;
}

int media_withdraw(struct store *store, const char *tag, const char *by, const char *reason,
		   int64_t now)
{
	int r = store_run(
		store,
		"UPDATE medium SET withdrawn = $1, withdrawn_by = $2, withdrawn_reason = $3"
		" WHERE tag = $4 AND withdrawn IS NULL",
		"ittt", now, by, reason, tag);

	return r == 0 ? -ENOENT : r < 0 ? r : 0;
}

static int read_medium(struct statement *s, struct medium *ret)
{
	char verdict[16], bus[16];

	statement_text(s, 0, ret->tag, sizeof(ret->tag));
	statement_text(s, 1, ret->vendor, sizeof(ret->vendor));
	statement_text(s, 2, ret->product, sizeof(ret->product));
	statement_text(s, 3, ret->serial, sizeof(ret->serial));
	statement_text(s, 4, verdict, sizeof(verdict));
	statement_text(s, 5, ret->custodian, sizeof(ret->custodian));
	statement_text(s, 6, ret->unit, sizeof(ret->unit));
	ret->functions = (function_set)statement_integer(s, 7);
	statement_text(s, 8, ret->digest, sizeof(ret->digest));
	ret->registered = statement_integer(s, 9);
	statement_text(s, 10, ret->registered_by, sizeof(ret->registered_by));
	ret->withdrawn = statement_integer(s, 11);
	statement_text(s, 12, ret->name, sizeof(ret->name));
	ret->modifiers = (modifier_set)statement_integer(s, 13);

	statement_text(s, 14, bus, sizeof(bus));

	int parsed = verdict_from_text(verdict), parsed_bus = bus_from_text(bus);
	if (parsed < 0 || parsed_bus < 0)
		return -EIO;
	ret->verdict = (enum verdict)parsed;
	ret->bus = (enum bus)parsed_bus;
	return 0;
}

int media_each(struct store *store, int (*on_medium)(void *context, const struct medium *medium),
	       void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT tag, vendor, product, serial, verdict, custodian, unit,"
			      " functions, digest, registered, registered_by, withdrawn, name,"
			      " modifiers, bus FROM medium ORDER BY tag",
			      "");

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct medium medium;
		r = read_medium(reading.rows, &medium);
		if (r == 0)
			r = on_medium(context, &medium);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
