/* Grants at a workstation: offered, refused, used, ended, and kept over restarts. */
#include "workstation.h"

#include <sys/mman.h>

#include "agent/common/file.h"
#include "agent/enforcer/clock.h"
#include "agent/enforcer/grant_change.h"

static int64_t ahead_s; /* of the real clock */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);
	int r;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	r = real(clock, ret);
	if (r == 0 && clock == CLOCK_REALTIME)
		ret->tv_sec += ahead_s;
	return r;
}

#define WITH_GRANTS(limits)                                                                        \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\"," limits           \
	"\"rules\":[],\"defaults\":{\"*\":\"deny\"}}"
#define LIMITS(strongest, minutes)                                                                 \
	"\"grants\":{\"functions\":[\"storage\"],\"strongest\":\"" strongest                       \
	"\",\"longest-minutes\":" minutes "},"

static uint8_t secrets[2][crypto_sign_SECRETKEYBYTES]; /* of an officer of grants, and of policy */

static int64_t now_s(void)
{
	return clock_now_us() / 1000000;
}

static void begin_grants(void)
{
	struct policy_store *store = &enforcer->policy;

	store->policy_fd = enforcer->ledgers_fd;
	grant_change_init(enforcer);
	assert_true(enforcer->grants.fd >= 0);
	memset(enforcer->grants.machine, 0xa5, sizeof(enforcer->grants.machine));
	enforcer->grants.machine_known = true;
	store->trusted = true;
	store->trust = (struct trust){ .version = 1,
				       .expires = now_s() + 1000000,
				       .threshold = { 1, 1, 1 },
				       .n_officers = 2 };
	for (int i = 0; i < 2; i++) {
		struct trust_officer *officer = &store->trust.officers[i];

		crypto_sign_ed25519_sk_to_pk(officer->key, secrets[i]);
		snprintf(officer->name, sizeof(officer->name), "%s", i == 0 ? "dave" : "alice");
		dsse_keyid(officer->key, officer->keyid);
		officer->roles[i == 0 ? (int)ROLE_GRANTS : (int)ROLE_POLICY] = true;
	}
	grant_change_load(enforcer);
	grant_change_follow(enforcer);
}

static int setup_grants(void **state)
{
	uint8_t key[DSSE_KEY_SIZE];

	ahead_s = 0;
	for (int i = 0; i < 2; i++)
		crypto_sign_keypair(key, secrets[i]);
	if (setup(state) != 0)
		return -1;
	begin_grants();
	set_rules(WITH_GRANTS(LIMITS("allow", "60")));
	return 0;
}

static void end_grants(void)
{
	grants_finish(&enforcer->grants);
	enforcer->policy.granted = NULL;
}

static int teardown_grants(void **state)
{
	end_grants();
	return teardown(state);
}

/* The agent again, with what is on its disk. */
static void again(void)
{
	end_grants();
	stop();
	start();
	begin_grants();
	set_rules(WITH_GRANTS(LIMITS("allow", "60")));
}

static struct grant one_minute(void)
{
	struct grant grant = { .id = "g-1",
			       .version = 1,
			       .host = "h",
			       .bus = BUS_USB,
			       .vendor = 0x0951,
			       .product = 0x1666,
			       .serial = "AB12",
			       .functions = FUNCTION_BIT(FUNCTION_STORAGE),
			       .verdict = VERDICT_ALLOW,
			       .from = now_s(),
			       .until = now_s() + 60,
			       .issued_by = "dave" };

	memset(grant.machine, 0xa5, sizeof(grant.machine));
	return grant;
}

static struct policy_outcome offer_by(const struct grant *grant, int officer, bool sealed)
{
	struct dsse dsse = { .type = GRANT_TYPE };
	struct policy_outcome outcome;
	char *payload, *text;
	int fd = memfd_create("offer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(grant_encode(grant, &payload), 0);
	dsse.payload = (uint8_t *)payload;
	dsse.payload_size = strlen(payload);
	assert_int_equal(dsse_sign(&dsse, secrets[officer]), 0);
	assert_int_equal(dsse_encode(&dsse, &text), 0);
	dsse_finish(&dsse);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	free(text);
	if (sealed)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK),
				 0);
	grant_change_offer(enforcer, &fd, 1, &outcome);
	close(fd);
	return outcome;
}

