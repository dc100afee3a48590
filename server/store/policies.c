#include "policies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"

static int read_published(struct statement *s, struct published *ret)
{
	size_t size;
	const void *bytes = statement_blob(s, 2, &size);
	char *text = malloc(size + 1);

	if (!text)
		return -ENOMEM;
	if (size)
		memcpy(text, bytes, size);
	text[size] = '\0';
	ret->version = (uint64_t)statement_integer(s, 0);
	statement_text(s, 1, ret->sha256, sizeof(ret->sha256));
	ret->text = text;
	ret->size = size;
	return 0;
}

int policies_current(struct store *store, enum trust_role role, struct published *ret)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT version, sha256, text FROM policy WHERE role = $1"
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

static int publish(struct connection *c, enum trust_role role, const struct published *policy,
		   const char *by, int64_t now)
{
	int r = statement_run(c,
			      "INSERT INTO policy SELECT $1, $2, $3, $4, $5, $6 WHERE $2 >"
			      " (SELECT coalesce(max(version), 0) FROM policy WHERE role = $1)",
			      "titbit", trust_role_to_text(role), (int64_t)policy->version,
			      policy->sha256, policy->text, policy->size, now, by);

	if (r <= 0)
		return r < 0 ? r : -EEXIST;
	return news_tell(c, role == ROLE_POLICY ? NEWS_POLICY : NEWS_REVOCATIONS);
}

int policies_publish(struct store *store, enum trust_role role, const struct published *policy,
		     const char *by, int64_t now)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	return r < 0 ? r : store_write_end(store, c, publish(c, role, policy, by, now));
}
