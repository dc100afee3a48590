/* What an enforcer makes of devices that were there before it: known ones are not told twice, and
 * what was recorded and had not taken effect does. */
#include "workstation.h"

#include <sys/inotify.h>

#include "agent/enforcer/clock.h"
#include "agent/enforcer/defaults.h"
#include "agent/enforcer/record.h"
#include "agent/enforcer/watch.h"

/* A device of 1-2 that holds a disk, read-only or not. */
static void add_disk(const char *ro)
{
	const char *disk = DEVICE "/1-2:1.0/host6/block/sdb";

	fake_mkdir(&fake, disk);
	fake_set(&fake, disk, "ro", ro);
	fake_run(&fake, "ln -sf ../../" DEVICE "/1-2:1.0/host6/block/sdb dev/block/8:16");
}

/* Start again under @rules; true if the device was closed and opened anew. */
static bool restart_replugs(const char *rules)
{
	char path[160], events[4096];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	bool written;

	stop();
	start();
	set_rules(rules);
	snprintf(path, sizeof(path), "%s/" DEVICE "/authorized", fake.root);
	assert_true(inotify_add_watch(watch, path, IN_MODIFY) >= 0);
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
	written = read(watch, events, sizeof(events)) > 0;
	close(watch);
	return written;
}

/* Killed after "read-only" was recorded and before it took effect: who opened the disk for writing
 * must lose it. */
static void test_died_before_read_only_took_effect(void **state)
{
	struct policy_view view;
	struct decision next;
	struct usbdev *dev;

	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	add_disk("0");
	assert_false(restart_replugs(ALLOW_STORAGE));
	set_rules(READ_ONLY_STORAGE);
	dev = devices_find(&enforcer->devices, "1-2");
	view = policy_store_view(&enforcer->policy);
	decide(&view, &dev->device, &circumstances_unknown, false, &next);
	decide_explain(&view, &next);
	recorder_note(&enforcer->recorder, "device.changed", record_decision(dev, &next, 7));
	assert_true(restart_replugs(READ_ONLY_STORAGE));
	assert_int_equal(device_authorized(), '1');
	add_disk("1");
	assert_false(restart_replugs(READ_ONLY_STORAGE));
}

/* What the kernel refused was left denied; a restart that succeeds is recorded. */
static void test_failure_and_restart(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	fake_set(&fake, DEVICE, "busnum", "9");
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.failed", NULL, NULL);
	fake_set(&fake, DEVICE, "busnum", "1");
	(void)restart_replugs(ALLOW_STORAGE);
	assert_int_equal(device_authorized(), '1');
	assert_event(0, "device.changed", "before", "deny");
	assert_event(0, "device.changed", "verdict", "allow");
}

/* The stay goes on the account of who plugged it in. */
static void test_person_of_a_stay_over_a_restart(void **state)
{
	(void)state;
	someone_at_seat = true;
	seat_look(&enforcer->surroundings.seat); /* as the monitor has it done */
	plug_stick();
	assert_event(0, "device.decided", "person", "root");
	someone_at_seat = false;
	assert_false(restart_replugs(DENY_ALL) && device_authorized() == '1');
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	assert_event(0, "device.removed", "person", "root");
}

/* As enforcer_start() does. */
static void judge_at_start(void)
{
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
}

static const struct usbdev *restart(void)
{
	stop();
	start();
	set_rules(ALLOW_STORAGE);
	judge_at_start();
	return devices_find(&enforcer->devices, "1-2");
}

/* What the kernel let work before anybody judged it is told as such, with the time it was plugged
 * in; an agent that comes again, or a device that comes later, is something else. */