static struct policy_outcome offer(const struct grant *grant)
{
	return offer_by(grant, 0, true);
}

static void assert_refused(const struct grant *grant, const char *why)
{
	struct policy_outcome outcome = offer(grant);

	assert_false(outcome.applied);
	assert_string_equal(outcome.refused, why);
	assert_true(outcome.text[0] != '\0');
	assert_event(0, "policy.refused", "reason", why);
	assert_event(0, "policy.refused", "role", "grants");
}

static enum verdict verdict_now(void)
{
	return devices_find(&enforcer->devices, "1-2")->decision.verdict;
}

/* As the timer does. */
static void pass(int64_t seconds)
{
	ahead_s += seconds;
	enforcer->grants.clock.handler(enforcer->grants.clock.userdata, WALLCLOCK_SET);
}

static void a_device_works_for_its_time(void **state)
{
	struct grant grant = one_minute();
	struct policy_outcome outcome;

	(void)state;
	plug_stick();
	assert_int_equal(verdict_now(), VERDICT_DENY);
	assert_int_equal(device_authorized(), '0');

	outcome = offer(&grant);
	assert_true(outcome.applied && !outcome.unchanged);
	assert_event(2, "policy.applied", "name", "g-1");
	assert_event(1, "device.changed", "step", "grant");
	assert_event(1, "device.changed", "rule", "g-1");
	assert_event(1, "device.changed", "cause", "grant");
	assert_event(0, "grant.used", "grant", "g-1");
	assert_int_equal(verdict_now(), VERDICT_ALLOW);
	assert_int_equal(device_authorized(), '1');

	/* The same again changes nothing, and is told to nobody. */
	size_t told = count_events();
	outcome = offer(&grant);
	assert_true(outcome.applied && outcome.unchanged);
	assert_int_equal(count_events(), told);

	pass(59);
	assert_int_equal(verdict_now(), VERDICT_ALLOW);
	pass(1);
	assert_int_equal(verdict_now(), VERDICT_DENY);
	assert_event(0, "device.changed", "cause", "grant");
	assert_event(0, "device.changed", "step", "default");
}

static void it_begins_by_itself(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	grant.from += 600;
	grant.until += 600;
	plug_stick();
	assert_true(offer(&grant).applied);
	assert_int_equal(verdict_now(), VERDICT_DENY);
	pass(600);
	assert_int_equal(verdict_now(), VERDICT_ALLOW);
	pass(60);
	assert_int_equal(verdict_now(), VERDICT_DENY);
}

static void what_is_refused(void **state)
{
	struct grant grant = one_minute();
	struct policy_outcome outcome;

	(void)state;
	outcome = offer_by(&grant, 1, true);
	assert_string_equal(outcome.refused, "unknown-key");
	outcome = offer_by(&grant, 0, false);
	assert_string_equal(outcome.refused, "not-sealed");

	grant.machine[0]++;
	assert_refused(&grant, "other-host");
	grant = one_minute();
	grant.until += 3541;
	assert_refused(&grant, "beyond-policy");
	grant = one_minute();
	grant.functions = FUNCTION_BIT(FUNCTION_PHONE);
	assert_refused(&grant, "beyond-policy");
	grant = one_minute();
	grant.from -= 100;
	grant.until -= 60;
	assert_refused(&grant, "expired");
	grant = one_minute();
	set_rules(DENY_ALL);
	assert_refused(&grant, "beyond-policy");
	enforcer->policy.trusted = false;
	assert_refused(&grant, "not-trusted");
	assert_int_equal(enforcer->grants.n, 0);
}

/* A later policy that lets less be granted. */
static void policy_binds_what_is_held(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	plug_stick();
	assert_true(offer(&grant).applied);
	set_rules(WITH_GRANTS(LIMITS("read-only", "60")));
	judge_all(enforcer, 0);
	assert_int_equal(verdict_now(), VERDICT_DENY);
	assert_event(0, "device.changed", "cause", "policy");
	set_rules(WITH_GRANTS(LIMITS("allow", "1")));
	judge_all(enforcer, 0);
	assert_int_equal(verdict_now(), VERDICT_ALLOW);
}

