/* What is decided when the circumstances are others, and when they change while a device is plugged
 * in: time, count, identity, the past, the person at the seat, unit and site; and what is recorded
 * of it. */
#include "workstation.h"

#include <sys/syscall.h>
#include <time.h>

#include "agent/common/file.h"
#include "agent/enforcer/policy_change.h"
#include "agent/enforcer/record.h"
#include "agent/enforcer/watch.h"

#define PAST_NOON  INT64_C(1795435200) /* Monday, 2026-11-23, 12:00 UTC */
#define OTHER	   "devices/usb1/1-3"
#define RULE(body) "{\"id\":\"it\",\"match\":{" body "},\"verdict\":\"allow\"}"
#define ONE(rule)                                                                                  \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\",\"rules\":[" rule  \
	"],\"defaults\":{\"*\":\"deny\"}}"
#define STORAGE_IF(condition) ONE(RULE("\"function\":\"storage\"," condition))

static int64_t now_s;

int clock_gettime(clockid_t id, struct timespec *ret)
{
	if (id != CLOCK_REALTIME || now_s == 0)
		return (int)syscall(SYS_clock_gettime, id, ret);
	*ret = (struct timespec){ .tv_sec = now_s };
	return 0;
}

static int set_up(void **state)
{
	setenv("TZ", "UTC0", 1);
	now_s = PAST_NOON;
	return setup(state);
}

/* What the loop would call when the time has come. */
static void pass_to(int64_t when_s)
{
	const struct wallclock *clock = &enforcer->surroundings.clock;

	now_s = when_s;
	clock->handler(clock->userdata, WALLCLOCK_DUE);
}

/* The words of array @member of the last event, with spaces between; "" without it. */
static const char *last_words(const char *member)
{
	_cleanup_json_ json_t *last = event(0);
	static char text[256];
	const json_t *word;
	size_t i;

	text[0] = '\0';
	json_array_foreach (json_object_get(last, member), i, word)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			 i == 0 ? "" : " ", json_string_value(word));
	return text;
}

static char other_authorized(void)
{
	return fake_get(&fake, OTHER, "authorized");
}

static void plug_other(const char *serial)
{
	fake_plug(&fake, "1-3", serial, &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-3");
}

static void unplug(const char *port)
{
	fake_unplug(&fake, port);
	judge_departure(enforcer, port);
}

static void test_time_window(void **state)
{
	size_t events;

	(void)state;
	set_rules(STORAGE_IF("\"time\":{\"from\":\"08:00\",\"to\":\"18:00\"}"));
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(enforcer->surroundings.time_at_s, PAST_NOON + 6 * 3600);
	pass_to(PAST_NOON + 6 * 3600);
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.changed", "cause", "circumstances");
	assert_event(0, "device.changed", "before", "allow");
	assert_string_equal(last_words("facts"), "time");
	assert_int_equal(enforcer->surroundings.time_at_s, PAST_NOON + 20 * 3600);
	pass_to(PAST_NOON + 20 * 3600);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(authorized_at_sync, '0');
	/* the clock is set back, into the night */
	now_s = PAST_NOON - 6 * 3600;
	enforcer->surroundings.clock.handler(&enforcer->surroundings, WALLCLOCK_SET);
	assert_int_equal(device_authorized(), '0');
	events = count_events();
	pass_to(PAST_NOON - 5 * 3600); /* still night */
	assert_int_equal(count_events(), events);
}

static void test_nothing_waits_for_what_is_not_asked(void **state)
{
	const struct surroundings *around = &enforcer->surroundings;

	(void)state;
	set_rules(STORAGE_IF("\"time\":{\"from\":\"08:00\",\"to\":\"18:00\"},\"site\":\"on\","
			     "\"user\":\"root\""));
	assert_non_null(around->clock.timer);
	assert_non_null(around->site_watch.source);
	set_rules(ALLOW_STORAGE);
	assert_null(around->clock.timer);
	assert_null(around->clock.zone);
	assert_null(around->site_watch.source);
	assert_false(around->seat.watched);
	assert_null(around->seat.lock.bus);
	plug_stick();
	assert_int_equal(surroundings_of_others(around), 0);
}

/* One stick at a time: the second stays shut until the first goes. */
static void test_count(void **state)
{
	(void)state;
	set_rules(STORAGE_IF("\"count\":{\"max\":1}"));
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	plug_other("CD34");
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(other_authorized(), '0');
	unplug("1-2");
	assert_int_equal(other_authorized(), '1');
	assert_event(0, "device.changed", "verdict", "allow");
	assert_event(0, "device.changed", "cause", "circumstances");
	assert_string_equal(last_words("facts"), "count");
}

/* A restart does not change who came first. */
static void test_count_at_start(void **state)
{
	size_t events;

	(void)state;
	set_rules(STORAGE_IF("\"count\":{\"max\":1}"));
	plug_stick();
	plug_other("CD34");
	events = count_events();
	stop();
	start();
	set_rules(STORAGE_IF("\"count\":{\"max\":1}"));
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(other_authorized(), '0');
	assert_int_equal(count_events(), events);
}

static void test_duplicate(void **state)
{
	_cleanup_json_ json_t *decided = NULL;

	(void)state;
	set_rules(STORAGE_IF("\"identity\":\"serial\""));
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	plug_other("AB12");
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(other_authorized(), '0');
	assert_string_equal(last_words("facts"), "identity");
	decided = event(0);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(decided, "device"), "identity")),
		"duplicate");
	unplug("1-3");
	assert_int_equal(device_authorized(), '1');
}

