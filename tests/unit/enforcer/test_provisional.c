/* The enforcer's side of "commit confirmed": the time runs out or somebody confirms, over the
 * control socket; what is in force is judged by, told by status, and recorded. */
#include "offers.h"

#include <systemd/sd-event.h>

#include "agent/common/control_client.h"
#include "agent/common/ledger_read.h"
#include "agent/enforcer/control_verbs.h"
#include "agent/enforcer/enforcer.h"
#include "agent/enforcer/policy_change.h"

enum { TURNS = 200 };

#define BOOT  "aaaaaaaabbbbbbbbccccccccdddddddd"
#define BOOT2 "11111111222222223333333344444444"

static struct enforcer *enforcer;

/* An enforcer of no device, whose policy is kept in the test's directory; started in @boot. */
static void start_enforcer(const char *boot)
{
	char path[100];

	enforcer = calloc(1, sizeof(*enforcer));
	assert_non_null(enforcer);
	strcpy(enforcer->boot, boot);
	enforcer->sysfs_fd = enforcer->dev_fd = state_fd;
	enforcer->gate = (struct gate){
		.pins_fd = -1, .cgroup_fd = -1, .map_fd = -1, .readers_fd = -1, .program_fd = -1
	};
	assert_true(sd_event_new(&enforcer->loop) >= 0);
	enforcer->disks.gate = &enforcer->gate;
	enforcer->disks.devices = &enforcer->devices;
	assert_int_equal(surroundings_init(&enforcer->surroundings, enforcer->loop, state_fd,
					   &enforcer->devices),
			 0);
	history_init(&enforcer->history, enforcer->boot);
	assert_int_equal(file_make_directory(state_fd, "ledger", 0700, &enforcer->ledgers_fd), 0);
	recorder_init(&enforcer->recorder, enforcer->ledgers_fd, enforcer->boot);
	assert_int_equal(recorder_open(&enforcer->recorder, &enforcer->history), 0);
	assert_int_equal(policy_store_init(&enforcer->policy, state_fd, config), 0);
	policy_change_start(enforcer);
	policy_change_follow(enforcer);
	snprintf(path, sizeof(path), "%s/control.sock", directory);
	assert_int_equal(control_init(&enforcer->control, enforcer->loop, path, getuid(),
				      control_verbs, control_n_verbs, enforcer),
			 0);
}

static void stop_enforcer(void)
{
	control_finish(&enforcer->control);
	policy_change_finish(enforcer);
	surroundings_finish(&enforcer->surroundings);
	history_finish(&enforcer->history);
	recorder_finish(&enforcer->recorder);
	policy_store_finish(&enforcer->policy);
	sd_event_unref(enforcer->loop);
	close(enforcer->ledgers_fd);
	free(enforcer);
}

static int start(void **state)
{
	setup(state);
	start_enforcer(BOOT);
	return 0;
}

static int stop(void **state)
{
	stop_enforcer();
	return teardown(state);
}