static void versions_go_up(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	plug_stick();
	grant.version = 3;
	assert_true(offer(&grant).applied);
	grant.verdict = VERDICT_READ_ONLY;
	grant.version = 2;
	assert_refused(&grant, "old-version");
	grant.version = 3; /* another with the number of the one that is held */
	assert_refused(&grant, "old-version");
	grant.version = 4;
	assert_true(offer(&grant).applied);
	assert_int_equal(verdict_now(), VERDICT_READ_ONLY);
	assert_int_equal(enforcer->grants.n, 1);

	grant.version = 5;
	grant.withdrawn = true;
	assert_true(offer(&grant).applied);
	assert_event(1, "grant.withdrawn", "grant", "g-1");
	assert_int_equal(verdict_now(), VERDICT_DENY);
	assert_true(offer(&grant).unchanged);
	grant.withdrawn = false;
	assert_refused(&grant, "old-version");
	again();
	assert_int_equal(enforcer->grants.n, 0);
	assert_refused(&grant, "old-version");
}

/* One that is withdrawn before it came here is never taken. */
static void withdrawn_before_it_came(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	grant.version = 2;
	grant.withdrawn = true;
	assert_true(offer(&grant).applied);
	grant.version = 1;
	grant.withdrawn = false;
	assert_refused(&grant, "old-version");
}

static void kept_over_a_restart(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	assert_true(offer(&grant).applied);
	again();
	assert_int_equal(enforcer->grants.n, 1);
	plug_stick();
	assert_int_equal(verdict_now(), VERDICT_ALLOW);
	assert_true(offer(&grant).unchanged);
}

/* Its end comes while nobody is there to see it; and then the clock is set back. */
static void ended_over_a_restart(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	assert_true(offer(&grant).applied);
	ahead_s = 61;
	again();
	assert_int_equal(enforcer->grants.n, 0);
	plug_stick();
	assert_int_equal(verdict_now(), VERDICT_DENY);
	ahead_s = 0;
	assert_refused(&grant, "old-version");
	again();
	assert_refused(&grant, "old-version");
}

/* Its file is changed, or another machine's is put there. */
static void damaged_on_disk(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	assert_true(offer(&grant).applied);
	assert_int_equal(file_write_atomic(enforcer->grants.fd, "g-1.dsse.json", "{}", 2, 0600), 0);
	again();
	assert_int_equal(enforcer->grants.n, 0);
	assert_int_equal(faccessat(enforcer->grants.fd, "g-1.dsse.json", F_OK, 0), -1);
	assert_true(offer(&grant).applied); /* it never ended */
}

/* As many as can be held; and what ended is remembered of as many as there is room for. */
static void room_is_bounded(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	for (int i = 0; i < GRANTS_MAX; i++) {
		snprintf(grant.id, sizeof(grant.id), "g-%d", i);
		assert_true(offer(&grant).applied);
	}
	strcpy(grant.id, "one-more");
	assert_refused(&grant, "too-many");
	grant.withdrawn = true;
	for (int i = 0; i < GRANTS_ENDED_MAX + 5; i++) {
		snprintf(grant.id, sizeof(grant.id), "w-%d", i);
		assert_true(offer(&grant).applied);
	}
	assert_int_equal(enforcer->grants.n_ended, GRANTS_ENDED_MAX);
	again();
	assert_int_equal(enforcer->grants.n_ended, GRANTS_ENDED_MAX);
	assert_int_equal(enforcer->grants.n, GRANTS_MAX);
	pass(61);
	assert_int_equal(enforcer->grants.n, 0);
}

static void what_is_not_stored_is_not_applied(void **state)
{
	struct grant grant = one_minute();

	(void)state;
	close(enforcer->grants.fd);
	enforcer->grants.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	plug_stick();
	assert_refused(&grant, "not-stored");
	assert_int_equal(enforcer->grants.n, 0);
	assert_int_equal(verdict_now(), VERDICT_DENY);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, setup_grants, teardown_grants)
	const struct CMUnitTest tests[] = {
		ONE(a_device_works_for_its_time),
		ONE(it_begins_by_itself),
		ONE(what_is_refused),
		ONE(policy_binds_what_is_held),
		ONE(versions_go_up),
		ONE(withdrawn_before_it_came),
		ONE(kept_over_a_restart),
		ONE(ended_over_a_restart),
		ONE(damaged_on_disk),
		ONE(room_is_bounded),
		ONE(what_is_not_stored_is_not_applied),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
