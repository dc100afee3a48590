#include "tokens.h"

#include <errno.h>

#include "connection.h"
#include "policy/text.h"

int tokens_add_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		   const struct api_identity *identity, int64_t now)
{
	int r = store_run(store,
			  "INSERT INTO api_token VALUES ($1, $2, $3, $4)"
			  " ON CONFLICT DO NOTHING",
			  "btti", hash, (size_t)STORE_HASH_SIZE, identity->name, identity->role,
			  now);

	return r < 0 ? r : 0;
}

int tokens_find_api(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
		    struct api_identity *ret)
{
	struct reading reading;
	int r = reading_start(&reading, store, "SELECT name, role FROM api_token WHERE hash = $1",
			      "b", hash, (size_t)STORE_HASH_SIZE);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0) {
		statement_text(reading.rows, 0, ret->name, sizeof(ret->name));
		statement_text(reading.rows, 1, ret->role, sizeof(ret->role));
	}
	return reading_end(&reading, r > 0 ? 0 : r == 0 ? -ENOENT : r);
}

int tokens_add_enrolment(struct store *store, const struct enrolment_token *token)
{
	const char *host = *token->host ? token->host : NULL;
	int r = store_run(store,
			  "INSERT INTO token (hash, unit, created, created_by, expires, machines,"
			  " remaining, host) SELECT $1, $2, $3, $4, $5, $6, $6,"
			  " (SELECT id FROM host WHERE uuid = $7)"
			  " WHERE $7 IS NULL OR EXISTS (SELECT 1 FROM host WHERE uuid = $7)",
			  "btitiit", token->hash, sizeof(token->hash), token->unit, token->created,
			  token->created_by, token->expires, token->machines, host);

	return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

int tokens_check_enrolment(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
			   int64_t now)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT remaining, expires, revoked FROM token WHERE hash = $1", "b",
			      hash, (size_t)STORE_HASH_SIZE);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r == 0)
		r = -ENOENT;
	else if (r > 0 && !statement_is_null(reading.rows, 2))
		r = -EKEYREVOKED;
	else if (r > 0 && statement_integer(reading.rows, 0) == 0)
		r = -EALREADY;
	else if (r > 0)
		r = statement_integer(reading.rows, 1) <= now ? -ETIME : 0;
	return reading_end(&reading, r);
}

int tokens_revoke(struct store *store, const char *id, const char *by, const char *reason,
		  int64_t now)
{
	uint8_t prefix[TOKEN_ID_BYTES];

	if (text_unhex(id, prefix, sizeof(prefix)) < 0)
		return -EINVAL;
	int r = store_run(store,
			  "UPDATE token SET revoked = coalesce(revoked, $1),"
			  " revoked_by = coalesce(revoked_by, $2),"
			  " revoked_reason = coalesce(revoked_reason, $3)"
			  " WHERE substr(hash, 1, 8) = $4",
			  "ittb", now, by, reason, prefix, sizeof(prefix));

	return r < 0 ? r : r == 0 ? -ENOENT : 0;
}

static int read_id(const struct statement *row, int column, char ret[static TOKEN_ID_SIZE])
{
	size_t size;
	const void *hash = statement_blob(row, column, &size);

	if (size < TOKEN_ID_BYTES)
		return -EIO;
	text_hex(hash, TOKEN_ID_BYTES, ret);
	return 0;
}

int tokens_each(struct store *store, int (*on_token)(void *context, const struct listed_token *row),
		void *context)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT t.hash, t.unit, t.created_by, t.created, t.expires,"
			      " t.machines, t.remaining, t.revoked, h.uuid FROM token t"
			      " LEFT JOIN host h ON h.id = t.host"
			      " ORDER BY t.created DESC, t.hash LIMIT $1",
			      "i", (int64_t)TOKENS_LISTED_MAX);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct statement *s = reading.rows;
		struct listed_token row = {
			.token.created = statement_integer(s, 3),
			.token.expires = statement_integer(s, 4),
			.token.machines = statement_integer(s, 5),
			.remaining = statement_integer(s, 6),
			.revoked = statement_integer(s, 7),
		};
		statement_text(s, 1, row.token.unit, sizeof(row.token.unit));
		statement_text(s, 2, row.token.created_by, sizeof(row.token.created_by));
		statement_text(s, 8, row.token.host, sizeof(row.token.host));
		r = read_id(s, 0, row.id);
		if (r == 0)
			r = on_token(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}

int tokens_each_use(struct store *store, int (*on_use)(void *context, const struct token_use *row),
		    void *context)
{
	struct reading reading;
	int r = reading_start(
		&reading, store,
		"SELECT u.token, h.uuid, h.hostname, u.time FROM token_use u"
		" JOIN host h ON h.id = u.host WHERE u.token IN (SELECT hash FROM token"
		" ORDER BY created DESC, hash LIMIT $1) ORDER BY u.time, h.uuid",
		"i", (int64_t)TOKENS_LISTED_MAX);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		struct token_use row = { .time = statement_integer(reading.rows, 3) };
		statement_text(reading.rows, 1, row.host, sizeof(row.host));
		statement_text(reading.rows, 2, row.hostname, sizeof(row.hostname));
		r = read_id(reading.rows, 0, row.id);
		if (r == 0)
			r = on_use(context, &row);
		if (r < 0)
			break;
	}
	return reading_end(&reading, r);
}
