/* A token lets in as many machines as it is for, each by name, until it is revoked. */
#include "temporary.h"

#define OTHER "99999999-2222-4333-8444-555555555555"

struct listed {
	int n, n_uses;
	struct listed_token token; /* the last */
	struct token_use use;	   /* the last */
};

static int on_token(void *context, const struct listed_token *row)
{
	struct listed *listed = context;

	listed->n++;
	listed->token = *row;
	return 0;
}

static int on_use(void *context, const struct token_use *row)
{
	struct listed *listed = context;

	listed->n_uses++;
	listed->use = *row;
	return 0;
}

static struct listed list(struct store *store)
{
	struct listed listed = { 0 };

	assert_int_equal(tokens_each(store, on_token, &listed), 0);
	assert_int_equal(tokens_each_use(store, on_use, &listed), 0);
	return listed;
}

static void add_group(struct store *store, uint8_t byte, int64_t machines, const char *host)
{
	struct enrolment_token token = { .unit = "finance",
					 .created_by = "alice",
					 .created = NOW,
					 .expires = NOW + 60,
					 .machines = machines };

	memset(token.hash, byte, sizeof(token.hash));
	strcpy(token.host, host);
	assert_int_equal(tokens_add_enrolment(store, &token), 0);
}

/* Machine @n enrols as host @n by key @n. */
static int enrol_nth(struct store *store, uint8_t token, int n)
{
	char host[STORE_UUID_SIZE], machine[HOST_MACHINE_SIZE], serial[HOST_SERIAL_SIZE];

	snprintf(host, sizeof(host), "11111111-2222-4333-8444-%012d", n);
	snprintf(machine, sizeof(machine), "%064d", n);
	snprintf(serial, sizeof(serial), "%032d", n);
	return enrol_as(store, token, (uint8_t)n, host, machine, serial);
}

static void test_group(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	uint8_t hash[STORE_HASH_SIZE];

	memset(hash, 7, sizeof(hash));
	add_group(store, 7, 3, "");
	for (int i = 1; i <= 3; i++)
		assert_int_equal(enrol_nth(store, 7, i), 0);
	assert_int_equal(enrol_nth(store, 7, 4), -EALREADY);
	assert_int_equal(tokens_check_enrolment(store, hash, NOW), -EALREADY);
	/* An answer that was lost is given again, and is not counted again. */
	assert_int_equal(
		enrol_as(store, 7, 2, "11111111-2222-4333-8444-000000000002",
			 "0000000000000000000000000000000000000000000000000000000000000002",
			 "again"),
		0);

	struct listed listed = list(store);
	assert_int_equal(listed.n, 1);
	assert_string_equal(listed.token.id, "0707070707070707");
	assert_int_equal(listed.token.token.machines, 3);
	assert_int_equal(listed.token.remaining, 0);
	assert_int_equal(listed.token.revoked, 0);
	assert_int_equal(listed.n_uses, 3);
	assert_string_equal(listed.use.id, listed.token.id);
	assert_string_equal(listed.use.hostname, "ws-1");
}

static void test_a_failed_enrolment_is_not_counted(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	add_group(store, 7, 2, "");
	assert_int_equal(enrol(store, 7, OTHER, MACHINE, "second"), -EAGAIN);
	assert_int_equal(list(store).token.remaining, 2);
	assert_int_equal(list(store).n_uses, 1); /* the first token's */
}

static void test_revoked(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	uint8_t hash[STORE_HASH_SIZE];

	memset(hash, 7, sizeof(hash));
	add_group(store, 7, 3, "");
	assert_int_equal(enrol_nth(store, 7, 1), 0);
	assert_int_equal(tokens_revoke(store, "0808080808080808", "bob", "lost", NOW), -ENOENT);
	assert_int_equal(tokens_revoke(store, "07", "bob", "lost", NOW), -EINVAL);
	assert_int_equal(tokens_revoke(store, "0707070707070707", "bob", "lost", NOW + 1), 0);
	assert_int_equal(tokens_revoke(store, "0707070707070707", "bob", "again", NOW + 2), 0);
	assert_int_equal(list(store).token.revoked, NOW + 1);
	assert_int_equal(tokens_check_enrolment(store, hash, NOW), -EKEYREVOKED);
	assert_int_equal(enrol_nth(store, 7, 2), -EKEYREVOKED);
	/* Also for who has used it: a new certificate would outlive the revocation. */
	assert_int_equal(enrol_nth(store, 7, 1), -EKEYREVOKED);
}

static void test_for_a_host(void **state)
{
	static const char other_machine[] =
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
	struct enrolment_token unknown = { .machines = 1, .host = OTHER };
	struct store *store = ((struct temporary *)*state)->store;
	struct certificate found;
	char id[STORE_UUID_SIZE];

	assert_int_equal(tokens_add_enrolment(store, &unknown), -ENOENT);
	enrol_one(store);
	add_group(store, 7, 1, HOST);
	assert_string_equal(list(store).token.token.host, HOST);
	/* The machine id is another after a reinstallation; the officer said who it is. */
	assert_int_equal(enrol_as(store, 7, 'k', OTHER, other_machine, "second"), -EAGAIN);
	assert_int_equal(enrol_as(store, 7, 'k', HOST, other_machine, "second"), 0);
	assert_int_equal(hosts_find_certificate(store, SERIAL, &found), 0);
	assert_true(found.revoked);
	assert_int_equal(hosts_find_certificate(store, "second", &found), 0);
	assert_false(found.revoked);
	assert_string_equal(found.host, HOST);
	assert_int_equal(choose(store, other_machine, id), 0);
	assert_string_equal(id, HOST);
	assert_int_equal(choose(store, MACHINE, id), -ENOENT);
}

/* Tokens of a store from before there were groups are kept, and used ones stay used. */
static void test_older_tokens(void **state)
{
	struct temporary *t = *state;
	uint8_t hash[STORE_HASH_SIZE];
	struct certificate found;

	enrol_one(t->store);
	add_group(t->store, 7, 1, "");
	store_close(t->store);
	temporary_meddle(t, TEMPORARY_UNDO_5 "DELETE FROM migration WHERE version > 4;");
	temporary_open(t);
	memset(hash, 1, sizeof(hash));
	assert_int_equal(tokens_check_enrolment(t->store, hash, NOW), -EALREADY);
	assert_int_equal(enrol(t->store, 1, HOST, MACHINE, "again"), 0);
	assert_int_equal(enrol_nth(t->store, 7, 1), 0);
	assert_int_equal(enrol_nth(t->store, 7, 2), -EALREADY);
	assert_int_equal(hosts_find_certificate(t->store, SERIAL, &found), 0);
	assert_true(found.confirmed);
	assert_int_equal(list(t->store).n_uses, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_group),	 TEST(test_a_failed_enrolment_is_not_counted),
		TEST(test_revoked),	 TEST(test_for_a_host),
		TEST(test_older_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
