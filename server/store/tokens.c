#include "tokens.h"

#include <errno.h>

#include "connection.h"

int tokens_add_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		   const struct api_identity *identity, int64_t now)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	if (r < 0)
		return r;
	r = statement_run(c, "INSERT OR IGNORE INTO api_token VALUES (?, ?, ?, ?)", "btti", hash,
			  (size_t)STORE_HASH_SIZE, identity->name, identity->role, now);
	r = store_write_end(store, r);
	return r < 0 ? r : 0;
}

int tokens_find_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		    struct api_identity *ret)
{
	struct connection *c;
	sqlite3_stmt *s;
	int r = store_read_begin(store, &c);

	if (r < 0)
		return r;
	r = statement_start(c, "SELECT name, role FROM api_token WHERE hash = ?", &s, "b", hash,
			    (size_t)STORE_HASH_SIZE);
	if (r == 0) {
		r = statement_next(s);
		if (r > 0) {
			statement_text(s, 0, ret->name, sizeof(ret->name));
			statement_text(s, 1, ret->role, sizeof(ret->role));
		}
		statement_done(s);
		r = r > 0 ? 0 : r == 0 ? -ENOENT : r;
	}
	store_read_end(store, c);
	return r;
}

int tokens_add_enrolment(struct store *store, const struct enrolment_token *token)
{
	struct connection *c;
	int r = store_write_begin(store, &c);

	if (r < 0)
		return r;
	r = statement_run(c,
			  "INSERT INTO enrolment_token (hash, unit, created, created_by, expires)"
			  " VALUES (?, ?, ?, ?, ?)",
			  "btiti", token->hash, sizeof(token->hash), token->unit, token->created,
			  token->created_by, token->expires);
	r = store_write_end(store, r);
	return r < 0 ? r : 0;
}

int tokens_check_enrolment(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
			   int64_t now)
{
	struct connection *c;
	sqlite3_stmt *s;
	int r = store_read_begin(store, &c);

	if (r < 0)
		return r;
	r = statement_start(c, "SELECT used, expires FROM enrolment_token WHERE hash = ?", &s, "b",
			    hash, (size_t)STORE_HASH_SIZE);
	if (r == 0) {
		r = statement_next(s);
		if (r == 0)
			r = -ENOENT;
		else if (r > 0 && sqlite3_column_type(s, 0) != SQLITE_NULL)
			r = -EALREADY;
		else if (r > 0)
			r = sqlite3_column_int64(s, 1) <= now ? -ETIME : 0;
		statement_done(s);
	}
	store_read_end(store, c);
	return r;
}
