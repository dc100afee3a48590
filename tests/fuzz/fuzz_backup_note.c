#include "fuzz.h"

#include <errno.h>

#include "server/collector/backup_note.h"

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

/* A text that is signed: a backup is checked with the key in it, so anybody may have signed it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *note = malloc(size + NOTE_SIGNATURE_SIZE + 1);
	struct backup_note read;

	assert(text != NULL && note != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	ptrdiff_t n = note_sign(text, &key, secret, note, size + NOTE_SIGNATURE_SIZE + 1);
	if (n > 0 && backup_note_open(&read, note, (size_t)n, &key) == 0) {
		for (size_t i = 0; i < read.n; i++) {
			assert(read.files[i].name[0] != '/' && read.files[i].name[0] != '.');
			assert(strstr(read.files[i].name, "..") == NULL ||
			       strstr(read.files[i].name, "/..") == NULL);
		}
		backup_note_finish(&read);
	}
	free(note);
	free(text);
	return 0;
}
