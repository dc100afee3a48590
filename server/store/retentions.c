#include "retentions.h"

#include <errno.h>
#include <string.h>

#include "audit.h"
#include "connection.h"

static int read_set(const struct statement *s, struct retention_set *ret)
{
	struct retention_set set = { .time = statement_integer(s, 1) };
	char error[128];
	size_t size;
	const char *text = statement_blob(s, 3, &size);

	statement_text(s, 2, set.by, sizeof(set.by));
	/* Nothing is disposed of by settings that cannot be read. */
	if (retention_parse(&set.retention, text, size, error) < 0)
		return engine_fail(-EIO, "the retention settings: %s", error);
	set.retention.version = (uint64_t)statement_integer(s, 0);
	*ret = set;
	return 0;
}

int retentions_current(struct store *store, struct retention_set *ret)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT version, time, set_by, document FROM retention"
			      " ORDER BY version DESC LIMIT 1",
			      "");

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0) {
		r = read_set(reading.rows, ret);
	} else if (r == 0) {
		*ret = (struct retention_set){ 0 };
		retention_default(&ret->retention);
	}
	return reading_end(&reading, r);
}

static int set(struct connection *c, const char *document, const char *by, int64_t now)
{
	int64_t version;
	int r = statement_get(c, 1, &version, "SELECT coalesce(max(version), 0) + 1 FROM retention",
			      "");

	if (r == 0)
		r = statement_run(c, "INSERT INTO retention VALUES ($1, $2, $3, $4)", "iitb",
				  version, now, by, document, strlen(document));
	if (r < 0)
		return r == -EEXIST ? -EAGAIN : r;
	json_t *detail = json_pack("{sI so}", "version", (json_int_t)version, "settings",
				   json_loads(document, 0, NULL));
	const struct audit_entry entry = { by, "retention.set", detail };
	r = audit_add(c, &entry, now);
	return r < 0 ? r : (int)version;
}

int retentions_set(struct store *store, const char *document, const char *by, int64_t now,
		   uint64_t *ret_version)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	if (r == 0)
		r = store_write_end(store, c, set(c, document, by, now));
	if (r < 0)
		return r;
	*ret_version = (uint64_t)r;
	return 0;
}
