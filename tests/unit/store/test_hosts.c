/* Enrolment uses a token once, keeps a machine's identity, and revokes what came before. */
#include "temporary.h"

#define OTHER "99999999-2222-4333-8444-555555555555"

struct seen {
	int n;
	struct host host;
	char serial[HOST_REFUSED_SIZE];
};

static int on_host(void *context, const struct host *host)
{
	struct seen *seen = context;

	seen->n++;
	seen->host = *host;
	return 0;
}

static int on_serial(void *context, const char *serial)
{
	struct seen *seen = context;

	seen->n++;
	snprintf(seen->serial, sizeof(seen->serial), "%s", serial);
	return 0;
}

static void test_token_is_good_once(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	uint8_t hash[STORE_HASH_SIZE];

	memset(hash, 1, sizeof(hash));
	assert_int_equal(tokens_check_enrolment(store, hash, NOW), -ENOENT);
	assert_int_equal(enrol(store, 1, HOST, MACHINE, SERIAL), -ENOENT);
	add_token(store, 1, NOW + 60);
	assert_int_equal(tokens_check_enrolment(store, hash, NOW), 0);
	assert_int_equal(tokens_check_enrolment(store, hash, NOW + 60), -ETIME);
	assert_int_equal(enrol(store, 1, HOST, MACHINE, SERIAL), 0);
	assert_int_equal(tokens_check_enrolment(store, hash, NOW), -EALREADY);
	assert_int_equal(enrol_as(store, 1, 'k', HOST, MACHINE, "other"), -EALREADY);
	/* The key that used it may ask again: the answer may have been lost. */
	assert_int_equal(enrol(store, 1, HOST, MACHINE, "again"), 0);
	assert_int_equal(enrol_as(store, 1, 'k', HOST, MACHINE, "other"), -EALREADY);

	add_token(store, 2, NOW);
	assert_int_equal(enrol(store, 2, HOST, MACHINE, "other"), -ETIME);
}

static void test_failed_enrolment_leaves_the_token(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	add_token(store, 2, NOW + 60);
	/* The machine is known by another id: nothing happens, the token stays good. */
	assert_int_equal(enrol(store, 2, OTHER, MACHINE, "second"), -EAGAIN);
	assert_int_equal(enrol(store, 2, HOST, MACHINE, "second"), 0);
}

static void test_enrolling_again_keeps_the_id(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct certificate found;
	char id[STORE_UUID_SIZE];
	struct seen seen = { 0 };

	assert_int_equal(choose(store, MACHINE, id), -ENOENT);
	enrol_one(store);
	assert_int_equal(choose(store, MACHINE, id), 0);
	assert_string_equal(id, HOST);
	add_token(store, 2, NOW + 60);
	assert_int_equal(enrol(store, 2, HOST, MACHINE, "second"), 0);

	assert_int_equal(hosts_find_certificate(store, SERIAL, &found), 0);
	assert_true(found.revoked);
	assert_int_equal(hosts_find_certificate(store, "second", &found), 0);
	assert_false(found.revoked);
	assert_int_equal(hosts_find_certificate(store, "third", &found), -ENOENT);
	assert_int_equal(hosts_each_refused(store, NOW, on_serial, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.serial, SERIAL);
}

static void test_revoke_and_enrol_again(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct certificate found;

	enrol_one(store);
	assert_int_equal(hosts_revoke(store, OTHER, "alice", "lost", NOW), -ENOENT);
	assert_int_equal(hosts_revoke(store, HOST, "alice", "lost", NOW), 0);
	assert_int_equal(hosts_revoke(store, HOST, "bob", "again", NOW), 0);
	assert_int_equal(hosts_find_certificate(store, SERIAL, &found), 0);
	assert_true(found.revoked);

	add_token(store, 2, NOW + 60);
	assert_int_equal(enrol(store, 2, HOST, MACHINE, "second"), 0);
	assert_int_equal(hosts_find_certificate(store, "second", &found), 0);
	assert_false(found.revoked);
	assert_int_equal(hosts_find_certificate(store, SERIAL, &found), 0);
	assert_true(found.revoked);
}

static void test_status_is_listed(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct host_status status = { .version = "0.2.0",
				      .mode = "enforce",
				      .gate = "active",
				      .ledger = "",
				      .policy = 7,
				      .revocations = 2,
				      .rolled_back = 8,
				      .now = NOW + 5,
				      .hostname = "",
				      .machine_id = "",
				      .boot = "",
				      .address = "" };
	char other[HOST_OTHER_SIZE];
	struct seen seen = { 0 };

	enrol_one(store);
	assert_int_equal(hosts_set_status(store, OTHER, &status, other), -ENOENT);
	assert_int_equal(hosts_set_status(store, HOST, &status, other), 0);
	assert_int_equal(hosts_each(store, on_host, &seen), 0);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.host.id, HOST);
	assert_string_equal(seen.host.unit, "finance");
	assert_string_equal(seen.host.version, "0.2.0");
	assert_int_equal(seen.host.policy, 7);
	assert_int_equal(seen.host.rolled_back, 8);
	assert_int_equal(seen.host.last_seen, NOW + 5);
	assert_int_equal(seen.host.certificate_expires, NOW + 86400);
	assert_false(seen.host.revoked);
}

static void test_reopened_store_has_it(void **state)
{
	struct temporary *t = *state;
	char id[STORE_UUID_SIZE];

	enrol_one(t->store);
	store_close(t->store);
	temporary_open(t);
	assert_int_equal(choose(t->store, MACHINE, id), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_token_is_good_once),
		TEST(test_failed_enrolment_leaves_the_token),
		TEST(test_enrolling_again_keeps_the_id),
		TEST(test_revoke_and_enrol_again),
		TEST(test_status_is_listed),
		TEST(test_reopened_store_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
