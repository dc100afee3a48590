/* Devices that keep the kernel waiting: the loop goes on, and what comes of it is as if nobody had
 * waited.  A FIFO that nobody reads stands for the kernel's drivers_probe. */
#include "workstation.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "agent/enforcer/effect.h"

static int setup_workers(void **state)
{
	const struct workers_handlers handlers = { .on_done = effect_on_done,
						   .on_late = effect_on_late };
	struct workers_handlers ours = handlers;

	if (setup(state) < 0)
		return -1;
	ours.userdata = enforcer;
	fake_set(&fake, "devices/usb1", "interface_authorized_default", "0");
	return workers_init(&enforcer->workers, enforcer->loop, fake.fd, &ours);
}

static int teardown_workers(void **state)
{
	workers_finish(&enforcer->workers);
	return teardown(state);
}

static void stall_probes(void)
{
	fake_run(&fake, "rm bus/usb/drivers_probe && mkfifo bus/usb/drivers_probe");
}

static bool is_busy(const char *port)
{
	const struct usbdev *dev = devices_find(&enforcer->devices, port);

	return dev != NULL && (dev->progress.at_work || dev->progress.waits);
}

/* Run the loop until nothing is under way at @port, 10 s at most. */
static void finish(const char *port)
{
	for (int i = 0; i < 100 && is_busy(port); i++)
		assert_true(sd_event_run(enforcer->loop, 100 * 1000) >= 0);
	assert_false(is_busy(port));
}

static void run_for(unsigned ms)
{
	uint64_t end_us = clock_mono_us() + (uint64_t)ms * 1000;

	while (clock_mono_us() < end_us)
		assert_true(sd_event_run(enforcer->loop, 10 * 1000) >= 0);
}

static void test_opened_by_a_worker(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	assert_true(is_busy("1-2"));
	assert_event(0, "device.decided", "verdict", "allow"); /* before it takes effect */
	finish("1-2");
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	fake_run(&fake, "grep -qx 1-2:1.0 bus/usb/drivers_probe");
}

static void test_denied_without_a_worker(void **state)
{
	(void)state;
	set_rules(DENY_ALL);
	plug_stick();
	assert_false(is_busy("1-2"));
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.decided", "verdict", "deny");
}