/* As the reporter offers it, at the time that the offers are made for. */
static void offer_version(uint64_t version, const char *refused)
{
	struct offer offer = good_offer(ROLE_POLICY, version);
	_cleanup_free_ char *envelope = make_envelope(&offer);
	struct policy_outcome outcome;
	int fds[] = { make_memory(envelope, strlen(envelope), true),
		      make_memory(offer.rules, strlen(offer.rules), true),
		      make_memory(offer.table, offer.table_size, true) };

	policy_store_offer(&enforcer->policy, ROLE_POLICY, fds, 3, NOW, &outcome);
	if (refused == NULL) {
		assert_true(outcome.applied);
		policy_change_took_effect(enforcer);
	} else {
		assert_string_equal(outcome.refused, refused);
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	free(offer.table);
}

/* The last event of the ledger; freed by the caller. */
static json_t *last_event(void)
{
	struct ledger_reader *reader;
	json_t *last = NULL;
	const char *line;
	size_t size;

	assert_int_equal(
		ledger_reader_new(enforcer->ledgers_fd, enforcer->recorder.ledger.id, 1, &reader),
		0);
	while (ledger_reader_next(reader, &line, &size) > 0) {
		json_decref(last);
		last = json_loadb(line, size, 0, NULL);
		assert_non_null(last);
	}
	ledger_reader_free(reader);
	return last;
}

static void assert_event(const char *kind, const char *member, uint64_t version)
{
	_cleanup_json_ json_t *event = last_event();

	assert_string_equal(json_string_value(json_object_get(event, "kind")), kind);
	assert_int_equal(json_integer_value(json_object_get(event, member)), version);
	assert_string_equal(json_string_value(json_object_get(event, "role")), "policy");
}

/* Ask over the socket; the reply's one object, NULL if the enforcer hung up. */
static json_t *ask(const char *request)
{
	json_t *reply = NULL, *packet;
	char path[100];
	int fd, r = -EAGAIN;

	snprintf(path, sizeof(path), "%s/control.sock", directory);
	assert_int_equal(control_connect(path, 10, &fd), 0);
	assert_int_equal(control_send(fd, request, NULL, 0), 0);
	for (int i = 0; i < TURNS && r != 0 && r != -ECONNRESET; i++) {
		assert_true(sd_event_run(enforcer->loop, 10000) >= 0);
		r = control_receive(fd, &packet);
		if (r > 0) {
			json_decref(reply);
			reply = packet;
		}
	}
	close(fd);
	assert_true(r == 0 || r == -ECONNRESET);
	return reply;
}

static void assert_error(const char *request, const char *id)
{
	_cleanup_json_ json_t *reply = ask(request);
	const json_t *error = json_object_get(reply, "error");

	assert_string_equal(json_string_value(json_object_get(error, "id")), id);
	assert_true(json_string_length(json_object_get(error, "text")) > 0);
}

static void assert_status(bool provisional, uint64_t previous, uint64_t rolled_back)
{
	_cleanup_json_ json_t *status = ask("status");
	const json_t *policy = json_object_get(status, "policy");
	const json_t *trial = json_object_get(policy, "provisional");

	assert_int_equal(json_integer_value(json_object_get(policy, "rolled_back")), rolled_back);
	if (!provisional) {
		assert_true(json_is_null(trial));
		return;
	}
	assert_int_equal(json_integer_value(json_object_get(trial, "previous")), previous);
	assert_int_equal(json_string_length(json_object_get(trial, "until")), 20);
}

static void run_until_version(uint64_t version)
{
	for (int i = 0; i < TURNS; i++) {
		if (policy_store_version(&enforcer->policy, ROLE_POLICY) == version)
			return;
		assert_true(sd_event_run(enforcer->loop, 50000) >= 0);
	}
	fail();
}

static void test_confirmed(void **state)
{
	_cleanup_json_ json_t *reply = NULL;

	(void)state;
	offer_version(3, NULL);
	assert_status(false, 0, 0);
	assert_error("confirm 3", "not-provisional");
	offer_version(4, NULL);
	assert_status(true, 3, 0);
	assert_non_null(enforcer->provisional.deadline);
	assert_error("confirm 3", "wrong-version");
	assert_error("confirm 5", "wrong-version");
	assert_status(true, 3, 0);
	reply = ask("confirm 4");
	assert_true(json_is_true(json_object_get(reply, "confirmed")));
	assert_event("policy.confirmed", "version", 4);
	assert_status(false, 0, 0);
	assert_null(enforcer->provisional.deadline);
	assert_error("confirm 4", "not-provisional");
}

static void test_garbage(void **state)
{
	static const char *const requests[] = { "confirm",
						"confirm x",
						"confirm -1",
						"confirm 4x",
						"confirm 4 4",
						"confirm +4",
						"confirm 4444444444444444444" };

	(void)state;
	offer_version(3, NULL);
	offer_version(4, NULL);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		assert_null(ask(requests[i]));
	assert_status(true, 3, 0);
}

static void test_time_is_over(void **state)
{
	(void)state;
	enforcer->provisional.within_s = 1;
	offer_version(3, NULL);
	offer_version(4, NULL);
	assert_status(true, 3, 0);
	run_until_version(3);
	assert_event("policy.rolled-back", "from", 4);
	assert_event("policy.rolled-back", "to", 3);
	assert_null(enforcer->provisional.deadline);
	assert_status(false, 0, 4);
	offer_version(4, "rolled-back");
	assert_error("confirm 4", "not-provisional");
	offer_version(5, NULL);
	assert_status(true, 3, 0);
	run_until_version(3);
	assert_event("policy.rolled-back", "from", 5);
}

/* What status says of a version that was taken back: how often, and whether it may be offered. */
static void assert_again(int times, bool waits, bool due)
{
	_cleanup_json_ json_t *status = ask("status");
	const json_t *policy = json_object_get(status, "policy");
	const json_t *again = json_object_get(policy, "again");

	assert_int_equal(json_integer_value(json_object_get(policy, "rolled_back_times")), times);
	assert_int_equal(json_is_object(again), waits);
	if (!waits)
		return;
	assert_int_equal(json_string_length(json_object_get(again, "after")), 20);
	assert_int_equal(json_is_true(json_object_get(again, "due")), due);
}

/* How long the version that was taken back has to wait, in seconds. */
static int wait_s(void)
{
	uint64_t at_us;

	assert_int_equal(sd_event_source_get_time(enforcer->provisional.again, &at_us), 0);
	return (int)((at_us - clock_mono_us() + 500000) / 1000000);
}

/* Let the wait be over, whatever it was. */
static void let_wait_be_over(void)
{
	assert_int_equal(sd_event_source_set_time_relative(enforcer->provisional.again, 0), 0);
	for (int i = 0; i < TURNS && !enforcer->policy.again; i++)
		assert_true(sd_event_run(enforcer->loop, 50000) >= 0);
	assert_true(enforcer->policy.again);
}

/* The version that was taken back may be offered again, each time after a longer wait, and in the
 * end no more. */
static void test_tried_again(void **state)
{
	static const int waits[] = { 1, 6, 24 };

	(void)state;
	enforcer->provisional.within_s = 1;
	offer_version(3, NULL);
	assert_again(0, false, false);
	offer_version(4, NULL);
	run_until_version(3);
	for (int i = 0; i < 3; i++) {
		assert_again(i + 1, true, false);
		assert_in_range(wait_s(), waits[i] - 1, waits[i]);
		offer_version(4, "rolled-back");
		policy_change_follow(enforcer); /* does not begin the wait anew */
		assert_in_range(wait_s(), waits[i] - 1, waits[i]);
		let_wait_be_over();
		assert_again(i + 1, true, true);
		offer_version(4, NULL);
		assert_status(true, 3, 0);
		assert_again(0, false, false);
		run_until_version(3);
		assert_event("policy.rolled-back", "from", 4);
		assert_status(false, 0, 4);
	}
	assert_again(4, false, false);
	assert_null(enforcer->provisional.again);
	offer_version(4, "rolled-back");
	offer_version(5, NULL);
}

/* Over a restart it is known how often it was, and the wait begins anew; loading the policy anew
 * does not take back that it may be offered. */
static void test_tried_again_after_a_restart(void **state)
{
	char error[256];

	(void)state;
	enforcer->provisional.within_s = 1;
	offer_version(3, NULL);
	offer_version(4, NULL);
	run_until_version(3);
	let_wait_be_over();
	offer_version(4, NULL);
	run_until_version(3);
	let_wait_be_over();
	stop_enforcer();
	start_enforcer(BOOT2);
	assert_again(2, true, false);
	assert_int_equal(wait_s(), 6 * PROVISIONAL_WITHIN_S);
	offer_version(4, "rolled-back");
	let_wait_be_over();
	assert_int_equal(policy_change_trust(enforcer, error), 0);
	assert_again(2, true, true);
	offer_version(4, NULL);
	stop_enforcer();
	start_enforcer(BOOT2);
	assert_status(true, 3, 0);
	json_decref(ask("confirm 4"));
	assert_event("policy.confirmed", "version", 4);
	assert_again(0, false, false);
}

static uint64_t deadline(void)
{
	uint64_t us = 0;

	assert_int_equal(sd_event_source_get_time(enforcer->provisional.deadline, &us), 0);
	return us;
}

/* The time goes on over a restart, and begins anew in another boot. */
static void test_restarts(void **state)
{
	uint64_t first;

	(void)state;
	offer_version(3, NULL);
	offer_version(4, NULL);
	first = deadline();
	assert_in_range(first, clock_mono_us() + 500000000ULL, clock_mono_us() + 600000000ULL);
	stop_enforcer();
	start_enforcer(BOOT);
	assert_int_equal(deadline(), first);
	stop_enforcer();
	start_enforcer(BOOT2);
	assert_true(deadline() > first);
	enforcer->provisional.within_s = 1;
	policy_change_follow(enforcer);
	assert_true(deadline() < first);
	run_until_version(3);
	stop_enforcer();
	start_enforcer(BOOT2);
	assert_status(false, 0, 4);
	offer_version(4, "rolled-back");
}

/* What is over while nobody runs is over at the next start. */
static void test_over_before_the_start(void **state)
{
	(void)state;
	offer_version(3, NULL);
	enforcer->provisional.within_s = 1;
	offer_version(4, NULL);
	stop_enforcer();
	usleep(1100000);
	start_enforcer(BOOT);
	run_until_version(3);
	assert_event("policy.rolled-back", "from", 4);
}

static void test_nothing_to_go_back_to(void **state)
{
	_cleanup_json_ json_t *event = NULL;

	(void)state;
	enforcer->provisional.within_s = 1;
	offer_version(3, NULL);
	offer_version(4, NULL);
	assert_int_equal(unlinkat(enforcer->policy.policy_fd, "policy.previous.dsse.json", 0), 0);
	for (int i = 0; i < TURNS && policy_store_trial(&enforcer->policy) != NULL; i++)
		assert_true(sd_event_run(enforcer->loop, 50000) >= 0);
	event = last_event();
	assert_string_equal(json_string_value(json_object_get(event, "kind")), "agent.tampered");
	assert_string_equal(json_string_value(json_object_get(event, "what")), "policy");
	assert_int_equal(policy_store_version(&enforcer->policy, ROLE_POLICY), 4);
	assert_status(false, 0, 0);
}

static void test_damaged_note(void **state)
{
	_cleanup_json_ json_t *event = NULL;

	(void)state;
	offer_version(3, NULL);
	offer_version(4, NULL);
	stop_enforcer();
	assert_int_equal(file_write_atomic(state_fd, "policy/policy.trial.json", "{", 1, 0600), 0);
	start_enforcer(BOOT);
	event = last_event();
	assert_string_equal(json_string_value(json_object_get(event, "kind")), "agent.tampered");
	assert_status(false, 0, 0);
	assert_int_equal(policy_store_version(&enforcer->policy, ROLE_POLICY), 4);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_confirmed),
		TEST(test_garbage),
		TEST(test_time_is_over),
		TEST(test_tried_again),
		TEST(test_tried_again_after_a_restart),
		TEST(test_restarts),
		TEST(test_over_before_the_start),
		TEST(test_nothing_to_go_back_to),
		TEST(test_damaged_note),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