static void test_before_the_agent(void **state)
{
	_cleanup_json_ json_t *first = NULL, *later = NULL;
	const int64_t begin_us = (int64_t)clock_mono_us();
	const struct usbdev *dev;
	int64_t since_us;
	size_t events;

	(void)state;
	set_rules(ALLOW_STORAGE);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_mkdir(&fake, DEVICE "/power");
	fake_set(&fake, DEVICE "/power", "connected_duration", "1500");
	judge_at_start();
	first = event(0);
	assert_true(json_is_true(json_object_get(first, "pre_agent")));
	since_us = json_integer_value(json_object_get(first, "since_us"));
	assert_in_range(since_us, begin_us - 1500000, clock_mono_us() - 1500000);
	fake_plug(&fake, "1-3", "CD34", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-3");
	later = event(0);
	assert_null(json_object_get(later, "pre_agent"));
	assert_null(json_object_get(later, "since_us"));

	events = count_events();
	fake_set(&fake, DEVICE "/power", "connected_duration", "9000");
	dev = restart();
	assert_int_equal(count_events(), events);
	assert_true(dev->present && dev->pre_agent);
	assert_int_equal(dev->since_us, since_us);
	assert_false(devices_find(&enforcer->devices, "1-3")->pre_agent);
}

/* Where all was kept closed until the agent came, nothing worked before it; what is plugged in was
 * there all the same, and the built-in policy lets a keyboard work by that. */
static void test_closed_before_the_agent(void **state)
{
	static const struct fake_interface keyboard = { 1, 0, 0x03, 0x01, 0x01 };
	const struct usbdev *dev;

	(void)state;
	fake_set(&fake, "module/usbcore/parameters", "authorized_default", "0");
	enforcer->found = defaults_look(enforcer->sysfs_fd);
	assert_int_equal(enforcer->found, DEFAULTS_CLOSED);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	fake_plug(&fake, "1-3", "CD34", &FAKE_STORAGE, 1);
	judge_at_start();
	dev = devices_find(&enforcer->devices, "1-2");
	assert_true(dev->present && !dev->pre_agent);
	assert_int_equal(dev->decision.verdict, VERDICT_ALLOW);
	dev = devices_find(&enforcer->devices, "1-3");
	assert_int_equal(dev->decision.verdict, VERDICT_DENY);
	enforcer->grace_until_us = clock_mono_us() + 60000000; /* as what hangs on a hub comes */
	fake_plug(&fake, "1-4", NULL, &keyboard, 1);
	judge_arrival(enforcer, "1-4");
	dev = devices_find(&enforcer->devices, "1-4");
	assert_true(dev->present && !dev->pre_agent);
	assert_int_equal(dev->decision.verdict, VERDICT_ALLOW);
	enforcer->grace_until_us = clock_mono_us();
	fake_plug(&fake, "1-5", NULL, &keyboard, 1);
	judge_arrival(enforcer, "1-5");
	dev = devices_find(&enforcer->devices, "1-5");
	assert_false(dev->present);
	assert_int_equal(dev->decision.verdict, VERDICT_DENY);
}

static void test_what_was_found(void **state)
{
	static const struct {
		const char *value;
		enum defaults_found found;
	} cases[] = { { "1", DEFAULTS_OPEN },	{ "-1", DEFAULTS_OPEN },
		      { "0", DEFAULTS_CLOSED }, { "2", DEFAULTS_INTERNAL },
		      { "", DEFAULTS_OPEN },	{ "00000000000", DEFAULTS_OPEN } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_set(&fake, "module/usbcore/parameters", "authorized_default", cases[i].value);
		assert_int_equal(defaults_look(fake.fd), cases[i].found);
	}
	unlinkat(fake.fd, "module/usbcore/parameters/authorized_default", 0);
	assert_int_equal(defaults_look(fake.fd), DEFAULTS_NONE);
}

/* After a restart nothing is told twice, and what went meanwhile is told. */
static void test_restart(void **state)
{
	size_t events;

	(void)state;
	set_rules(ALLOW_STORAGE);
	fake_plug(&fake, "1-2", "AB12", &FAKE_STORAGE, 1);
	fake_plug(&fake, "1-3", "CD34", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-2");
	judge_arrival(enforcer, "1-3");
	events = count_events();
	stop();
	fake_unplug(&fake, "1-3");
	start();
	set_rules(ALLOW_STORAGE);
	enforcer->starting = true;
	rescan_now(enforcer);
	enforcer->starting = false;
	assert_int_equal(count_events(), events);
	assert_int_equal(device_authorized(), '1');
	assert_false(devices_find(&enforcer->devices, "1-2")->present);
	judge_missing(enforcer);
	assert_int_equal(count_events(), events + 1);
	assert_event(0, "device.removed", "verdict", "allow");
	{
		_cleanup_json_ json_t *removed = event(0);

		assert_true(json_is_false(json_object_get(removed, "witnessed")));
	}
}

static void test_restart_under_another_policy(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	stop();
	start();
	set_rules(DENY_ALL);
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.changed", "before", "allow");
}

/* What was there before the agent is known by being authorized. */
static void test_present_before_the_agent(void **state)
{
	const struct fake_interface keyboard = { 1, 0, 0x03, 0x01, 0x01 };

	(void)state;
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	fake_plug(&fake, "1-3", NULL, &keyboard, 1);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "1");
	fake_run(&fake, "mkdir devices/usb1/1-2/1-2:1.0/driver");
	enforcer->starting = true;
	rescan_now(enforcer);
	assert_true(devices_find(&enforcer->devices, "1-2")->present);
	assert_int_equal(device_authorized(), '1');
	assert_false(devices_find(&enforcer->devices, "1-3")->present);
	assert_int_equal(fake_get(&fake, "devices/usb1/1-3", "authorized"), '0');
	fake_run(&fake, "test ! -s bus/usb/drivers_probe"); /* no driver was disturbed */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_died_before_read_only_took_effect),
		TEST(test_failure_and_restart),
		TEST(test_person_of_a_stay_over_a_restart),
		TEST(test_restart),
		TEST(test_restart_under_another_policy),
		TEST(test_present_before_the_agent),
		TEST(test_before_the_agent),
		TEST(test_closed_before_the_agent),
		TEST(test_what_was_found),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
