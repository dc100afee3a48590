/* Certificates are renewed without a gap; two machines with one identity are told apart, by which
 * starts of them speak and in which order; a clock that goes wrong is a finding. */
#include "server/store/findings.h"
#include "temporary.h"

#define OTHER "99999999-2222-4333-8444-555555555555"
#define A     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define B     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"
#define C     "ccccccccccccccccccccccccccccccc3"

struct found {
	int n;
	char kind[32], text[512]; /* of the last */
};

static int on_finding(void *context, const struct finding *row)
{
	struct found *found = context;

	found->n++;
	snprintf(found->kind, sizeof(found->kind), "%s", row->kind);
	snprintf(found->text, sizeof(found->text), "%s", row->text);
	assert_string_equal(row->ledger, "");
	return 0;
}

static struct found findings(struct store *store)
{
	struct found found = { 0 };

	assert_int_equal(findings_each(store, false, on_finding, &found), 0);
	return found;
}

static int on_refused(void *context, const char *what)
{
	strcat(strcat(context, what), " ");
	return 0;
}

static const char *refused(struct store *store)
{
	static char list[1024];

	*list = '\0';
	assert_int_equal(hosts_each_refused(store, NOW, on_refused, list), 0);
	return list;
}

static int on_host(void *context, const struct host *host)
{
	*(struct host *)context = *host;
	return 0;
}

static struct host_status status_of(const char *boot)
{
	return (struct host_status){ .version = "0.1.0",
				     .mode = "",
				     .gate = "",
				     .ledger = "",
				     .now = NOW,
				     .hostname = "ws-1",
				     .machine_id = MACHINE,
				     .boot = boot,
				     .address = "192.0.2.1" };
}

static int speak(struct store *store, const char *boot, const char *address)
{
	struct host_status status = status_of(boot);
	char other[HOST_OTHER_SIZE] = "";

	status.address = address;
	return hosts_set_status(store, HOST, &status, other);
}

static void test_renewed(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct certificate found;

	enrol_one(store);
	assert_int_equal(hosts_renew(store, OTHER, "x", NOW, NOW + 9), -ENOENT);
	assert_int_equal(hosts_renew(store, HOST, "lost", NOW, NOW + 9), 0);
	/* Both are good; the answer was lost, and the next one takes its place. */
	assert_int_equal(hosts_renew(store, HOST, "new", NOW, NOW + 9), 0);
	assert_string_equal(refused(store), "lost ");
	assert_int_equal(hosts_find_certificate(store, "new", &found), 0);
	assert_false(found.confirmed);
	assert_string_equal(found.host, HOST);
	assert_int_equal(hosts_confirm(store, "new", NOW), 0);
	assert_int_equal(hosts_confirm(store, "new", NOW), 0);
	assert_int_equal(hosts_find_certificate(store, "new", &found), 0);
	assert_true(found.confirmed);
	assert_false(found.revoked);
	assert_int_equal(hosts_find_certificate(store, SERIAL, &found), 0);
	assert_true(found.revoked);
	/* What was revoked does not come back by being shown. */
	assert_int_equal(hosts_confirm(store, "lost", NOW), 0);
	assert_int_equal(hosts_find_certificate(store, "new", &found), 0);
	assert_false(found.revoked);
	assert_int_equal(hosts_revoke(store, HOST, "alice", "lost", NOW), 0);
	assert_int_equal(hosts_renew(store, HOST, "y", NOW, NOW + 9), -ENOENT);
}

static void test_a_machine_that_restarts(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;

	enrol_one(store);
	assert_int_equal(speak(store, A, ""), 0);
	assert_int_equal(speak(store, A, ""), 0);
	assert_int_equal(speak(store, B, ""), 0);
	assert_int_equal(speak(store, B, ""), 0);
	assert_int_equal(speak(store, C, ""), 0);
	assert_int_equal(findings(store).n, 0);
	assert_string_equal(refused(store), "");
}

static void test_two_machines(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct host host = { 0 };

	enrol_one(store);
	assert_int_equal(speak(store, A, "192.0.2.1"), 0);
	assert_int_equal(speak(store, B, "192.0.2.2"), 0);
	/* The first one lives still: the second is another machine. */
	assert_int_equal(speak(store, A, "192.0.2.1"), 1);
	assert_string_equal(refused(store), HOST "/" B " ");
	struct found found = findings(store);
	assert_int_equal(found.n, 1);
	assert_string_equal(found.kind, "cloned");
	assert_non_null(strstr(found.text, "192.0.2.1"));
	assert_non_null(strstr(found.text, "192.0.2.2"));
	assert_int_equal(hosts_each(store, on_host, &host), 0);
	assert_true(host.cloned);
	assert_string_equal(host.address, "192.0.2.1");

	assert_int_equal(speak(store, B, "192.0.2.2"), -EOWNERDEAD);
	assert_int_equal(speak(store, A, "192.0.2.1"), 0);
	/* The first is restarted: it is the host all the same, and the copy is found again. */
	assert_int_equal(speak(store, C, "192.0.2.1"), 0);
	assert_int_equal(speak(store, B, "192.0.2.2"), -EOWNERDEAD);
	assert_int_equal(speak(store, C, "192.0.2.1"), 0);
	assert_int_equal(findings(store).n, 1);
}

