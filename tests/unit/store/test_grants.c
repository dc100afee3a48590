/* Grants are kept by version, for one host each. */
#include <errno.h>

#include "server/store/grants.h"

#include "temporary.h"

struct seen {
	size_t n;
	char ids[8][GRANT_RECORD_ID_SIZE];
	uint64_t versions[8];
};

static int on_grant(void *context, const struct grant_record *grant)
{
	struct seen *seen = context;

	assert_string_equal(grant->host, HOST);
	assert_string_equal(grant->hostname, "ws-1");
	assert_string_equal(grant->published_by, "alice");
	assert_int_equal(grant->published, NOW);
	assert_memory_equal(grant->text, "{\"exact\": 1 }", grant->size);
	strcpy(seen->ids[seen->n], grant->id);
	seen->versions[seen->n++] = grant->version;
	return 0;
}

static int publish(struct store *store, const char *id, uint64_t version, const char *host,
		   const char *machine)
{
	static const char text[] = "{\"exact\": 1 }";
	const struct grant_record grant = { .id = id,
					    .host = host,
					    .version = version,
					    .until = NOW + 60,
					    .text = text,
					    .size = sizeof(text) - 1 };

	return grants_publish(store, &grant, machine, "alice", NOW);
}

static struct seen list(struct store *store, const char *host, int64_t now)
{
	struct seen seen = { 0 };

	assert_int_equal(grants_each_of(store, host, now, on_grant, &seen), 0);
	return seen;
}

static void test_versions_and_hosts(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct seen seen = { 0 };

	enrol_one(store);
	assert_int_equal(publish(store, "g-1", 1, HOST, "another machine"), -ENOENT);
	assert_int_equal(publish(store, "g-1", 1, "no host", MACHINE), -ENOENT);
	assert_int_equal(list(store, HOST, NOW).n, 0);
	assert_int_equal(publish(store, "g-1", 2, HOST, MACHINE), 0);
	assert_int_equal(publish(store, "g-1", 2, HOST, MACHINE), -EEXIST);
	assert_int_equal(publish(store, "g-1", 1, HOST, MACHINE), -EEXIST);
	assert_int_equal(publish(store, "g-2", 1, HOST, MACHINE), 0);
	assert_int_equal(publish(store, "g-1", 3, HOST, MACHINE), 0);
	seen = list(store, HOST, NOW);
	assert_int_equal(seen.n, 2);
	assert_string_equal(seen.ids[0], "g-1");
	assert_int_equal(seen.versions[0], 3);
	assert_string_equal(seen.ids[1], "g-2");
	assert_int_equal(list(store, HOST, NOW + 59).n, 2);
	assert_int_equal(list(store, HOST, NOW + 60).n, 0);
	assert_int_equal(list(store, "no host", NOW).n, 0);
	seen = (struct seen){ 0 };
	assert_int_equal(grants_each(store, on_grant, &seen), 0);
	assert_int_equal(seen.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_versions_and_hosts, temporary_setup,
						temporary_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
