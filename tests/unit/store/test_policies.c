/* Versions only grow, each role for itself; sections are what their name says. */
#include <sqlite3.h>

#include "server/store/policies.h"
#include "server/store/sections.h"

#include "temporary.h"

/* SHA-256 of "abc" (FIPS 180-2, B.1). */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static int publish(struct store *store, enum trust_role role, uint64_t version, char *text)
{
	struct published policy = { .version = version, .text = text, .size = strlen(text) };

	return policies_publish(store, role, &policy, "alice", NOW);
}

static void test_versions_grow(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct published policy;
	char one[] = "{\"one\":1}", two[] = "two";

	assert_int_equal(policies_current(store, ROLE_POLICY, &policy), -ENOENT);
	assert_int_equal(publish(store, ROLE_POLICY, 2, one), 0);
	assert_int_equal(publish(store, ROLE_POLICY, 2, two), -EEXIST);
	assert_int_equal(publish(store, ROLE_POLICY, 1, two), -EEXIST);
	assert_int_equal(publish(store, ROLE_REVOCATIONS, 1, two), 0);
	assert_int_equal(policies_current(store, ROLE_POLICY, &policy), 0);
	assert_int_equal(policy.version, 2);
	assert_string_equal(policy.text, one);
	free(policy.text);
	assert_int_equal(publish(store, ROLE_POLICY, 3, two), 0);
	assert_int_equal(policies_current(store, ROLE_POLICY, &policy), 0);
	assert_int_equal(policy.version, 3);
	free(policy.text);
}

static int put(struct store *store, const char *bytes, const char *sha256)
{
	struct section_writer writer;

	assert_int_equal(section_writer_init(&writer, store), 0);
	assert_int_equal(section_writer_add(&writer, bytes, strlen(bytes)), 0);
	int r = section_writer_commit(&writer, sha256);
	section_writer_finish(&writer);
	return r;
}

static void test_sections(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	uint64_t size;
	char bytes[4] = "";

	assert_int_equal(sections_open(store, ABC, &size), -ENOENT);
	assert_int_equal(sections_open(store, "../devgate.db", &size), -EINVAL);
	assert_int_equal(put(store, "abd", ABC), -EBADMSG);
	assert_int_equal(sections_open(store, ABC, &size), -ENOENT);
	assert_int_equal(put(store, "abc", ABC), 1);
	assert_int_equal(put(store, "abc", ABC), 0);

	int fd = sections_open(store, ABC, &size);
	assert_true(fd >= 0);
	assert_int_equal(size, 3);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 3);
	assert_string_equal(bytes, "abc");
	close(fd);
}

static void test_newer_schema_is_refused(void **state)
{
	struct temporary *t = *state;
	char error[256];
	struct store *store;

	store_close(t->store);
	t->store = NULL;
	/* A later version, as only a later program could have written it. */
	temporary_meddle(t, "INSERT INTO migration VALUES (999, 0)");
	assert_int_equal(store_open(&store, *t->where ? t->where : NULL, t->directory, error),
			 -EUCLEAN);
	assert_non_null(strstr(error, "newer"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_versions_grow),
		TEST(test_sections),
		TEST(test_newer_schema_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
