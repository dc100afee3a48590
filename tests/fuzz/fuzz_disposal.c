#include "fuzz.h"

#include <errno.h>
#include <stdio.h>

#include "policy/disposal.h"

#define LEDGER "00112233445566778899aabbccddeeff"

static struct note_key key;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = { 7 };
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];

	(void)argc;
	(void)argv;
	return sodium_init() < 0 || crypto_sign_seed_keypair(public_key, secret, seed) != 0 ||
	       note_key_init(&key, "collector.example/devgate", public_key) < 0;
}

/* A line that somebody sends: what is not signed changes nothing. */
static void check(const char *line, size_t size)
{
	const struct disposal_reader reader = { LEDGER, &key };
	struct ledger_chain chain = { .next_seq = 1 }, before = chain;
	struct disposal disposal;
	int r = disposal_check(&chain, &reader, line, size, &disposal);

	assert(r == 0 || r == -EBADMSG || r == -ENOKEY || r == -EKEYREJECTED || r == -ESTALE ||
	       r == -EXDEV);
	assert(r == 0 || memcmp(&chain, &before, sizeof(chain)) == 0);
}

/* The same text, signed by somebody who may: the parser behind the signature. */
static void sign(const char *text)
{
	char note[DISPOSAL_NOTE_SIZE], line[DISPOSAL_LINE_SIZE];
	struct disposal disposal;

	if (note_sign(text, &key, secret, note, sizeof(note)) < 0)
		return;
	size_t n = (size_t)snprintf(line, sizeof(line), "{\"disposed\":\"");
	for (const char *p = note; *p && n < sizeof(line) - 8; p++) {
		if (*p == '\n' || *p == '"' || *p == '\\')
			line[n++] = '\\';
		line[n++] = *p == '\n' ? 'n' : *p;
	}
	n += (size_t)snprintf(line + n, sizeof(line) - n, "\"}");
	if (disposal_open(&disposal, line, n, &key) == 0)
		assert(disposal.last >= disposal.first && disposal.n_kinds > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	check(text, size);
	sign(text);
	free(text);
	return 0;
}
