#include "holds.h"

#include <errno.h>

#include "audit.h"
#include "connection.h"

static int add(struct connection *c, const struct hold *hold, int64_t *ret_id)
{
	int64_t n;
	int r = statement_get(c, 0, &n, "SELECT count(*) FROM hold WHERE released IS NULL", "");

	if (r < 0)
		return r;
	if (n >= HOLDS_MAX)
		return -EDQUOT;
	r = statement_get(c, 0, ret_id,
			  "INSERT INTO hold (host, person, device, first_day, last_day, reason,"
			  " created, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
			  " RETURNING id",
			  "ttttttit", hold->host, hold->person, hold->device, hold->first_day,
			  hold->last_day, hold->reason, hold->created, hold->created_by);
	if (r < 0)
		return r;
	const struct audit_entry entry = {
		hold->created_by, "hold.added",
		json_pack("{sI ss ss ss ss ss ss}", "hold", (json_int_t)*ret_id, "host", hold->host,
			  "person", hold->person, "device", hold->device, "from", hold->first_day,
			  "to", hold->last_day, "reason", hold->reason)
	};
	return audit_add(c, &entry, hold->created);
}

int holds_add(struct store *store, const struct hold *hold, int64_t *ret_id)
{
	struct connection *c;
	int64_t id = 0;
	int r = store_write_begin(store, &c);

	if (r == 0)
		r = store_write_end(store, c, add(c, hold, &id));
	if (r == 0)
		*ret_id = id;
	return r;
}

static int release(struct connection *c, const struct hold *hold)
{
	int r = statement_run(c,
			      "UPDATE hold SET released = $1, released_by = $2,"
			      " released_reason = $3 WHERE id = $4 AND released IS NULL",
			      "itti", hold->released, hold->released_by, hold->released_reason,
			      hold->id);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	const struct audit_entry entry = { hold->released_by, "hold.released",
					   json_pack("{sI ss}", "hold", (json_int_t)hold->id,
						     "reason", hold->released_reason) };
	return audit_add(c, &entry, hold->released);
}

int holds_release(struct store *store, const struct hold *hold)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	return r < 0 ? r : store_write_end(store, c, release(c, hold));
}

/* NULL is "". */
static const char *text(const struct statement *s, int column)
{
	const char *found = statement_text_at(s, column);

	return found ? found : "";
}

int holds_each(struct store *store, bool all,
	       int (*on_hold)(void *context, const struct hold *hold), void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT id, host, person, device, first_day, last_day, reason,"
			      " created, created_by, released, released_by, released_reason"
			      " FROM hold WHERE released IS NULL OR $1 = 1 ORDER BY id",
			      "i", (int64_t)all);
	struct statement *s;

	if (r < 0)
		return r;
	s = reading.rows;
	while ((r = statement_next(s)) > 0) {
		struct hold hold = { .id = statement_integer(s, 0),
				     .host = text(s, 1),
				     .person = text(s, 2),
				     .device = text(s, 3),
				     .first_day = text(s, 4),
				     .last_day = text(s, 5),
				     .reason = text(s, 6),
				     .created = statement_integer(s, 7),
				     .created_by = text(s, 8),
				     .released = statement_integer(s, 9),
				     .released_by = text(s, 10),
				     .released_reason = text(s, 11) };
		r = on_hold(context, &hold);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
