/* Files are whole or absent; keys and tokens have one form. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "server/pki/api_token.h"
#include "server/pki/atomic_file.h"
#include "server/pki/officer_key.h"
#include "tests/unit/policy/cmocka_test.h"

static char directory[] = "/tmp/devgate-test-XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/file", directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory); /* fails if a temporary file was left behind */
}

static void check_content(const char *want, mode_t mode)
{
	struct stat st;
	char *text;
	size_t size;

	assert_int_equal(atomic_file_read(path, 100, &text, &size), 0);
	assert_int_equal(size, strlen(want));
	assert_string_equal(text, want);
	free(text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void test_write_create_read(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(atomic_file_read(path, 100, &text, NULL), -ENOENT);
	assert_int_equal(atomic_file_create(path, "one", 3, 0600), 0);
	check_content("one", 0600);
	assert_int_equal(atomic_file_create(path, "two", 3, 0644), -EEXIST);
	check_content("one", 0600);
	assert_int_equal(atomic_file_write(path, "three", 5, 0644), 0);
	check_content("three", 0644);
	assert_int_equal(atomic_file_read(path, 4, &text, NULL), -E2BIG);
	assert_int_equal(atomic_file_read(directory, 100, &text, NULL), -EINVAL);
	assert_int_equal(atomic_file_remove(path), 0);
	assert_int_equal(atomic_file_remove(path), 0);
}

static void test_officer_key(void **state)
{
	struct officer_key key, loaded = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(officer_key_generate(&key, ""), -EINVAL);
	assert_int_equal(officer_key_generate(&key, "a\nb"), -EINVAL);
	assert_int_equal(officer_key_generate(&key, "alice"), 0);
	assert_int_equal(officer_key_save(&key, "", 0, path), -EINVAL);
	assert_int_equal(officer_key_save(&key, "right", 5, path), 0);
	assert_int_equal(officer_key_save(&key, "right", 5, path), -EEXIST);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	assert_int_equal(officer_key_load(&loaded, path, "wrong", 5), -EKEYREJECTED);
	assert_int_equal(loaded.name[0], 0);
	assert_int_equal(officer_key_load(&loaded, path, "right", 5), 0);
	assert_string_equal(loaded.name, "alice");
	assert_memory_equal(loaded.key, key.key, sizeof(key.key));
	assert_memory_equal(loaded.secret, key.secret, sizeof(key.secret));
}

/* Every single-character change is refused, one way or the other, and never crashes. */
static void test_officer_key_changed(void **state)
{
	struct officer_key key, loaded;
	char *text;
	size_t size;

	(void)state;
	assert_int_equal(officer_key_generate(&key, "alice"), 0);
	assert_int_equal(officer_key_save(&key, "right", 5, path), 0);
	assert_int_equal(atomic_file_read(path, OFFICER_KEY_FILE_MAX, &text, &size), 0);
	for (size_t cut = 0; cut < size - 2; cut += 7) {
		assert_int_equal(atomic_file_write(path, text, cut, 0600), 0);
		assert_int_equal(officer_key_load(&loaded, path, "right", 5), -EBADMSG);
	}
	char *box = strstr(text, "\"secretbox\": \"");
	assert_non_null(box);
	box[20] = box[20] == 'A' ? 'B' : 'A';
	assert_int_equal(atomic_file_write(path, text, size, 0600), 0);
	assert_int_equal(officer_key_load(&loaded, path, "right", 5), -EKEYREJECTED);
	free(text);
}

/* A file that asks for 64 GiB is refused for that, not tried. */
static void test_officer_key_greedy(void **state)
{
	static const char limit[] = "268435456";
	struct officer_key key, loaded;
	char *text, *greedy, *at;
	size_t size;

	(void)state;
	assert_int_equal(officer_key_generate(&key, "alice"), 0);
	assert_int_equal(officer_key_save(&key, "right", 5, path), 0);
	assert_int_equal(atomic_file_read(path, OFFICER_KEY_FILE_MAX, &text, &size), 0);
	at = strstr(text, limit);
	assert_non_null(at);
	*at = '\0';
	assert_true(asprintf(&greedy, "%s68719476736%s", text, at + strlen(limit)) > 0);
	assert_int_equal(atomic_file_write(path, greedy, strlen(greedy), 0600), 0);
	assert_int_equal(officer_key_load(&loaded, path, "right", 5), -EBADMSG);
	free(greedy);
	free(text);
}

static void test_officer_key_public(void **state)
{
	struct officer_key key, loaded;
	static const uint8_t zeros[OFFICER_KEY_SECRET_SIZE];

	(void)state;
	assert_int_equal(officer_key_generate(&key, "王小明"), 0);
	assert_int_equal(officer_key_save_public(&key, path), 0);
	assert_int_equal(officer_key_load_public(&loaded, path), 0);
	assert_string_equal(loaded.name, "王小明");
	assert_memory_equal(loaded.key, key.key, sizeof(key.key));
	assert_memory_equal(loaded.secret, zeros, sizeof(zeros));
	assert_int_equal(officer_key_load(&loaded, path, "x", 1), -EBADMSG);
}

static void test_api_token(void **state)
{
	char a[API_TOKEN_SIZE], b[API_TOKEN_SIZE];
	uint8_t hash[API_TOKEN_HASH_SIZE], again[API_TOKEN_HASH_SIZE];

	(void)state;
	api_token_generate(a);
	api_token_generate(b);
	assert_int_equal(strlen(a), 47);
	assert_string_not_equal(a, b);
	assert_int_equal(api_token_hash(a, hash), 0);
	assert_int_equal(api_token_hash(a, again), 0);
	assert_memory_equal(hash, again, sizeof(hash));
	assert_int_equal(api_token_hash("", hash), -EINVAL);
	assert_int_equal(api_token_hash("dgt_short", hash), -EINVAL);
	a[0] = 'x';
	assert_int_equal(api_token_hash(a, hash), -EINVAL);
	b[46] = '=';
	assert_int_equal(api_token_hash(b, hash), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write_create_read),	TEST(test_officer_key),
		TEST(test_officer_key_changed), TEST(test_officer_key_greedy),
		TEST(test_officer_key_public),	cmocka_unit_test(test_api_token),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