/* The same claims with other descriptors than at the last stay. */
static void test_changed_descriptors(void **state)
{
	const struct fake_interface other = { 1, 0, 0x08, 0x06, 0x62 };

	(void)state;
	set_rules(STORAGE_IF("\"identity\":\"serial\""));
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	unplug("1-2");
	fake_plug(&fake, "1-2", "AB12", &other, 1);
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	stop(); /* a restart does not forget it */
	start();
	set_rules(STORAGE_IF("\"identity\":\"serial\""));
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(devices_find(&enforcer->devices, "1-2")->identity, IDENTITY_CHANGED);
}

static void test_first_seen(void **state)
{
	(void)state;
	set_rules(STORAGE_IF("\"first-seen-days\":{\"min\":1}"));
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(enforcer->surroundings.day_at_s, PAST_NOON + 24 * 3600);
	pass_to(PAST_NOON + 24 * 3600);
	assert_int_equal(device_authorized(), '1');
	assert_string_equal(last_words("facts"), "first-seen");
}

static void test_history(void **state)
{
	(void)state;
	set_rules(STORAGE_IF("\"history\":{\"max\":0}"));
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	unplug("1-2");
	set_rules(DENY_ALL);
	plug_stick();
	unplug("1-2");
	set_rules(STORAGE_IF("\"history\":{\"max\":0}"));
	plug_stick();
	assert_int_equal(device_authorized(), '0');
}

