/* A policy that follows another is on trial: it is confirmed, or the one before comes back, and
 * never one from before that. */
#include "trials.h"

static void test_first_policy_and_revocations(void **state)
{
	struct policy_outcome outcome;

	(void)state;
	accept_on_trial(3, 0);
	assert_int_equal(policy_store_confirm(&store, 3), -ENOENT);
	assert_int_equal(policy_store_roll_back(&store, &outcome), -ENOENT);
	accept_version(ROLE_REVOCATIONS, 1);
	accept_version(ROLE_REVOCATIONS, 2);
	assert_null(policy_store_trial(&store));
	restart();
	assert_in_force(3, 0);
}

static void test_confirmed(void **state)
{
	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	assert_int_equal(count_sections(), 3); /* the rules, and a table of each */
	restart();
	assert_in_force(4, 3);
	assert_int_equal(policy_store_confirm(&store, 3), -ESTALE);
	assert_int_equal(policy_store_confirm(&store, 5), -ESTALE);
	assert_in_force(4, 3);
	assert_int_equal(policy_store_confirm(&store, 4), 0);
	assert_in_force(4, 0);
	assert_int_equal(count_sections(), 2);
	assert_int_equal(policy_store_confirm(&store, 4), -ENOENT);
	restart();
	assert_in_force(4, 0);
	assert_true(offer_version(4).unchanged);
	accept_on_trial(5, 4);
}

/* What is taken back is not taken again; the next is on trial over the same one. */
static void test_rolled_back(void **state)
{
	struct policy_outcome outcome;

	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(6, 3);
	roll_back_to(3);
	assert_int_equal(faccessat(store.policy_fd, "policy.previous.dsse.json", F_OK, 0), -1);
	assert_int_equal(count_sections(), 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(policy_store_undone(&store), 6);
		assert_refused(6, "rolled-back");
		assert_refused(5, "old-version");
		assert_true(offer_version(3).unchanged);
		assert_int_equal(policy_store_roll_back(&store, &outcome), -ENOENT);
		assert_int_equal(policy_store_confirm(&store, 3), -ENOENT);
		restart();
		assert_in_force(3, 0);
	}
	accept_on_trial(7, 3);
	assert_int_equal(policy_store_undone(&store), 0);
	roll_back_to(3);
	assert_refused(6, "old-version");
	assert_refused(7, "rolled-back");
	accept_on_trial(8, 3);
	assert_int_equal(policy_store_confirm(&store, 8), 0);
	restart();
	assert_in_force(8, 0);
	assert_refused(7, "old-version");
}

/* The one refused as taken back is told by its verified version; another's is no such thing. */
static void test_same_version_of_another(void **state)
{
	struct offer offer = good_offer(ROLE_POLICY, 4);
	struct policy_outcome outcome;

	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	roll_back_to(3);
	outcome = make_offer(&offer, ROLE_POLICY); /* signed anew, of the same number */
	assert_string_equal(outcome.refused, "rolled-back");
	assert_true(outcome.verified);
	assert_int_equal(outcome.version, 4);
	offer = good_offer(ROLE_POLICY, 4);
	offer.signers = 1;
	assert_string_equal(make_offer(&offer, ROLE_POLICY).refused, "too-few-signatures");
}

/* A version that follows in the middle of a trial goes on with it. */
static void test_trial_goes_on(void **state)
{
	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	accept_on_trial(5, 3);
	assert_int_equal(count_sections(), 3);
	assert_int_equal(policy_store_confirm(&store, 4), -ESTALE);
	restart();
	assert_in_force(5, 3);
	roll_back_to(3);
	assert_refused(4, "old-version");
	assert_refused(5, "rolled-back");
}

static void test_expired_is_gone_back_to(void **state)
{
	struct offer offer = good_offer(ROLE_POLICY, 3);

	(void)state;
	offer.expires = NOW + 1;
	free(offer.table);
	offer.table = make_table("S3", &offer.table_size);
	assert_true(make_offer(&offer, ROLE_POLICY).applied);
	accept_on_trial(4, 3);
	roll_back_to(3);
	assert_true(policy_store_expired(&store, ROLE_POLICY, NOW + 2));
	assert_true(policy_store_expiry_due(&store, ROLE_POLICY, NOW + 2));
}

/* A table that was not hashed in this run is not by going back to it, either. */
static void test_table_is_still_to_be_hashed(void **state)
{
	struct policy_outcome outcome;

	(void)state;
	accept_version(ROLE_POLICY, 3);
	accept_version(ROLE_POLICY, 4);
	restart();
	assert_true(store.assumed[ROLE_POLICY]);
	assert_int_equal(policy_store_roll_back(&store, &outcome), 0);
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 3);
	assert_true(store.assumed[ROLE_POLICY]);
}

static void test_time(void **state)
{
	const uint64_t s = 1000000;
	char boot[8];

	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 100 * s, 600 * s), 700 * s);
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 300 * s, 600 * s), 700 * s);
	restart();
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 400 * s, 600 * s), 700 * s);
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 400 * s, 30 * s), 430 * s);
	restart();
	assert_int_equal(policy_store_begin_trial(&store, "boot0", 800 * s, 600 * s), 700 * s);
	for (int i = 1; i < POLICY_TRIAL_BOOTS_MAX; i++) {
		snprintf(boot, sizeof(boot), "boot%d", i);
		restart();
		assert_int_equal(policy_store_begin_trial(&store, boot, 5 * s, 600 * s), 605 * s);
		restart();
		assert_int_equal(policy_store_begin_trial(&store, boot, 9 * s, 600 * s), 605 * s);
	}
	restart();
	assert_int_equal(policy_store_begin_trial(&store, "last", 5 * s, 600 * s), 5 * s);
	assert_int_equal(policy_store_begin_trial(&store, "last", 6 * s, 600 * s), 5 * s);
	roll_back_to(3);
	accept_on_trial(5, 3); /* with time of its own */
	assert_int_equal(policy_store_begin_trial(&store, "last", 9 * s, 600 * s), 609 * s);
}

