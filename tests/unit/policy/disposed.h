/* disposed - a ledger of which some lines were disposed of: for tests of what reads ledgers. */
#pragma once

#include <string.h>

#include "policy/disposal.h"
#include "tests/unit/policy/cmocka_test.h"

/* A key made of @byte; the same each time. */
static inline void disposed_key(uint8_t byte, struct note_key *ret,
				uint8_t ret_secret[static crypto_sign_SECRETKEYBYTES])
{
	uint8_t seed[crypto_sign_SEEDBYTES] = { byte }, public_key[crypto_sign_PUBLICKEYBYTES];

	assert_true(sodium_init() >= 0);
	assert_int_equal(crypto_sign_seed_keypair(public_key, ret_secret, seed), 0);
	assert_int_equal(note_key_init(ret, "collector.example/devgate", public_key), 0);
}

/* Copy the lines of ledger @id, each with its '\n', to @ret, which has room, with a disposal in the
 * place of lines @first to @last.  Returns the size. */
static inline size_t disposed_copy(const char *lines, size_t size, const char *id, uint64_t first,
				   uint64_t last, char *ret)
{
	struct disposal d = { .host = "11111111-2222-4333-8444-555555555555",
			      .first = first,
			      .last = last,
			      .time = "2026-11-22T22:36:19Z" };
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	const char *end = lines + size;
	char stub[DISPOSAL_LINE_SIZE];
	struct ledger_chain chain;
	struct note_key key;
	char *out = ret;

	disposed_key(7, &key, secret);
	strcpy(d.ledger, id);
	disposal_count(&d, "test", "2026-11-22", last - first + 1);
	assert_int_equal(ledger_chain_start(&chain, id), 0);
	while (lines < end) {
		size_t n =
			(size_t)((const char *)memchr(lines, '\n', (size_t)(end - lines)) - lines);
		uint64_t seq = chain.next_seq;

		if (seq == first)
			memcpy(d.before, chain.hash, sizeof(d.before));
		assert_int_equal(ledger_line_check(&chain, lines, n, NULL), 0);
		if (seq == last) {
			memcpy(d.after, chain.hash, sizeof(d.after));
			assert_true(disposal_seal(&d, &key, secret, stub) > 0);
			out = stpcpy(stpcpy(out, stub), "\n");
		} else if (seq < first || seq > last) {
			out = mempcpy(out, lines, n + 1);
		}
		lines += n + 1;
	}
	return (size_t)(out - ret);
}
