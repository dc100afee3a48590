/* Looking at everything that is there, piece by piece: a turn of the loop is bounded whatever is
 * plugged in, the uevents have theirs in between, and nothing is permitted that was not judged. */
#include "workstation.h"

#include "agent/enforcer/rescan.h"
#include "agent/enforcer/turn.h"
#include "agent/enforcer/watch.h"
#include "fake_gate.h"

enum { PORTS = 3 * RESCAN_AT_ONCE + 1, SILENT = 3, TURNS_MAX = 100 };

static int end(void **state)
{
	sd_event_source_disable_unref(enforcer->due);
	rescan_finish(&enforcer->rescan);
	return teardown(state);
}

static void port_of(unsigned i, char ret[static 16])
{
	snprintf(ret, 16, "1-%u", i + 1);
}

static void plug(unsigned i)
{
	char port[16], serial[16];

	port_of(i, port);
	snprintf(serial, sizeof(serial), "S%u", i);
	fake_plug(&fake, port, serial, &FAKE_STORAGE, 1);
}

/* The kernel does not give its texts: a driver holds the device's lock.  Returns what keeps the
 * FIFO open. */
static int silence(unsigned i)
{
	char port[16], path[64], command[160];
	int fd;

	port_of(i, port);
	snprintf(path, sizeof(path), "devices/usb1/%s/manufacturer", port);
	snprintf(command, sizeof(command), "rm %s && mkfifo %s", path, path);
	fake_run(&fake, command);
	fd = openat(fake.fd, path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static char authorized(unsigned i)
{
	char port[16], path[64];

	port_of(i, port);
	snprintf(path, sizeof(path), "devices/usb1/%s", port);
	return fake_get(&fake, path, "authorized");
}

static const struct usbdev *find(unsigned i)
{
	char port[16];

	port_of(i, port);
	return devices_find(&enforcer->devices, port);
}

/* Of all that there is: what works has been judged, and what is known has been, too. */
static void assert_nothing_unjudged(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct usbdev *dev = find(i);

		assert_true(dev == NULL || dev->judged);
		if (dev == NULL)
			assert_int_not_equal(authorized(i), '1');
	}
}

/* Run the loop until the rescan is over.  No turn takes in more than @most devices of @n.  Returns
 * how many turns it took. */
static unsigned run_turns(unsigned n, size_t most)
{
	unsigned turns = 0;
	size_t before;

	do {
		before = enforcer->devices.n;
		assert_true(sd_event_run(enforcer->loop, 0) > 0);
		assert_true(enforcer->devices.n <= before + most);
		assert_nothing_unjudged(n);
		assert_true(++turns < TURNS_MAX);
	} while (enforcer->rescan.stage != RESCAN_DONE || enforcer->rescan.again);
	return turns;
}

static void many_devices_take_many_turns(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	for (unsigned i = 0; i < PORTS; i++)
		plug(i);
	watch_on_overrun(enforcer);
	assert_event(0, "agent.gap", "what", "overrun");
	assert_int_equal(enforcer->devices.n, 0);
	assert_true(run_turns(PORTS, RESCAN_AT_ONCE) > PORTS / RESCAN_AT_ONCE);
	assert_int_equal(enforcer->devices.n, PORTS);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(authorized(i), '1');
}

static void those_that_do_not_answer_take_a_turn_each(void **state)
{
	(void)state;
	int fds[SILENT];

	set_rules(ALLOW_STORAGE);
	for (unsigned i = 0; i < SILENT; i++) {
		plug(i);
		fds[i] = silence(i);
	}
	plug(SILENT);
	rescan_soon(enforcer);
	run_turns(SILENT + 1, 1);
	assert_int_equal(enforcer->devices.n, SILENT + 1);
	for (unsigned i = 0; i < SILENT; i++) {
		assert_int_equal(find(i)->readable, -ETIME);
		assert_int_equal(find(i)->decision.verdict, VERDICT_DENY);
		assert_int_equal(authorized(i), '0');
		close(fds[i]);
	}
	assert_int_equal(authorized(SILENT), '1');
}

/* What comes and goes while it is under way is not taken for another, nor for missed. */
static void uevents_come_in_between(void **state)
{
	(void)state;
	char port[16];
	size_t events;

	set_rules(ALLOW_STORAGE);
	for (unsigned i = 0; i < PORTS; i++)
		plug(i);
	rescan_soon(enforcer);
	do
		assert_true(sd_event_run(enforcer->loop, 0) > 0);
	while (enforcer->devices.n == 0);
	port_of(PORTS - 1, port); /* which it has not come to */
	assert_null(find(PORTS - 1));
	judge_arrival(enforcer, port);
	assert_int_equal(authorized(PORTS - 1), '1');
	fake_unplug(&fake, port);
	judge_departure(enforcer, port);
	assert_event(0, "device.removed", NULL, NULL);
	events = count_events();
	run_turns(PORTS - 1, RESCAN_AT_ONCE);
	assert_int_equal(enforcer->devices.n, PORTS - 1);
	assert_int_equal(count_events(), events + PORTS - 1 - RESCAN_AT_ONCE);
}

static void who_left_is_missed(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	for (unsigned i = 0; i < 3; i++)
		plug(i);
	rescan_now(enforcer);
	assert_int_equal(enforcer->devices.n, 3);
	fake_unplug(&fake, "1-1");
	fake_unplug(&fake, "1-3");
	rescan_soon(enforcer);
	run_turns(3, 0);
	assert_int_equal(enforcer->devices.n, 1);
	assert_non_null(find(1));
	assert_event(0, "device.removed", NULL, NULL);
	assert_event(1, "device.removed", NULL, NULL);
}

/* Their departures were among the uevents that the kernel dropped: what they were vetted as is not
 * for those who get their numbers next. */
static void an_overrun_takes_what_left_from_the_gate(void **state)
{
	(void)state;
	const struct gate_device sdb = { GATE_BLOCK, 8, 16 }, node = { GATE_CHAR, 189, 4 };

	fake_gate_open(&enforcer->gate);
	assert_int_equal(gate_vet(&enforcer->gate, &sdb, GATE_READ_WRITE), 0);
	assert_int_equal(gate_vet(&enforcer->gate, &node, GATE_READ_WRITE), 0);
	watch_on_overrun(enforcer);
	assert_int_equal(access_to(&sdb), 0);
	assert_int_equal(access_to(&node), 0);
}

/* However many arrivals a witness missed: it is looked once, and once more for those that were told
 * while it was under way. */
static void many_missed_arrivals_are_one_look(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug(0);
	for (unsigned i = 0; i < 20; i++)
		watch_on_missed(enforcer, WITNESS_UDEV, 1, i + 1);
	assert_int_equal(enforcer->devices.n, 0);
	assert_event(0, "agent.gap", "what", "missed-arrival");
	assert_true(sd_event_run(enforcer->loop, 0) > 0);
	watch_on_missed(enforcer, WITNESS_UDEV, 1, 30);
	assert_true(run_turns(1, 1) < 10);
	assert_int_equal(sd_event_run(enforcer->loop, 0), 0);
	assert_int_equal(authorized(0), '1');
}

/* Each record takes longer than half a turn. */
static void judging_all_again_takes_turns(void **state)
{
	(void)state;
	const unsigned n = 5;

	set_rules(ALLOW_STORAGE);
	for (unsigned i = 0; i < n; i++)
		plug(i);
	rescan_now(enforcer);
	set_rules(DENY_ALL);
	sync_takes_ms = TURN_US / 1000 * 6 / 10;
	judge_all(enforcer, 0);
	for (unsigned turn = 1;; turn++) {
		unsigned denied = 0, due = 0;

		for (unsigned i = 0; i < n; i++) {
			denied += find(i)->decision.verdict == VERDICT_DENY;
			due += find(i)->due;
		}
		assert_true(denied <= 2 * turn);
		assert_int_equal(denied + due, n);
		if (due == 0)
			break;
		/* before anything else is looked at */
		rescan_soon(enforcer);
		assert_true(sd_event_run(enforcer->loop, 0) > 0);
		assert_int_equal(enforcer->rescan.stage, RESCAN_DONE);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(authorized(i), '0');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_devices_take_many_turns),
		TEST(those_that_do_not_answer_take_a_turn_each),
		TEST(uevents_come_in_between),
		TEST(who_left_is_missed),
		TEST(an_overrun_takes_what_left_from_the_gate),
		TEST(many_missed_arrivals_are_one_look),
		TEST(judging_all_again_takes_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
