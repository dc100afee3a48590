/* Offers with real signatures: what is good comes into force and survives a restart; what is not is
 * refused with its reason, and what was in force stays. */
#include "offers.h"

static void test_nothing_yet(void **state)
{
	struct policy_view view = policy_store_view(&store);
	struct policy_outcome outcome;

	(void)state;
	assert_null(view.rules);
	assert_null(view.registered);
	assert_null(view.revoked);
	assert_false(policy_store_load(&store, ROLE_POLICY, &outcome));
	assert_null(outcome.refused);
}

static void test_accepted_and_kept(void **state)
{
	(void)state;
	accept_version(ROLE_POLICY, 3);
	assert_true(is_registered("AB12"));
	assert_false(is_registered("AB13"));
	assert_string_equal(rules_name(policy_store_view(&store).rules), "test");
	assert_int_equal(store.roles[ROLE_POLICY].n_signers, 2);
	accept_version(ROLE_REVOCATIONS, 1);
	assert_non_null(policy_store_view(&store).revoked);
	accept_version(ROLE_POLICY, 4);
	assert_int_equal(count_sections(), 2); /* rules; one table that both roles name */
	restart();
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 4);
	assert_int_equal(policy_store_version(&store, ROLE_REVOCATIONS), 1);
	assert_true(is_registered("AB12"));
}

static void test_risk_model(void **state)
{
	struct offer offer = good_offer(ROLE_POLICY, 3);

	(void)state;
	offer.risk = "{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"factors\":{},"
		     "\"base\":{\"likelihood\":1,\"impact\":1},"
		     "\"thresholds\":[{\"from\":1,\"verdict\":\"deny\"}]}";
	assert_true(make_offer(&offer, ROLE_POLICY).applied);
	assert_non_null(policy_store_view(&store).risk);
	restart();
	assert_non_null(policy_store_view(&store).risk);
	offer = good_offer(ROLE_POLICY, 4);
	offer.risk = "{}";
	assert_string_equal(make_offer(&offer, ROLE_POLICY).refused, "bad-section");
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 3);
	accept_version(ROLE_POLICY, 5);
	assert_null(policy_store_view(&store).risk);
}

static void test_same_again_is_no_news(void **state)
{
	struct offer offer = good_offer(ROLE_POLICY, 3), again = good_offer(ROLE_POLICY, 3);
	struct policy_outcome outcome = make_offer(&offer, ROLE_POLICY);

	(void)state;
	assert_true(outcome.applied);
	outcome = make_offer(&again, ROLE_POLICY);
	assert_true(outcome.applied);
	assert_true(outcome.unchanged);
	assert_int_equal(outcome.version, 3);
}

/* One thing is wrong in each; version 3 stays in force, also over a restart. */
static void test_refusals(void **state)
{
	static const struct {
		const char *refused;
		uint64_t version;
		int64_t issued, expires;
		unsigned signers;
		const char *rules;
		bool unsealed, spoil_section, spoil_envelope;
		int drop_section;
		enum trust_role as;
	} cases[] = {
		{ "too-few-signatures", 4, 0, 0, 1, NULL, false, false, false, -1, ROLE_POLICY },
		{ "unknown-key", 4, 0, 0, 1 | 4, NULL, false, false, false, -1, ROLE_POLICY },
		{ "unknown-key", 4, 0, 0, 4, NULL, false, false, false, -1, ROLE_POLICY },
		{ "old-version", 3, NOW - 5, 0, 3, NULL, false, false, false, -1, ROLE_POLICY },
		{ "old-version", 2, 0, 0, 3, NULL, false, false, false, -1, ROLE_POLICY },
		{ "expired", 4, 0, NOW - 1, 3, NULL, false, false, false, -1, ROLE_POLICY },
		{ "not-yet-valid", 4, NOW + 200000, NOW + 300000, 3, NULL, false, false, false, -1,
		  ROLE_POLICY },
		{ "wrong-type", 4, 0, 0, 3, NULL, false, false, false, -1, ROLE_REVOCATIONS },
		{ "not-sealed", 4, 0, 0, 3, NULL, true, false, false, -1, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, NULL, false, true, false, -1, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, NULL, false, false, false, 0, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, NULL, false, false, false, 1, ROLE_POLICY },
		{ "bad-section", 4, 0, 0, 3, "{}", false, false, false, -1, ROLE_POLICY },
		{ NULL, 4, 0, 0, 3, NULL, false, false, true, -1, ROLE_POLICY },
	};

	(void)state;
	accept_version(ROLE_POLICY, 3);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct offer offer = good_offer(ROLE_POLICY, cases[i].version);
		struct policy_outcome outcome;

		offer.signers = cases[i].signers;
		offer.issued = cases[i].issued != 0 ? cases[i].issued : offer.issued;
		offer.expires = cases[i].expires != 0 ? cases[i].expires : offer.expires;
		offer.rules = cases[i].rules != NULL ? cases[i].rules : offer.rules;
		offer.unsealed = cases[i].unsealed;
		offer.spoil_section = cases[i].spoil_section;
		offer.spoil_envelope = cases[i].spoil_envelope;
		offer.drop_section = cases[i].drop_section;
		outcome = make_offer(&offer, cases[i].as);
		assert_false(outcome.applied);
		assert_non_null(outcome.refused);
		if (cases[i].refused != NULL)
			assert_string_equal(outcome.refused, cases[i].refused);
		assert_true(outcome.text[0] != '\0');
		assert_int_equal(policy_store_version(&store, ROLE_POLICY), 3);
		assert_int_equal(policy_store_version(&store, ROLE_REVOCATIONS), 0);
		assert_true(is_registered("AB12"));
	}
	restart();
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 3);
	accept_version(ROLE_POLICY, 4);
}

