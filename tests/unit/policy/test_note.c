/* Signed notes: the specification's example, our own, and everything that is not quite one. */
#include "policy/note.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmocka_test.h"

/* The example of Go's package note, which C2SP's specification was written from. */
static const char known_key[] =
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char known_note[] =
	"If you think cryptography is the answer to your problem,\n"
	"then you don't know what your problem is.\n"
	"\n"
	"\xe2\x80\x94 PeterNeumann "
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
	"qdngotpRZb6KE6RyyBwJnAM=\n";

static struct note_key key;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];

static int make_key(void **state)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = { 7 };
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];

	(void)state;
	if (sodium_init() < 0 || crypto_sign_seed_keypair(public_key, secret, seed) != 0)
		return -1;
	return note_key_init(&key, "collector.example/devgate", public_key);
}

static void test_known(void **state)
{
	struct note_key peter;
	char text[NOTE_VERIFIER_SIZE];
	size_t size = 0;

	(void)state;
	assert_int_equal(note_key_parse(&peter, known_key), 0);
	assert_string_equal(peter.name, "PeterNeumann");
	note_key_to_text(&peter, text);
	assert_string_equal(text, known_key);
	assert_int_equal(note_open(known_note, strlen(known_note), &peter, &size), 0);
	assert_int_equal(size, strstr(known_note, "\n\n") + 1 - known_note);
	assert_int_equal(note_open(known_note, strlen(known_note), &key, &size), -ENOKEY);
}

static void test_keys(void **state)
{
	static const char *const bad[] = {
		"",
		"name",
		"name+c74f20a3",
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	static const char *const names[] = { "", "a b", "a+b", "a\n" };
	struct note_key parsed;
	char text[NOTE_VERIFIER_SIZE], name[NOTE_NAME_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(note_key_parse(&parsed, bad[i]), -EBADMSG);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(note_key_init(&parsed, names[i], key.public_key), -EINVAL);
	memset(name, 'n', sizeof(name));
	name[NOTE_NAME_SIZE] = '\0';
	assert_int_equal(note_key_init(&parsed, name, key.public_key), -EINVAL);
	name[NOTE_NAME_SIZE - 1] = '\0';
	assert_int_equal(note_key_init(&parsed, name, key.public_key), 0);
	note_key_to_text(&parsed, text);
	assert_int_equal(note_key_parse(&parsed, text), 0);
}

static void test_every_byte_counts(void **state)
{
	char note[1024], changed[1024];
	size_t size;
	ptrdiff_t n = note_sign("one\n\ntwo\n", &key, secret, note, sizeof(note));

	(void)state;
	assert_true(n > 0 && (size_t)n == strlen(note));
	assert_int_equal(note_open(note, (size_t)n, &key, &size), 0);
	assert_int_equal(size, strlen("one\n\ntwo\n"));
	for (ptrdiff_t i = 0; i < n; i++) {
		assert_true(note_open(note, (size_t)i, &key, &size) < 0);
		memcpy(changed, note, (size_t)n);
		changed[i] ^= 0x04;
		assert_true(note_open(changed, (size_t)n, &key, &size) < 0);
	}
	assert_int_equal(note_sign("one\n", &key, secret, note, 20), -E2BIG);
	assert_int_equal(note_sign("one", &key, secret, note, sizeof(note)), -EINVAL);
	assert_int_equal(note_sign("one\n\n", &key, secret, note, sizeof(note)), -EINVAL);
	assert_int_equal(note_sign("o\tne\n", &key, secret, note, sizeof(note)), -EINVAL);
	assert_int_equal(note_sign("", &key, secret, note, sizeof(note)), -EINVAL);
}

/* Other people's signatures beside ours do not matter, before it or after; too many do. */
static void test_witnesses(void **state)
{
	static const char witness[] = "\xe2\x80\x94 witness AAAAAAAA\n";
	char note[512], text[8192];
	size_t size;

	(void)state;
	assert_true(note_sign("one\n", &key, secret, note, sizeof(note)) > 0);
	snprintf(text, sizeof(text), "%.*s%s%s%s", 5, note, witness, note + 5, witness);
	assert_int_equal(note_open(text, strlen(text), &key, &size), 0);
	assert_int_equal(size, 4);
	strcpy(text, note);
	for (int i = 0; i < NOTE_MAX_SIGNATURES; i++)
		strcat(text, witness);
	assert_int_equal(note_open(text, strlen(text), &key, &size), -EBADMSG);
	snprintf(text, sizeof(text), "%s%s", note, "no signature\n");
	assert_int_equal(note_open(text, strlen(text), &key, &size), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_witnesses),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