enum damage { DAMAGE_GONE, DAMAGE_CUT, DAMAGE_BYTE, DAMAGE_OLDER, DAMAGE_TABLE, _DAMAGE_MAX };

/* Damage what is kept of version 3, whose envelope was @older before. */
static void damage_previous(enum damage damage, const char *older)
{
	static const char name[] = "policy.previous.dsse.json";
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_int_equal(file_read(store.policy_fd, name, 65536, &text, &size), 0);
	switch (damage) {
	case DAMAGE_GONE:
		assert_int_equal(unlinkat(store.policy_fd, name, 0), 0);
		return;
	case DAMAGE_CUT:
		size /= 2;
		break;
	case DAMAGE_BYTE:
		text[size / 2] ^= 1;
		break;
	case DAMAGE_OLDER: /* signed, and from before */
		free(TAKE_PTR(text));
		text = strdup(older);
		size = strlen(older);
		break;
	default:
		return;
	}
	assert_int_equal(file_write_atomic(store.policy_fd, name, text, size, 0600), 0);
}

/* Then the new one stays, also over a restart, and the next can be on trial over it. */
static void test_damage_to_what_is_kept(void **state)
{
	for (int damage = 0; damage < _DAMAGE_MAX; damage++) {
		_cleanup_free_ char *older = NULL;
		struct policy_outcome outcome;
		int fd;

		if (damage > 0) {
			assert_int_equal(teardown(state), 0);
			setup(state);
		}
		accept_on_trial(2, 0);
		assert_int_equal(
			file_read(store.policy_fd, "policy.dsse.json", 65536, &older, NULL), 0);
		accept_on_trial(3, 2);
		assert_int_equal(policy_store_confirm(&store, 3), 0);
		if (damage == DAMAGE_TABLE) {
			fd = open_table_file(ROLE_POLICY, O_WRONLY);
			assert_int_equal(pwrite(fd, "X", 1, 20), 1);
			close(fd);
		}
		accept_on_trial(4, 3);
		damage_previous((enum damage)damage, older);
		assert_int_equal(policy_store_roll_back(&store, &outcome), -EBADMSG);
		assert_false(outcome.applied);
		assert_non_null(outcome.refused);
		assert_true(outcome.text[0] != '\0');
		assert_in_force(4, 0);
		restart();
		assert_in_force(4, 0);
		accept_on_trial(5, 4);
		roll_back_to(4);
	}
}

/* Damaged in the middle of a trial that goes on: then over the version that works. */
static void test_damage_and_the_next_version(void **state)
{
	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	damage_previous(DAMAGE_BYTE, NULL);
	accept_on_trial(5, 4);
	roll_back_to(4);
}

/* The new one is damaged: its time still ends with the one before. */
static void test_damage_to_what_is_on_trial(void **state)
{
	int fd;

	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	fd = open_table_file(ROLE_POLICY, O_WRONLY);
	assert_int_equal(pwrite(fd, "X", 1, 20), 1);
	close(fd);
	restart();
	assert_true(store.broken[ROLE_POLICY]);
	assert_int_equal(policy_store_confirm(&store, 4), -ESTALE);
	roll_back_to(3);
	assert_false(store.broken[ROLE_POLICY]);
	assert_refused(4, "rolled-back");
}

/* Whatever the note says: a policy that was signed is in force, the one or the other. */
static void test_damaged_notes(void **state)
{
	static const char name[] = "policy.trial.json";
	_cleanup_free_ char *note = NULL;
	size_t size;

	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(4, 3);
	roll_back_to(3);
	accept_on_trial(5, 3);
	assert_int_equal(file_read(store.policy_fd, name, 4096, &note, &size), 0);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(file_write_atomic(store.policy_fd, name, note, i, 0600), 0);
		restart();
		assert_true(store.note_damaged);
		assert_in_force(5, 0);
		note[i] ^= 1;
		assert_int_equal(file_write_atomic(store.policy_fd, name, note, size, 0600), 0);
		restart();
		assert_int_equal(policy_store_version(&store, ROLE_POLICY), 5);
		note[i] ^= 1;
	}
	assert_int_equal(file_write_atomic(store.policy_fd, name, note, size, 0600), 0);
	restart();
	assert_false(store.note_damaged);
	assert_in_force(5, 3);
}

/* Other officers' policy is no trial of these, and what these took back is not theirs. */
static void test_another_trust_root(void **state)
{
	char error[256];

	(void)state;
	accept_on_trial(3, 0);
	accept_on_trial(9, 3);
	roll_back_to(3);
	accept_on_trial(10, 3);
	make_trust();
	restart();
	assert_null(policy_store_trial(&store));
	assert_int_equal(policy_store_version(&store, ROLE_POLICY), 0);
	accept_on_trial(1, 0);
	accept_on_trial(2, 1);
	make_trust();
	assert_int_equal(policy_store_read_trust(&store, error), 0);
	restart();
	accept_on_trial(1, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_policy_and_revocations),
		TEST(test_confirmed),
		TEST(test_rolled_back),
		TEST(test_same_version_of_another),
		TEST(test_trial_goes_on),
		TEST(test_expired_is_gone_back_to),
		TEST(test_table_is_still_to_be_hashed),
		TEST(test_time),
		TEST(test_damage_to_what_is_kept),
		TEST(test_damage_and_the_next_version),
		TEST(test_damage_to_what_is_on_trial),
		TEST(test_damaged_notes),
		TEST(test_another_trust_root),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