/* Every byte of a good envelope changed: never accepted, never a crash. */
static void test_every_byte_changed(void **state)
{
	struct offer offer = good_offer(ROLE_REVOCATIONS, 1);
	_cleanup_free_ char *envelope = NULL;
	struct policy_outcome outcome;

	(void)state;
	offer.signers = 1;
	envelope = make_envelope(&offer);
	for (size_t i = 0; envelope[i] != '\0'; i++) {
		int fds[2];

		envelope[i] ^= 1;
		fds[0] = make_memory(envelope, strlen(envelope), true);
		fds[1] = make_memory(offer.table, offer.table_size, true);
		policy_store_offer(&store, ROLE_REVOCATIONS, fds, 2, NOW, &outcome);
		/* a changed byte that JSON does not mind, as in white space, changes nothing */
		if (outcome.applied)
			fail_msg("accepted with byte %zu changed", i);
		envelope[i] ^= 1;
		close(fds[0]);
		close(fds[1]);
	}
	free(offer.table);
}

static void test_shapes_of_offers(void **state)
{
	struct policy_outcome outcome;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), empty = make_memory("", 0, true);
	int directory_as_fd[1] = { state_fd },
	    fds[8] = { empty, null, null, null, null, null, null, null };

	(void)state;
	policy_store_offer(&store, ROLE_POLICY, fds, 0, NOW, &outcome);
	assert_string_equal(outcome.refused, "malformed");
	policy_store_offer(&store, ROLE_POLICY, fds, 8, NOW, &outcome);
	assert_string_equal(outcome.refused, "malformed");
	policy_store_offer(&store, ROLE_POLICY, fds, 1, NOW, &outcome);
	assert_string_equal(outcome.refused, "malformed");
	policy_store_offer(&store, ROLE_POLICY, &null, 1, NOW, &outcome);
	assert_string_equal(outcome.refused, "not-sealed");
	policy_store_offer(&store, ROLE_POLICY, directory_as_fd, 1, NOW, &outcome);
	assert_false(outcome.applied);
	close(null);
	close(empty);
}

/* Change a byte of @role's table on disk, and start again. */
static void damage_table(enum trust_role role)
{
	int fd = open_table_file(role, O_WRONLY);

	assert_int_equal(pwrite(fd, "X", 1, 20), 1);
	close(fd);
	restart();
	assert_int_equal(policy_store_version(&store, role), 0);
}

static void test_damaged_files_are_not_in_force(void **state)
{
	(void)state;
	accept_version(ROLE_POLICY, 3);
	damage_table(ROLE_POLICY);
	assert_false(is_registered("AB12"));
	assert_true(store.broken[ROLE_POLICY]);
}

