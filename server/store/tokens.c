#include "tokens.h"

#include <errno.h>

#include "connection.h"

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
	int r = store_run(store,
			  "INSERT INTO enrolment_token (hash, unit, created, created_by, expires)"
			  " VALUES ($1, $2, $3, $4, $5)",
			  "btiti", token->hash, sizeof(token->hash), token->unit, token->created,
			  token->created_by, token->expires);

	return r < 0 ? r : 0;
}

int tokens_check_enrolment(struct store *store, const uint8_t hash[static STORE_HASH_SIZE],
			   int64_t now)
{
	struct reading reading;
	int r = reading_start(&reading, store,
			      "SELECT used, expires FROM enrolment_token WHERE hash = $1", "b",
			      hash, (size_t)STORE_HASH_SIZE);

	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r == 0)
		r = -ENOENT;
	else if (r > 0 && !statement_is_null(reading.rows, 0))
		r = -EALREADY;
	else if (r > 0)
		r = statement_integer(reading.rows, 1) <= now ? -ETIME : 0;
	return reading_end(&reading, r);
}
