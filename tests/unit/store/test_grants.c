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

/* A grant names a machine: it would be good at both of two with one machine id. */
static void test_a_copied_disk(void **state)
{
	static const char TWIN[] = "99999999-2222-4333-8444-555555555555";
	struct store *store = ((struct temporary *)*state)->store;
	struct grant_record end = { .id = "g-1",
				    .host = HOST,
				    .version = 2,
				    .until = NOW + 60,
				    .withdrawn = true,
				    .text = "{}",
				    .size = 2 };

	enrol_one(store);
	assert_int_equal(publish(store, "g-1", 1, HOST, MACHINE), 0);
	temporary_meddle(*state, "INSERT INTO host (uuid, machine_id, hostname, unit, enrolled,"
				 " last_seen, version) VALUES ("
				 "'99999999-2222-4333-8444-555555555555', '" MACHINE
				 "-99999999-2222-4333-8444-555555555555', 'ws-1', '', 1, 1, '')");
	assert_int_equal(publish(store, "g-2", 1, HOST, MACHINE), -EMLINK);
	assert_int_equal(publish(store, "g-2", 1, TWIN, MACHINE), -EMLINK);
	assert_int_equal(grants_publish(store, &end, MACHINE, "alice", NOW), 0);
	assert_int_equal(hosts_revoke(store, HOST, "alice", "copied", NOW), 0);
	assert_int_equal(publish(store, "g-2", 1, TWIN, MACHINE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_versions_and_hosts, temporary_setup,
						temporary_teardown),
		cmocka_unit_test_setup_teardown(test_a_copied_disk, temporary_setup,
						temporary_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