/* A device that cannot be told from the next has no past; what is not known permits nothing. */
static void test_without_serial(void **state)
{
	(void)state;
	set_rules(STORAGE_IF("\"first-seen-days\":{\"min\":0}"));
	fake_plug(&fake, "1-2", NULL, &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_string_equal(last_words("unknown"), "first-seen");
}

static void test_unit(void **state)
{
	(void)state;
	set_rules(STORAGE_IF("\"unit\":\"finance\""));
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	assert_string_equal(last_words("unknown"), "unit");
	fake_write(&fake, "collector.json", "{\"url\":\"https://h\",\"unit\":\"finance\"}", 36);
	surroundings_read_unit(&enforcer->surroundings, fake.fd);
	judge_all(enforcer, FACT_UNIT);
	assert_int_equal(device_authorized(), '1');
	fake_write(&fake, "collector.json", "{\"unit\":\"finance\"}", 18);
	surroundings_read_unit(&enforcer->surroundings, fake.fd);
	assert_string_equal(enforcer->surroundings.unit, "");
	unlinkat(fake.fd, "collector.json", 0);
	surroundings_read_unit(&enforcer->surroundings, fake.fd);
	assert_string_equal(enforcer->surroundings.unit, "");
}

static void test_person(void **state)
{
	static const struct {
		const char *condition;
		bool nobody, root; /* is it permitted? */
	} cases[] = {
		{ "\"user\":\"root\"", false, true },
		{ "\"user\":{\"glob\":\"r*\"}", false, true },
		{ "\"user\":\"alice\"", false, false },
		{ "\"group\":\"root\"", false, true },
		{ "\"group\":\"no-such-group\"", false, false },
		{ "\"session\":\"none\"", true, false },
		/* nobody tells here whether the screen is locked */
		{ "\"session\":[\"active\",\"none\"]", true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char rules[512];

		someone_at_seat = false;
		snprintf(rules, sizeof(rules),
			 ONE("{\"id\":\"it\",\"match\":{%s},"
			     "\"verdict\":\"allow\"}"),
			 cases[i].condition);
		set_rules(rules);
		plug_stick();
		if ((device_authorized() == '1') != cases[i].nobody)
			fail_msg("%s, nobody", cases[i].condition);
		someone_at_seat = true;
		seat_look(&enforcer->surroundings.seat); /* as the monitor has it done */
		if ((device_authorized() == '1') != cases[i].root)
			fail_msg("%s, root", cases[i].condition);
		session_state = "closing"; /* root has logged out, and left something running */
		seat_look(&enforcer->surroundings.seat);
		session_state = "active";
		if ((device_authorized() == '1') != cases[i].nobody)
			fail_msg("%s, nobody again", cases[i].condition);
		unplug("1-2");
	}
}

static void test_locked(void **state)
{
	struct screen_lock *lock = &enforcer->surroundings.seat.lock;

	(void)state;
	someone_at_seat = true;
	set_rules(STORAGE_IF("\"session\":\"active\""));
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	assert_string_equal(last_words("unknown"), "session");
	lock->locked = 0; /* as logind's answer has it */
	lock->handler(lock->userdata);
	assert_int_equal(device_authorized(), '1');
	assert_string_equal(last_words("facts"), "session");
	lock->locked = 1;
	lock->handler(lock->userdata);
	assert_int_equal(device_authorized(), '0');
}

/* Power, and no violation. */
static void test_charge_only(void **state)
{
	_cleanup_json_ json_t *decided = NULL;
	const json_t *interface;

	(void)state;
	set_rules(RULES("enforce", "\"*\":\"charge-only\""));
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	decided = event(0);
	assert_string_equal(json_string_value(json_object_get(decided, "verdict")), "charge-only");
	assert_true(json_is_false(json_object_get(decided, "violation")));
	interface = json_array_get(json_object_get(decided, "interfaces"), 0);
	assert_string_equal(json_string_value(json_object_get(interface, "effect")), "deny");
	set_rules(ALLOW_STORAGE);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '1');
	set_rules(RULES("enforce", "\"*\":\"charge-only\""));
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '0');
	unplug("1-2");
	set_rules(RULES("audit", "\"*\":\"charge-only\""));
	plug_stick();
	assert_int_equal(device_authorized(), '1');
}

static void test_modifiers(void **state)
{
	size_t events;

	(void)state;
	set_rules(ONE("{\"id\":\"it\",\"match\":{\"function\":\"storage\"},\"verdict\":\"allow\","
		      "\"modifiers\":[\"trail\",\"notify\"]}"));
	plug_stick();
	assert_string_equal(last_words("modifiers"), "trail notify");
	events = count_events();
	stop();
	start();
	set_rules(ONE("{\"id\":\"it\",\"match\":{\"function\":\"storage\"},\"verdict\":\"allow\","
		      "\"modifiers\":[\"notify\",\"trail\"]}"));
	rescan_now(enforcer);
	assert_int_equal(count_events(), events); /* the same over a restart */
	set_rules(ALLOW_STORAGE);
	judge_all(enforcer, 0);
	assert_int_equal(count_events(), events + 1);
	assert_string_equal(last_words("modifiers"), "");
	assert_int_equal(device_authorized(), '1');
}

/* A permit that circumstances bring back is on disk before it takes effect. */
static void test_permit_that_cannot_be_recorded(void **state)
{
	(void)state;
	set_rules(STORAGE_IF("\"count\":{\"max\":1}"));
	plug_stick();
	plug_other("CD34");
	sync_fails = true;
	unplug("1-2");
	assert_int_equal(other_authorized(), '0');
	sync_fails = false;
	assert_int_equal(recorder_retry(&enforcer->recorder, &enforcer->history), 0);
	judge_unrecorded(enforcer);
	assert_int_equal(other_authorized(), '1');
}

