#include "policies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"

static int read_published(sqlite3_stmt *s, struct published *ret)
{
	size_t size = (size_t)sqlite3_column_bytes(s, 2);
	char *text = malloc(size + 1);

	if (!text)
		return -ENOMEM;
	if (size)
		memcpy(text, sqlite3_column_blob(s, 2), size);
	text[size] = '\0';
	ret->version = (uint64_t)sqlite3_column_int64(s, 0);
	statement_text(s, 1, ret->sha256, sizeof(ret->sha256));
	ret->text = text;
	ret->size = size;
	return 0;
}

int policies_current(struct store *store, enum trust_role role, struct published *ret)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT version, sha256, text FROM policy WHERE role = ?"
			      " ORDER BY version DESC LIMIT 1",
			      "t", trust_role_to_text(role));

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0)
		r = read_published(reading.rows, ret);
	else if (r == 0)
		r = -ENOENT;
	return reading_end(&reading, r);
}

int policies_publish(struct store *store, enum trust_role role, const struct published *policy,
		     const char *by, int64_t now)
{
	int r = store_run(store,
			  "INSERT INTO policy SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?2 >"
			  " (SELECT coalesce(max(version), 0) FROM policy WHERE role = ?1)",
			  "titbit", trust_role_to_text(role), (int64_t)policy->version,
			  policy->sha256, policy->text, policy->size, now, by);

	return r == 0 ? -EEXIST : r < 0 ? r : 0;
}
