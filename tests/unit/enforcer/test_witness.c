/* The kernel's witness when uevents come without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "agent/enforcer/turn.h"
#include "agent/enforcer/witness.h"

#define ANY_DEVICE "/sys/class/mem/null"

static struct udev *udev;
static int pipe_fds[2];
static int received, handled;

int udev_monitor_get_fd(struct udev_monitor *monitor)
{
	(void)monitor;
	return pipe_fds[0];
}

/* There is always one more. */
struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor)
{
	(void)monitor;
	received++;
	return udev_device_new_from_syspath(udev, ANY_DEVICE);
}

static void on_uevent(void *userdata, const struct uevent *uevent)
{
	(void)userdata;
	assert_string_equal(uevent->subsystem, "mem");
	assert_string_equal(uevent->node, "null");
	handled++;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	(void)source;
	(void)info;
	*(bool *)userdata = true;
	return 0;
}

static void test_flood_leaves_the_loop_its_turn(void **state)
{
	const struct witness_handlers handlers = { .on_uevent = on_uevent };
	sd_event_source *signals = NULL;
	struct witness witness;
	sd_event *loop = NULL;
	bool told = false;

	(void)state;
	udev = udev_new();
	if (access(ANY_DEVICE, F_OK) < 0)
		skip();
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	assert_true(sd_event_new(&loop) >= 0);
	assert_true(sd_event_add_signal(loop, &signals, SIGTERM, on_signal, &told) >= 0);
	assert_true(sd_event_source_set_priority(signals, SD_EVENT_PRIORITY_IMPORTANT - 1) >= 0);
	assert_true(witness_init(&witness, loop, &handlers) >= 0);
	alarm(20); /* the end, where the handler does not return */
	assert_true(sd_event_run(loop, 0) > 0);
	assert_int_equal(received, handled);
	assert_in_range(handled, 1, 1000);
	raise(SIGTERM);
	for (int i = 0; i < 3 && !told; i++)
		assert_true(sd_event_run(loop, 0) > 0);
	assert_true(told);
	assert_true(sd_event_run(loop, 0) > 0); /* and the rest is not forgotten */
	assert_in_range(handled, 65, 10000);
	witness_finish(&witness);
	sd_event_source_disable_unref(signals);
	sd_event_unref(loop);
	udev_unref(udev);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void on_slow_uevent(void *userdata, const struct uevent *uevent)
{
	(void)userdata;
	(void)uevent;
	usleep(TURN_US / 2 + 1000);
	handled++;
}

/* A device whose word takes long leaves the others' for the next turn. */
static void test_slow_uevents_are_few_at_once(void **state)
{
	const struct witness_handlers handlers = { .on_uevent = on_slow_uevent };
	struct witness witness;
	sd_event *loop = NULL;

	(void)state;
	handled = 0;
	udev = udev_new();
	if (access(ANY_DEVICE, F_OK) < 0)
		skip();
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	assert_true(sd_event_new(&loop) >= 0);
	assert_true(witness_init(&witness, loop, &handlers) >= 0);
	assert_true(sd_event_run(loop, 0) > 0);
	assert_in_range(handled, 1, 2);
	witness_finish(&witness);
	sd_event_unref(loop);
	udev_unref(udev);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flood_leaves_the_loop_its_turn),
		cmocka_unit_test(test_slow_uevents_are_few_at_once),
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
