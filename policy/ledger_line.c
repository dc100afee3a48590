#include "ledger_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "text.h"

static const char opening[] = "{\"seq\":";
static const char trailer_opening[] = ",\"hash\":\"";
static const char trailer_closing[] = "\"}";

_Static_assert(sizeof(trailer_opening) - 1 + 2 * LEDGER_HASH_SIZE + sizeof(trailer_closing) - 1 ==
		       LEDGER_TRAILER_SIZE,
	       "the trailer is as long as it says");
_Static_assert(LEDGER_HASH_SIZE == crypto_hash_sha256_BYTES, "hashes are SHA-256");

/* JSON integers are read as signed by most who will read a ledger. */
#define SEQ_MAX ((uint64_t)INT64_MAX)

int ledger_chain_start(struct ledger_chain *ret, const char *id)
{
	static const char prefix[] = "devgate ledger 1"; /* and its NUL */
	uint8_t bytes[(LEDGER_ID_SIZE - 1) / 2];
	char canonical[LEDGER_ID_SIZE];
	crypto_hash_sha256_state state;

	if (text_unhex(id, bytes, sizeof(bytes)) < 0)
		return -EINVAL;
	text_hex(bytes, sizeof(bytes), canonical);
	if (strcmp(id, canonical) != 0)
		return -EINVAL;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)prefix, sizeof(prefix));
	crypto_hash_sha256_update(&state, (const uint8_t *)id, LEDGER_ID_SIZE - 1);
	crypto_hash_sha256_final(&state, ret->hash);
	ret->next_seq = 1;
	return 0;
}

static void next_hash(const struct ledger_chain *chain, const char *bytes, size_t size,
		      uint8_t ret[static LEDGER_HASH_SIZE])
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, chain->hash, LEDGER_HASH_SIZE);
	crypto_hash_sha256_update(&state, (const uint8_t *)bytes, size);
	crypto_hash_sha256_final(&state, ret);
}

static void advance(struct ledger_chain *chain, const uint8_t hash[static LEDGER_HASH_SIZE])
{
	memcpy(chain->hash, hash, LEDGER_HASH_SIZE);
	chain->next_seq++;
}

ptrdiff_t ledger_line_seal(struct ledger_chain *chain, const char *body, char *ret, size_t ret_size)
{
	char head[sizeof(opening) + 20 + 1]; /* a u64 has at most 20 digits; a comma */
	char hex[2 * LEDGER_HASH_SIZE + 1];
	uint8_t hash[LEDGER_HASH_SIZE];
	const size_t body_size = strnlen(body, LEDGER_LINE_MAX);

	if (body_size == 0 || strpbrk(body, "\r\n") != NULL)
		return -EINVAL;
	if (chain->next_seq > SEQ_MAX)
		return -E2BIG;
	const int head_size =
		snprintf(head, sizeof(head), "%s%" PRIu64 ",", opening, chain->next_seq);
	const size_t covered = (size_t)head_size + body_size;
	const size_t total = covered + LEDGER_TRAILER_SIZE + 1;
	if (total > LEDGER_LINE_MAX || total > ret_size)
		return -E2BIG;

	memcpy(ret, head, (size_t)head_size);
	memcpy(ret + head_size, body, body_size);
	next_hash(chain, ret, covered, hash);
	text_hex(hash, sizeof(hash), hex);

	char *end = mempcpy(ret + covered, trailer_opening, sizeof(trailer_opening) - 1);
	end = mempcpy(end, hex, sizeof(hex) - 1);
	end = mempcpy(end, trailer_closing, sizeof(trailer_closing) - 1);
	*end = '\n';
	advance(chain, hash);
	return (ptrdiff_t)total;
}

/* Read N of {"seq":N, */
static int read_seq(const char *line, size_t size, uint64_t *ret)
{
	size_t at = sizeof(opening) - 1;
	uint64_t seq = 0;

	if (size < at || memcmp(line, opening, at) != 0)
		return -EBADMSG;
	for (; at < size && line[at] >= '0' && line[at] <= '9'; at++) {
		const unsigned digit = (unsigned)(line[at] - '0');

		if (seq > (SEQ_MAX - digit) / 10)
			return -EBADMSG;
		seq = seq * 10 + digit;
		if (seq == 0)
			return -EBADMSG;
	}
	if (seq == 0 || at == size || line[at] != ',')
		return -EBADMSG;
	*ret = seq;
	return 0;
}

/* Read the hash of the trailer, which must be written as text_hex() does. */
static int read_hash(const char *trailer, uint8_t ret[static LEDGER_HASH_SIZE])
{
	const char *digits = trailer + sizeof(trailer_opening) - 1;
	const char *closing = digits + 2 * LEDGER_HASH_SIZE;
	char hex[2 * LEDGER_HASH_SIZE + 1] = "", canonical[sizeof(hex)];

	if (memcmp(trailer, trailer_opening, sizeof(trailer_opening) - 1) != 0 ||
	    memcmp(closing, trailer_closing, sizeof(trailer_closing) - 1) != 0)
		return -EBADMSG;
	memcpy(hex, digits, sizeof(hex) - 1);
	if (text_unhex(hex, ret, LEDGER_HASH_SIZE) < 0)
		return -EBADMSG;
	text_hex(ret, LEDGER_HASH_SIZE, canonical);
	return strcmp(hex, canonical) == 0 ? 0 : -EBADMSG;
}

int ledger_line_hash(const char *line, size_t size, uint8_t ret[static LEDGER_HASH_SIZE])
{
	if (size < LEDGER_TRAILER_SIZE)
		return -EBADMSG;
	return read_hash(line + size - LEDGER_TRAILER_SIZE, ret);
}

int ledger_line_check(struct ledger_chain *chain, const char *line, size_t size, uint64_t *ret_seq)
{
	uint8_t claimed[LEDGER_HASH_SIZE], hash[LEDGER_HASH_SIZE];
	uint64_t seq;

	if (size < LEDGER_TRAILER_SIZE || size >= LEDGER_LINE_MAX)
		return -EBADMSG;
	const size_t covered = size - LEDGER_TRAILER_SIZE;
	if (read_seq(line, covered, &seq) < 0 || read_hash(line + covered, claimed) < 0)
		return -EBADMSG;
	if (memchr(line, '\n', size) != NULL || memchr(line, '\r', size) != NULL ||
	    memchr(line, '\0', size) != NULL)
		return -EBADMSG;

	if (ret_seq != NULL)
		*ret_seq = seq;
	if (seq != chain->next_seq)
		return -ESTALE;
	next_hash(chain, line, covered, hash);
	if (memcmp(hash, claimed, sizeof(hash)) != 0)
		return -EKEYREJECTED;
	advance(chain, hash);
	return 0;
}