/* Damage does not bring old versions back; the one that was in force mends it. */
static void test_damage_keeps_the_version_floor(void **state)
{
	struct offer older = good_offer(ROLE_POLICY, 2), same = good_offer(ROLE_POLICY, 3);
	struct policy_outcome outcome;

	(void)state;
	accept_version(ROLE_POLICY, 3);
	damage_table(ROLE_POLICY);
	outcome = make_offer(&older, ROLE_POLICY);
	assert_false(outcome.applied);
	assert_string_equal(outcome.refused, "old-version");
	outcome = make_offer(&same, ROLE_POLICY);
	assert_true(outcome.applied);
	assert_true(is_registered("AB12"));
	assert_false(store.broken[ROLE_POLICY]);
}

/* The sections of a role that cannot be loaded just now are not rubbish. */
static void test_sweep_spares_what_it_does_not_know(void **state)
{
	struct offer offer = good_offer(ROLE_REVOCATIONS, 1);
	int fd;

	(void)state;
	free(offer.table);
	offer.table = make_table("LOST", &offer.table_size);
	assert_true(make_offer(&offer, ROLE_REVOCATIONS).applied);
	accept_version(ROLE_POLICY, 1);
	assert_int_equal(count_sections(), 3);
	damage_table(ROLE_REVOCATIONS);
	assert_true(store.broken[ROLE_REVOCATIONS]);
	accept_version(ROLE_POLICY, 2);
	assert_int_equal(count_sections(), 3);
	accept_version(ROLE_REVOCATIONS, 2);
	assert_false(store.broken[ROLE_REVOCATIONS]);
	assert_int_equal(count_sections(), 2);

	/* what a kill in the middle of a write leaves goes with the next offer */
	fd = openat(store.sections_fd, ".0000.0123456789abcdef", O_WRONLY | O_CREAT | O_CLOEXEC,
		    0600);
	close(fd);
	accept_version(ROLE_POLICY, 3);
	assert_int_equal(faccessat(store.sections_fd, ".0000.0123456789abcdef", F_OK, 0), -1);
}

static void test_another_trust_root(void **state)
{
	struct policy_outcome outcome;
	char error[256];

	(void)state;
	accept_version(ROLE_POLICY, 9);
	make_trust(); /* new keys */
	assert_int_equal(policy_store_read_trust(&store, error), 0);
	assert_false(policy_store_load(&store, ROLE_POLICY, &outcome));
	assert_non_null(outcome.refused);
	assert_false(store.broken[ROLE_POLICY]); /* it is another's, not damaged */
	assert_false(is_registered("AB12"));
	accept_version(ROLE_POLICY, 1); /* its counter begins anew */
}

static void test_bad_trust_root_changes_nothing(void **state)
{
	char error[256] = "";

	(void)state;
	accept_version(ROLE_POLICY, 1);
	assert_int_equal(file_write_atomic(store.config_fd, "trust-root.json", "{}", 2, 0644), 0);
	assert_true(policy_store_read_trust(&store, error) < 0);
	assert_true(error[0] != '\0');
	assert_true(store.trusted);
	accept_version(ROLE_POLICY, 2);
	unlinkat(store.config_fd, "trust-root.json", 0);
	assert_int_equal(policy_store_read_trust(&store, error), -ENOENT);
	restart();
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 0);
	{
		struct offer offer = good_offer(ROLE_POLICY, 5);
		struct policy_outcome outcome = make_offer(&offer, ROLE_POLICY);

		assert_string_equal(outcome.refused, "not-trusted");
	}
}

static void test_expiry_is_told_once(void **state)
{
	struct policy_outcome outcome;

	(void)state;
	accept_version(ROLE_POLICY, 1);
	assert_false(policy_store_expiry_due(&store, ROLE_POLICY, NOW));
	assert_true(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1000));
	assert_false(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1001));
	restart();
	assert_true(policy_store_expired(&store, ROLE_POLICY, NOW + 1001)); /* and in force */
	assert_true(is_registered("AB12"));
	assert_false(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1001));
	accept_version(ROLE_POLICY, 2);
	assert_true(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 1001));
	assert_true(policy_store_load(&store, ROLE_POLICY, &outcome));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_yet),
		TEST(test_accepted_and_kept),
		TEST(test_risk_model),
		TEST(test_same_again_is_no_news),
		TEST(test_refusals),
		TEST(test_every_byte_changed),
		TEST(test_shapes_of_offers),
		TEST(test_damaged_files_are_not_in_force),
		TEST(test_damage_keeps_the_version_floor),
		TEST(test_sweep_spares_what_it_does_not_know),
		TEST(test_another_trust_root),
		TEST(test_bad_trust_root_changes_nothing),
		TEST(test_expiry_is_told_once),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
