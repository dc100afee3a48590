/* keyboard - a keyboard at 1-2 of a workstation (workstation.h), for tests of who types on it.  Its
 * node is a FIFO, and the kernel's answers to ioctl(2) are ours. */
#pragma once

#include "workstation.h"

#include <linux/input.h>
#include <sys/ioctl.h>

#include "agent/enforcer/judge_keyboard.h"

#define HID   DEVICE "/1-2:1.0/0003:0951:1666.0001"
#define INPUT HID "/input/input5"
#define NODE  INPUT "/event5"
#define OTHER "devices/platform/i8042/serio0/input/input1"

#define GUARDED(mode, guard)                                                                       \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"" mode "\",\"rules\":[],"    \
	"\"keyboard-guard\":{" guard "},\"defaults\":{\"keyboard\":\"allow\"}}"
#define WATCHED GUARDED("enforce", "\"seconds\":2")
#define ASKED	GUARDED("enforce", "\"seconds\":2,\"code-digits\":4")

static const struct fake_interface keyboard = { 1, 0, 0x03, 0x01, 0x01 };

static int to_node; /* what the keyboard sends through */
static uint64_t now_us;
static bool grabbed;
static int grab_fails; /* errno */
static char authorized_at_grab;

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	long argument;

	(void)fd;
	va_start(arguments, request);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (request == EVIOCSCLOCKID)
		return 0;
	assert_true(request == EVIOCGRAB);
	if (grab_fails != 0) {
		errno = grab_fails;
		return -1;
	}
	grabbed = argument != 0;
	authorized_at_grab = device_authorized();
	return 0;
}

static inline int begin(void **state)
{
	setup(state);
	judge_keyboards_start(enforcer);
	enforcer->keyboards.dev_fd = enforcer->dev_fd = fake.fd;
	fake_mkdir(&fake, "input");
	fake_mkdir(&fake, "class/input");
	fake_write(&fake, "tty0", "", 0);
	to_node = -1;
	now_us = 1000000;
	grabbed = false;
	grab_fails = 0;
	return 0;
}

static inline int end(void **state)
{
	if (to_node >= 0)
		close(to_node);
	keyboards_finish(&enforcer->keyboards);
	return teardown(state);
}

/* A keyboard that was there before. */
static inline void add_other(void)
{
	fake_mkdir(&fake, OTHER "/capabilities");
	fake_set(&fake, OTHER "/capabilities", "key", "ffffffffffffffff");
	fake_run(&fake, "ln -s ../../" OTHER " class/input/input1");
}

static inline void show_node(void)
{
	const struct uevent uevent = { .action = "add",
				       .subsystem = "input",
				       .devtype = "",
				       .name = "event5",
				       .path = NODE,
				       .node = "input/event5" };

	fake_mkdir(&fake, INPUT "/capabilities");
	fake_set(&fake, INPUT "/capabilities", "key", "ffffffffffffffff");
	assert_int_equal(mkfifoat(fake.fd, "input/event5", 0600), 0);
	to_node = openat(fake.fd, "input/event5", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(to_node >= 0);
	judge_on_input(enforcer, &uevent);
}

/* Plug a keyboard in under @rules, and let its node appear. */
static inline const struct usbdev *plug_keyboard(const char *rules)
{
	set_rules(rules);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	judge_arrival(enforcer, "1-2");
	show_node();
	return devices_find(&enforcer->devices, "1-2");
}

static inline void run_loop(void)
{
	while (sd_event_run(enforcer->loop, 0) > 0)
		;
}

static inline void send_event(unsigned type, unsigned code, int value)
{
	const struct input_event event = { .input_event_sec = (time_t)(now_us / 1000000),
					   .input_event_usec = (suseconds_t)(now_us % 1000000),
					   .type = (uint16_t)type,
					   .code = (uint16_t)code,
					   .value = value };

	assert_int_equal(write(to_node, &event, sizeof(event)), sizeof(event));
	run_loop();
}

static inline void type_key(unsigned code, unsigned after_ms)
{
	now_us += after_ms * UINT64_C(1000);
	send_event(EV_KEY, code, 1);
	send_event(EV_SYN, SYN_REPORT, 0);
	send_event(EV_KEY, code, 0);
	send_event(EV_SYN, SYN_REPORT, 0);
}

/* @n letters, now one and now another. */
static inline void type_letters(unsigned n, unsigned after_ms)
{
	for (unsigned i = 0; i < n; i++)
		type_key(KEY_A + i % 9, after_ms);
}

static inline void type_code(const char *code)
{
	for (; *code != '\0'; code++)
		type_key(*code == '0' ? KEY_0 : KEY_1 + (unsigned)(*code - '1'), 150);
	type_key(KEY_ENTER, 150);
}

static inline bool is_watched(void)
{
	struct keyboards *keyboards = &enforcer->keyboards;

	type_letters(12, 1);
	run_loop();
	return keyboards->n == 1 && device_authorized() == '0';
}

static inline void assert_works(const struct usbdev *dev)
{
	assert_int_equal(dev->decision.verdict, VERDICT_ALLOW);
	assert_int_equal(device_authorized(), '1');
	assert_false(grabbed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