/* What is left to the risk model is judged anew when a factor of it changes. */
static void test_risk(void **state)
{
	static const char model[] = "{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"scale\":5,"
				    "\"base\":{\"likelihood\":1,\"impact\":1},\"factors\":{"
				    "\"first-seen\":[{\"from\":0,\"likelihood\":3},{\"from\":1}]},"
				    "\"thresholds\":[{\"from\":1,\"verdict\":\"allow\"},"
				    "{\"from\":4,\"verdict\":\"deny\"}]}";
	struct loaded_bundle *bundle = &enforcer->policy.roles[ROLE_POLICY];
	_cleanup_json_ json_t *decided = NULL, *changed = NULL;
	struct rules_error error;
	struct policy_view view;

	(void)state;
	set_rules(RULES("enforce", "\"storage\":\"by-risk\""));
	assert_int_equal(risk_parse(model, strlen(model), &bundle->risk, &error), 0);
	view = policy_store_view(&enforcer->policy);
	surroundings_follow(&enforcer->surroundings, &view);
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.decided", "step", "risk");
	decided = event(0);
	assert_int_equal(json_integer_value(json_object_get(decided, "risk")), 4);
	pass_to(PAST_NOON + 24 * 3600);
	assert_int_equal(device_authorized(), '1');
	assert_string_equal(last_words("facts"), "first-seen");
	changed = event(0);
	assert_int_equal(json_integer_value(json_object_get(changed, "risk")), 1);
}

/* A table in force turns out to be another than was signed: nothing that it or its policy permits
 * goes on. */
static void test_table_that_was_tampered_with(void **state)
{
	struct loaded_bundle *bundle = &enforcer->policy.roles[ROLE_POLICY];
	struct policy_store *store = &enforcer->policy;
	struct section_hash file;
	char name[SECTION_NAME_SIZE];

	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	assert_int_equal(device_authorized(), '1');
	store->config_fd = store->policy_fd = store->sections_fd = enforcer->ledgers_fd;
	bundle->manifest.n_sections = 1;
	strcpy(bundle->manifest.sections[0].name, "registered");
	section_name(&bundle->manifest.sections[0], name);
	assert_int_equal(file_write_atomic(store->sections_fd, name, "other", 5, 0600), 0);
	assert_int_equal(
		section_hash_begin(&file, store->sections_fd, &bundle->manifest.sections[0]), 0);
	bundle->table.file = file.file;
	section_hash_end(&file);
	store->assumed[ROLE_POLICY] = true;
	policy_change_follow(enforcer);
	while (enforcer->rechecks[ROLE_POLICY].recheck.source != NULL)
		assert_true(sd_event_run(enforcer->loop, 0) > 0);
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.changed", "step", "builtin");
	assert_event(1, "agent.tampered", "what", "policy");
	assert_true(store->broken[ROLE_POLICY]);
	policy_change_finish(enforcer);
}

/* What was closed because of what it showed does not come back with the hour. */
static void test_failure_is_not_mended(void **state)
{
	size_t events;

	(void)state;
	set_rules(STORAGE_IF("\"time\":{\"from\":\"08:00\",\"to\":\"18:00\"}"));
	plug_stick();
	fake_set(&fake, DEVICE "/1-2:1.0", "bInterfaceClass", "03");
	judge_look_again(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	fake_set(&fake, DEVICE "/1-2:1.0", "bInterfaceClass", "08");
	events = count_events();
	pass_to(PAST_NOON + 6 * 3600);
	pass_to(PAST_NOON + 20 * 3600);
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(count_events(), events);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '1');
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_time_window),
		TEST(test_nothing_waits_for_what_is_not_asked),
		TEST(test_count),
		TEST(test_count_at_start),
		TEST(test_duplicate),
		TEST(test_changed_descriptors),
		TEST(test_first_seen),
		TEST(test_history),
		TEST(test_without_serial),
		TEST(test_unit),
		TEST(test_person),
		TEST(test_locked),
		TEST(test_charge_only),
		TEST(test_modifiers),
		TEST(test_failure_is_not_mended),
		TEST(test_risk),
		TEST(test_table_that_was_tampered_with),
		TEST(test_permit_that_cannot_be_recorded),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