static void test_others_do_not_wait(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	stall_probes();
	plug_stick();
	run_for(100);
	assert_true(is_busy("1-2"));
	fake_plug(&fake, "1-3", "CD34", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-3");
	assert_event(0, "device.decided", "verdict", "allow");
	run_for(300);
	assert_int_equal(fake_get(&fake, "devices/usb1/1-3", "authorized"), '1');
	assert_int_equal(enforcer->workers.n, 3); /* and one more that is ready */

	/* the kernel lets go */
	int fd = openat(fake.fd, "bus/usb/drivers_probe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	finish("1-2");
	finish("1-3");
	close(fd);
	run_for(50);
	assert_int_equal(enforcer->workers.n, WORKERS_IDLE);
}

/* A decision that comes while the last one is on its way follows it; what it denies is not open. */
static void test_changed_on_the_way(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	stall_probes();
	plug_stick();
	run_for(100);
	set_rules(DENY_ALL);
	judge_all(enforcer, 0);
	assert_event(0, "device.changed", "verdict", "deny");
	assert_true(is_busy("1-2"));
	int fd = openat(fake.fd, "bus/usb/drivers_probe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	finish("1-2");
	close(fd);
	assert_int_equal(device_authorized(), '0');
}

static void test_late(void **state)
{
	(void)state;
	enforcer->workers.timeout_ms = 200;
	set_rules(ALLOW_STORAGE);
	stall_probes();
	plug_stick();
	finish("1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.failed", "errno", "ETIME");
	assert_int_equal(devices_find(&enforcer->devices, "1-2")->decision.verdict, VERDICT_DENY);
}

static pid_t a_child(void)
{
	char command[64];
	FILE *pipe;
	int pid = 0;

	snprintf(command, sizeof(command), "pgrep -n -P %d devgate-worker", (int)getpid());
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &pid), 1);
	pclose(pipe);
	return pid;
}

static void test_killed(void **state)
{
	(void)state;
	/* only one, so that it is known which is at work */
	enforcer->workers.spare = sd_event_source_disable_unref(enforcer->workers.spare);
	set_rules(ALLOW_STORAGE);
	stall_probes();
	plug_stick();
	run_for(100);
	assert_true(is_busy("1-2"));
	assert_int_equal(kill(a_child(), SIGKILL), 0);
	finish("1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.failed", "errno", "ECHILD");
}

/* It goes while somebody is at it, and another comes to its port. */
static void test_swapped(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	stall_probes();
	plug_stick();
	run_for(100);
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	assert_event(0, "device.removed", NULL, NULL);
	set_rules(DENY_ALL);
	fake_plug(&fake, "1-2", "OTHER", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-2");
	assert_event(0, "device.decided", "verdict", "deny");
	int fd = openat(fake.fd, "bus/usb/drivers_probe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	run_for(300);
	close(fd);
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '0');
}

/* One that had gone when its uevent was read is a gap in the record. */
static void test_gone_before_it_was_judged(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	judge_arrival(enforcer, "1-2");
	assert_event(0, "agent.gap", "what", "gone-unjudged");
	assert_event(0, "agent.gap", "port", "1-2");
}

/* One that flaps without end does not fill the ledger, and what is left out is counted. */
static void test_flapping(void **state)
{
	const int stays = FLAPPING_PORT_BURST + 40;
	size_t events;

	(void)state;
	set_rules(DENY_ALL);
	for (int i = 0; i < stays; i++) {
		plug_stick();
		fake_unplug(&fake, "1-2");
		judge_departure(enforcer, "1-2");
	}
	events = count_events();
	assert_true(events <= 1 + 2 * (FLAPPING_PORT_BURST + 1) + 1);
	judge_tell_flapping(enforcer, true);
	assert_event(0, "device.flapping", "what", "counted");
	_cleanup_json_ json_t *told = event(0);
	/* the first lines: the ledger's own, and that counting begins */
	const json_int_t recorded = ((json_int_t)events - 2) / 2;
	assert_int_equal(json_integer_value(json_object_get(told, "arrived")), stays - recorded);
	assert_int_equal(json_integer_value(json_object_get(told, "left")), stays - recorded);

	/* a permit is recorded all the same, and before it takes effect */
	set_rules(ALLOW_STORAGE);
	plug_stick();
	assert_event(0, "device.decided", "verdict", "allow");
	finish("1-2");
	assert_int_equal(device_authorized(), '1');
}

/* One whose stay was only counted is permitted later: that is recorded, and its departure. */
static void test_counted_and_then_permitted(void **state)
{
	const struct usbdev *dev;

	(void)state;
	set_rules(DENY_ALL);
	for (int i = 0; i <= FLAPPING_PORT_BURST; i++) {
		plug_stick();
		dev = devices_find(&enforcer->devices, "1-2");
		if (dev->counted)
			break;
		fake_unplug(&fake, "1-2");
		judge_departure(enforcer, "1-2");
	}
	assert_event(0, "device.flapping", "what", "begins");
	set_rules(ALLOW_STORAGE);
	judge_all(enforcer, 0);
	assert_event(0, "device.decided", "verdict", "allow");
	finish("1-2");
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	assert_event(0, "device.removed", "verdict", "allow");
}

/* More at once than there may be workers: the rest wait, and get their turn. */
static void test_more_than_workers(void **state)
{
	const int n = WORKERS_MAX + 5;
	int authorized = 0;

	(void)state;
	set_rules(ALLOW_STORAGE);
	stall_probes();
	for (int i = 1; i <= n; i++) {
		char port[16];

		snprintf(port, sizeof(port), "1-%d", i);
		fake_plug(&fake, port, port, &FAKE_STORAGE, 1);
		judge_arrival(enforcer, port);
	}
	assert_int_equal(enforcer->workers.n, WORKERS_MAX);
	int fd = openat(fake.fd, "bus/usb/drivers_probe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	for (int i = 1; i <= n; i++) {
		char path[64];

		snprintf(path, sizeof(path), "1-%d", i);
		finish(path);
		snprintf(path, sizeof(path), "devices/usb1/1-%d", i);
		authorized += fake_get(&fake, path, "authorized") == '1';
	}
	close(fd);
	assert_int_equal(authorized, n);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_workers, teardown_workers)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_opened_by_a_worker),
		TEST(test_denied_without_a_worker),
		TEST(test_others_do_not_wait),
		TEST(test_changed_on_the_way),
		TEST(test_late),
		TEST(test_killed),
		TEST(test_swapped),
		TEST(test_more_than_workers),
		TEST(test_gone_before_it_was_judged),
		TEST(test_flapping),
		TEST(test_counted_and_then_permitted),
	};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