static void test_another_machine_id(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct host_status status = status_of(B);
	char other[HOST_OTHER_SIZE];

	enrol_one(store);
	assert_int_equal(speak(store, A, "192.0.2.1"), 0);
	status.machine_id = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";
	assert_int_equal(hosts_set_status(store, HOST, &status, other), -EOWNERDEAD);
	assert_string_equal(other, "ws-1 (192.0.2.1)");
	assert_string_equal(refused(store), HOST "/" B " ");
	assert_int_equal(findings(store).n, 1);
	assert_int_equal(hosts_set_status(store, HOST, &status, other), -EOWNERDEAD);
	assert_int_equal(findings(store).n, 1);
	assert_int_equal(speak(store, A, ""), 0);
}

/* A start of @boot, @age_s ago, asks which host it is to be. */
static int choose_as(struct store *store, const char *boot, int64_t age_s,
		     char ret[static STORE_UUID_SIZE])
{
	static const uint8_t none[STORE_HASH_SIZE];
	struct enrolment e = { .token_hash = none,
			       .key = none,
			       .machine_id = MACHINE,
			       .boot = boot,
			       .boot_started = NOW - age_s,
			       .address = "" };

	return hosts_choose(store, &e, ret);
}

static void test_who_enrols(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	char id[STORE_UUID_SIZE];

	enrol_one(store);
	assert_int_equal(speak(store, A, ""), 0);
	/* The same start, and a later one: reinstalled, it is the host. */
	assert_int_equal(choose_as(store, A, 5000, id), 0);
	assert_string_equal(id, HOST);
	assert_int_equal(choose_as(store, B, 30, id), 0);
	/* It ran already when the host spoke: two machines with one machine id. */
	assert_int_equal(choose_as(store, B, 5000, id), -ENOENT);
	assert_int_equal(hosts_revoke(store, HOST, "alice", "lost", NOW), 0);
	assert_int_equal(choose_as(store, B, 5000, id), 0);
}

static void test_a_clone_enrols(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	uint8_t hash[STORE_HASH_SIZE], key[STORE_HASH_SIZE];
	struct enrolment e = { .token_hash = hash,
			       .key = key,
			       .host = OTHER,
			       .machine_id = MACHINE,
			       .hostname = "ws-2",
			       .version = "0.1.0",
			       .boot = B,
			       .boot_started = NOW - 5000,
			       .address = "192.0.2.2",
			       .serial = "second",
			       .now = NOW,
			       .certificate_expires = NOW + 86400 };
	struct certificate found;
	char id[STORE_UUID_SIZE];

	memset(hash, 2, sizeof(hash));
	memset(key, 'k', sizeof(key));
	enrol_one(store);
	assert_int_equal(speak(store, A, "192.0.2.1"), 0);
	add_token(store, 2, NOW + 60);
	assert_int_equal(hosts_enrol(store, &e), 0);
	/* Neither fights the other. */
	assert_int_equal(hosts_find_certificate(store, SERIAL, &found), 0);
	assert_false(found.revoked);
	assert_string_equal(found.host, HOST);
	assert_int_equal(hosts_find_certificate(store, "second", &found), 0);
	assert_string_equal(found.host, OTHER);
	assert_int_equal(speak(store, A, "192.0.2.1"), 0);
	assert_string_equal(findings(store).kind, "cloned");
	assert_non_null(strstr(findings(store).text, "192.0.2.2"));
	/* Its answer was lost: it is the same host again, not a third. */
	assert_int_equal(hosts_choose(store, &e, id), 0);
	assert_string_equal(id, OTHER);
	e.serial = "third";
	assert_int_equal(hosts_enrol(store, &e), 0);
	/* The id names neither of them any more. */
	assert_int_equal(choose_as(store, A, 10000, id), -ENOENT);
	/* Its own machine id is not held against it. */
	struct host_status status = status_of(B);
	char other[HOST_OTHER_SIZE];
	assert_int_equal(hosts_set_status(store, OTHER, &status, other), 0);
}

static void test_clock(void **state)
{
	static const struct {
		int64_t after_s, offset_s;
		int findings;
	} rows[] = {
		{ 0, -3, 0 },	 { 60, 301, 1 },   { 120, 400, 1 },	 { 180, 0, 1 },
		{ 240, 500, 1 }, { 86400, 10, 1 }, { 86460, -99999, 2 },
	};
	struct store *store = ((struct temporary *)*state)->store;
	struct host_status status = status_of(A);
	char other[HOST_OTHER_SIZE];
	struct host host = { 0 };

	enrol_one(store);
	assert_int_equal(hosts_each(store, on_host, &host), 0);
	assert_false(host.offset_known);
	status.has_time = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		status.now = NOW + rows[i].after_s;
		status.time = status.now + rows[i].offset_s;
		assert_int_equal(hosts_set_status(store, HOST, &status, other), 0);
		assert_int_equal(findings(store).n, rows[i].findings);
		assert_int_equal(hosts_each(store, on_host, &host), 0);
		assert_true(host.offset_known);
		assert_int_equal(host.offset_s, rows[i].offset_s);
	}
	assert_string_equal(findings(store).kind, "clock-skew");
	assert_string_equal(findings(store).text, "its clock is 99999 s behind the collector's");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_renewed),	 TEST(test_a_machine_that_restarts),
		TEST(test_two_machines), TEST(test_another_machine_id),
		TEST(test_who_enrols),	 TEST(test_a_clone_enrols),
		TEST(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
