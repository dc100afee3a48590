/* New keyboards: a program that types is cut off, a person is not, and a code may be asked for.
 * Their nodes are FIFOs here, and the kernel's answers to ioctl(2) are ours. */
#include "workstation.h"

#include <linux/input.h>
#include <sys/ioctl.h>

#include "agent/enforcer/bluetooth_device.h"
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

static int begin(void **state)
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

static int end(void **state)
{
	if (to_node >= 0)
		close(to_node);
	keyboards_finish(&enforcer->keyboards);
	return teardown(state);
}

/* A keyboard that was there before. */
static void add_other(void)
{
	fake_mkdir(&fake, OTHER "/capabilities");
	fake_set(&fake, OTHER "/capabilities", "key", "ffffffffffffffff");
	fake_run(&fake, "ln -s ../../" OTHER " class/input/input1");
}

static void show_node(void)
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
static const struct usbdev *plug_keyboard(const char *rules)
{
	set_rules(rules);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	judge_arrival(enforcer, "1-2");
	show_node();
	return devices_find(&enforcer->devices, "1-2");
}

static void run_loop(void)
{
	while (sd_event_run(enforcer->loop, 0) > 0)
		;
}

static void send_event(unsigned type, unsigned code, int value)
{
	const struct input_event event = { .input_event_sec = (time_t)(now_us / 1000000),
					   .input_event_usec = (suseconds_t)(now_us % 1000000),
					   .type = (uint16_t)type,
					   .code = (uint16_t)code,
					   .value = value };

	assert_int_equal(write(to_node, &event, sizeof(event)), sizeof(event));
	run_loop();
}

static void type_key(unsigned code, unsigned after_ms)
{
	now_us += after_ms * UINT64_C(1000);
	send_event(EV_KEY, code, 1);
	send_event(EV_SYN, SYN_REPORT, 0);
	send_event(EV_KEY, code, 0);
	send_event(EV_SYN, SYN_REPORT, 0);
}

/* @n letters, now one and now another. */
static void type_letters(unsigned n, unsigned after_ms)
{
	for (unsigned i = 0; i < n; i++)
		type_key(KEY_A + i % 9, after_ms);
}

static void type_code(const char *code)
{
	for (; *code != '\0'; code++)
		type_key(*code == '0' ? KEY_0 : KEY_1 + (unsigned)(*code - '1'), 150);
	type_key(KEY_ENTER, 150);
}

static bool is_watched(void)
{
	struct keyboards *keyboards = &enforcer->keyboards;

	type_letters(12, 1);
	run_loop();
	return keyboards->n == 1 && device_authorized() == '0';
}

static void assert_works(const struct usbdev *dev)
{
	assert_int_equal(dev->decision.verdict, VERDICT_ALLOW);
	assert_int_equal(device_authorized(), '1');
	assert_false(grabbed);
}

/* Twenty-five a second: with the tenth key it is grabbed, while it is not closed yet, and closed
 * when that has been recorded. */
static void a_program_is_cut_off_with_its_tenth_key(void **state)
{
	(void)state;
	const struct usbdev *dev = plug_keyboard(WATCHED);
	_cleanup_json_ json_t *tripped = NULL;

	type_letters(9, 40);
	assert_works(dev);
	type_letters(1, 40);
	assert_true(grabbed);
	assert_int_equal(authorized_at_grab, '1');
	assert_int_equal(dev->decision.verdict, VERDICT_DENY);
	assert_int_equal(device_authorized(), '0');
	assert_event(1, "device.changed", "cause", "look-again");
	tripped = event(0);
	assert_string_equal(json_string_value(json_object_get(tripped, "kind")), "guard.tripped");
	assert_true(json_is_true(json_object_get(tripped, "cut_off")));
	assert_int_equal(json_integer_value(json_object_get(tripped, "keys")), 10);
	assert_int_equal(json_integer_value(json_object_get(tripped, "interval_us")), 40000);
}

static void what_is_too_regular_is_cut_off(void **state)
{
	(void)state;
	plug_keyboard(GUARDED("enforce", "\"seconds\":30"));
	type_letters(24, 80);
	assert_int_equal(device_authorized(), '1');
	type_letters(1, 80);
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "guard.tripped", NULL, NULL);
}

/* The record cannot be written: that does not keep it alive. */
static void it_is_cut_off_without_a_record(void **state)
{
	(void)state;
	plug_keyboard(WATCHED);
	sync_fails = true;
	type_letters(10, 10);
	assert_int_equal(device_authorized(), '0');
}

static void a_person_types_until_nobody_watches(void **state)
{
	(void)state;
	static const unsigned intervals_ms[] = { 180, 90, 240, 130, 60, 310, 150, 110 };
	const struct usbdev *dev = plug_keyboard(WATCHED);
	const size_t events = count_events();

	for (unsigned i = 0; i < 24; i++)
		type_letters(1, intervals_ms[i % 8] + i);
	assert_works(dev);
	assert_false(is_watched());
	assert_int_equal(count_events(), events);
}

/* Held keys, modifiers, and the keys of a volume knob are no typing. */
static void only_characters_count(void **state)
{
	(void)state;
	static const unsigned codes[] = { KEY_LEFTSHIFT, KEY_RIGHTALT, KEY_LEFTMETA, KEY_CAPSLOCK,
					  KEY_VOLUMEUP,	 KEY_F5,       BTN_LEFT };
	const struct usbdev *dev = plug_keyboard(WATCHED);

	for (unsigned i = 0; i < 70; i++)
		type_key(codes[i % 7], 5);
	send_event(EV_KEY, KEY_A, 1);
	for (unsigned i = 0; i < 50; i++) {
		now_us += 5000;
		send_event(EV_KEY, KEY_A, 2);
	}
	send_event(EV_KEY, KEY_A, 0);
	send_event(EV_SYN, SYN_DROPPED, 0);
	assert_works(dev);
	assert_true(is_watched());
}

static void what_was_there_is_not_new(void **state)
{
	(void)state;
	set_rules(WATCHED);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	fake_set(&fake, DEVICE, "authorized", "1");
	enforcer->starting = true;
	judge_arrival(enforcer, "1-2");
	enforcer->starting = false;
	show_node();
	assert_int_equal(enforcer->keyboards.n, 0);
}

/* The kernel had kept USB closed until the agent came: then what it finds has not worked yet, and
 * what hangs on a hub comes somewhat later.  Both are watched, and asked for no code. */
static void what_had_not_worked_at_the_start_is_watched(void **state)
{
	(void)state;
	add_other();
	set_rules(ASKED);
	enforcer->found = DEFAULTS_CLOSED;
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	enforcer->starting = true;
	judge_arrival(enforcer, "1-2");
	enforcer->starting = false;
	show_node();
	assert_false(grabbed);
	assert_int_equal(device_authorized(), '1');
	assert_true(is_watched());
}

static void what_comes_soon_after_the_start_is_watched(void **state)
{
	(void)state;
	add_other();
	enforcer->grace_until_us = clock_mono_us() + 60 * UINT64_C(1000000);
	plug_keyboard(ASKED);
	assert_false(grabbed);
	assert_int_equal(device_authorized(), '1');
	assert_true(is_watched());
}

static void what_is_built_in_is_not_new(void **state)
{
	(void)state;
	fake_mkdir(&fake, "devices/usb1/1-0:1.0/usb1-port2");
	fake_set(&fake, "devices/usb1/1-0:1.0/usb1-port2", "connect_type", "hardwired");
	plug_keyboard(WATCHED);
	assert_int_equal(enforcer->keyboards.n, 0);
}

static void what_is_registered_is_exempt(void **state)
{
	(void)state;
	struct usbdev *dev;

	set_rules(WATCHED);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	judge_arrival(enforcer, "1-2");
	dev = devices_find(&enforcer->devices, "1-2");
	dev->decision.interfaces[0].step = STEP_REGISTERED;
	show_node();
	assert_int_equal(enforcer->keyboards.n, 0);
}

static void nothing_is_watched_if_the_policy_says_so(void **state)
{
	(void)state;
	const struct usbdev *dev = plug_keyboard(GUARDED("enforce", "\"seconds\":0"));

	assert_false(is_watched());
	assert_works(dev);
}

static void under_audit_it_is_recorded_and_left(void **state)
{
	(void)state;
	const struct usbdev *dev = plug_keyboard(GUARDED("audit", "\"code-digits\":4"));
	_cleanup_json_ json_t *tripped = NULL;

	type_letters(30, 10);
	assert_works(dev);
	tripped = event(0);
	assert_string_equal(json_string_value(json_object_get(tripped, "kind")), "guard.tripped");
	assert_true(json_is_false(json_object_get(tripped, "cut_off")));
}

/* Circumstances and policies do not bring it back; to be plugged in anew does. */
static void it_stays_denied_until_it_comes_anew(void **state)
{
	(void)state;
	plug_keyboard(WATCHED);
	type_letters(10, 10);
	assert_int_equal(device_authorized(), '0');
	judge_all(enforcer, FACT_TIME);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '0');
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	assert_int_equal(enforcer->keyboards.n, 0);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '1');
}

/* Nor does another agent. */
static void a_restart_does_not_bring_it_back(void **state)
{
	(void)state;
	size_t events;

	plug_keyboard(WATCHED);
	type_letters(10, 10);
	assert_int_equal(device_authorized(), '0');
	events = count_events();
	keyboards_finish(&enforcer->keyboards);
	stop();
	start();
	set_rules(WATCHED);
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(count_events(), events);
}

static void what_cannot_be_watched_is_denied(void **state)
{
	(void)state;
	add_other();
	grab_fails = EBUSY;
	plug_keyboard(ASKED);
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.changed", "cause", "look-again");
}

/* The code that the console shows. */
static void read_code(char ret[static 5])
{
	char text[1024];
	const char *at;
	int fd = openat(fake.fd, "tty0", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text) - 1);

	assert_true(size > 0);
	close(fd);
	text[size] = '\0';
	at = strstr(text, "Type ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Type %4[0-9] on it", ret), 1);
	assert_int_equal(strlen(ret), 4);
}

static void a_code_is_typed_first(void **state)
{
	(void)state;
	const struct usbdev *dev;
	char code[5];

	add_other();
	dev = plug_keyboard(ASKED);
	assert_true(grabbed);
	assert_event(0, "keyboard.asked", NULL, NULL);
	read_code(code);
	type_letters(3, 200); /* goes nowhere */
	type_key(KEY_ENTER, 200);
	assert_true(grabbed);
	type_key(KEY_7, 200);
	type_key(KEY_BACKSPACE, 200);
	n_syncs = 0;
	type_code(code);
	assert_works(dev);
	assert_int_equal(n_syncs, 1);
	assert_event(0, "keyboard.accepted", NULL, NULL);
	assert_true(is_watched()); /* on, for a program that waited */
}

static void the_code_is_not_in_the_ledger(void **state)
{
	(void)state;
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ json_t *asked = NULL;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	read_code(code);
	asked = event(0);
	json_object_del(asked, "hash");
	json_object_del(asked, "time");
	json_object_del(asked, "mono_us");
	json_object_del(asked, "instance");
	json_object_del(asked, "device");
	text = json_dumps(asked, 0);
	assert_null(strstr(text, code));
}

static void three_wrong_codes_are_enough(void **state)
{
	(void)state;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	read_code(code);
	code[0] = code[0] == '9' ? '1' : (char)(code[0] + 1);
	type_code(code);
	type_code(code);
	assert_int_equal(device_authorized(), '1');
	type_code(code);
	assert_int_equal(device_authorized(), '0');
	assert_true(grabbed);
	assert_event(0, "guard.tripped", NULL, NULL);
}

/* Trying all codes is typing, too. */
static void a_program_does_not_find_the_code(void **state)
{
	(void)state;
	add_other();
	plug_keyboard(ASKED);
	type_letters(10, 10);
	assert_int_equal(device_authorized(), '0');
}

static void unrecorded_it_does_not_work(void **state)
{
	(void)state;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	read_code(code);
	sync_fails = true;
	type_code(code);
	assert_int_equal(device_authorized(), '0');
}

/* Another agent, within the time for the code or after it. */
static void restart_and_show_node(bool later)
{
	const struct uevent uevent = { .action = "add",
				       .subsystem = "input",
				       .devtype = "",
				       .name = "event5",
				       .path = NODE,
				       .node = "input/event5" };

	keyboards_finish(&enforcer->keyboards);
	grabbed = false; /* the kernel's doing */
	stop();
	start();
	judge_keyboards_start(enforcer);
	enforcer->keyboards.dev_fd = enforcer->dev_fd = fake.fd;
	set_rules(ASKED);
	enforcer->starting = true;
	judge_arrival(enforcer, "1-2");
	if (later)
		devices_find(&enforcer->devices, "1-2")->arrived_us = 0;
	judge_on_input(enforcer, &uevent);
	enforcer->starting = false;
}

static void a_restart_asks_again_in_time(void **state)
{
	(void)state;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	fake_write(&fake, "tty0", "", 0);
	restart_and_show_node(false);
	assert_true(grabbed);
	read_code(code);
	type_code(code);
	assert_works(devices_find(&enforcer->devices, "1-2"));
}

static void a_restart_does_not_ask_who_was_accepted(void **state)
{
	(void)state;
	add_other();
	plug_keyboard(ASKED);
	restart_and_show_node(true);
	assert_works(devices_find(&enforcer->devices, "1-2"));
	assert_true(is_watched());
}

static void the_only_keyboard_is_not_asked(void **state)
{
	(void)state;
	const struct usbdev *dev = plug_keyboard(ASKED);

	assert_works(dev);
	assert_true(is_watched());
}

static void the_last_one_left_is_not_kept_waiting(void **state)
{
	(void)state;
	const struct usbdev *dev;

	add_other();
	dev = plug_keyboard(ASKED);
	assert_true(grabbed);
	fake_run(&fake, "rm class/input/input1");
	judge_keyboards_left(enforcer);
	assert_works(dev);
	assert_event(0, "keyboard.accepted", NULL, NULL);
}

#define PEER	   "hci0/dev_00_AA_01_01_00_01"
#define PEER_INPUT "devices/virtual/misc/uhid/0005:046D:B342.0003/input/input9"
#define HIDP_INPUT DEVICE "/1-2:1.0/bluetooth/hci0/hci0:1/0005:046D:B342.0003/input/input9"

/* A Bluetooth keyboard: its input device is of the peer, wherever it is. */
static void type_on_peer(const char *input)
{
	struct bluez_peer peer = { .port = PEER,
				   .address = "00:AA:01:01:00:01",
				   .fixed_address = true,
				   .paired = true,
				   .class = 0x2540,
				   .services = { "00001124-0000-1000-8000-00805f9b34fb" },
				   .n_services = 1 };
	char path[200];
	const struct uevent uevent = { .action = "add",
				       .subsystem = "input",
				       .devtype = "",
				       .name = "event5",
				       .path = path,
				       .node = "input/event5" };
	struct usbdev *dev;

	set_rules(WATCHED);
	enforcer->bluetooth.loop = enforcer->loop;
	enforcer->bluetooth.gate.permitted_fd = fake.fd;
	fake_mkdir(&fake, "class/bluetooth/hci0");
	assert_int_equal(bluetooth_device_new(&peer, fake.fd, BOOT, &dev), 0);
	judge_came(enforcer, dev);
	assert_int_equal(dev->decision.verdict, VERDICT_ALLOW);
	snprintf(path, sizeof(path), "%s/capabilities", input);
	fake_mkdir(&fake, path);
	fake_set(&fake, path, "key", "ffffffffffffffff");
	fake_set(&fake, input, "uniq", "00:aa:01:01:00:01");
	snprintf(path, sizeof(path), "%s/event5", input);
	assert_int_equal(mkfifoat(fake.fd, "input/event5", 0600), 0);
	to_node = openat(fake.fd, "input/event5", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	judge_on_input(enforcer, &uevent);
	type_letters(10, 10);
	assert_true(grabbed);
	assert_int_equal(dev->decision.verdict, VERDICT_DENY);
	assert_event(0, "guard.tripped", NULL, NULL);
}

static void a_program_on_a_bluetooth_keyboard_is_cut_off(void **state)
{
	(void)state;
	type_on_peer(PEER_INPUT);
}

static void its_adapter_is_left_alone(void **state)
{
	(void)state;
	const struct usbdev *adapter;

	set_rules(RULES("enforce", "\"bluetooth\":\"allow\""));
	fake_plug(&fake, "1-2", NULL, &(struct fake_interface){ 1, 0, 0xe0, 1, 1 }, 1);
	judge_arrival(enforcer, "1-2");
	adapter = devices_find(&enforcer->devices, "1-2");
	assert_int_equal(adapter->decision.verdict, VERDICT_ALLOW);
	type_on_peer(HIDP_INPUT);
	assert_int_equal(device_authorized(), '1');
}

static enum keyboard_answer last_answer;

static void on_answer(void *userdata, const char *port, enum keyboard_answer answer)
{
	(void)userdata;
	(void)port;
	last_answer = answer;
}

static void time_runs_out(void **state)
{
	(void)state;
	const struct keyboard_guard guard = { .code_digits = 6, .code_seconds = 0 };
	struct keyboards keyboards = { .loop = enforcer->loop,
				       .dev_fd = fake.fd,
				       .handlers = { .on_answer = on_answer } };

	last_answer = KEYBOARD_UNANSWERED;
	assert_int_equal(keyboards_begin(&keyboards, "1-2", &guard, true), 1);
	assert_int_equal(strlen(keyboards_code(&keyboards, "1-2")), 6);
	assert_true(keyboards_asks(&keyboards, "devices/usb1/1-2/1-2:1.0/input/input5"));
	assert_false(keyboards_asks(&keyboards, "devices/usb1/1-3/1-3:1.0/input/input5"));
	assert_true(sd_event_run(enforcer->loop, 1000000) > 0);
	assert_int_equal(last_answer, KEYBOARD_LATE);
	assert_null(keyboards_code(&keyboards, "1-2"));
	keyboards_finish(&keyboards);
}

static void there_are_so_many_and_no_more(void **state)
{
	(void)state;
	const struct keyboard_guard guard = { .typing = { 30, 20 } };
	struct keyboards keyboards = { .loop = enforcer->loop, .dev_fd = fake.fd };
	char port[16];

	for (int i = 0; i < KEYBOARDS_MAX; i++) {
		snprintf(port, sizeof(port), "1-%d", i + 1);
		assert_int_equal(keyboards_begin(&keyboards, port, &guard, false), 1);
		assert_int_equal(keyboards_begin(&keyboards, port, &guard, false), 0);
	}
	assert_int_equal(keyboards_begin(&keyboards, "2-1", &guard, false), -E2BIG);
	keyboards_forget(&keyboards, "1-1");
	assert_int_equal(keyboards_begin(&keyboards, "2-1", &guard, false), 1);
	keyboards_finish(&keyboards);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_program_is_cut_off_with_its_tenth_key),
		TEST(what_is_too_regular_is_cut_off),
		TEST(it_is_cut_off_without_a_record),
		TEST(a_person_types_until_nobody_watches),
		TEST(only_characters_count),
		TEST(what_was_there_is_not_new),
		TEST(what_had_not_worked_at_the_start_is_watched),
		TEST(what_comes_soon_after_the_start_is_watched),
		TEST(what_is_built_in_is_not_new),
		TEST(what_is_registered_is_exempt),
		TEST(nothing_is_watched_if_the_policy_says_so),
		TEST(under_audit_it_is_recorded_and_left),
		TEST(it_stays_denied_until_it_comes_anew),
		TEST(a_restart_does_not_bring_it_back),
		TEST(what_cannot_be_watched_is_denied),
		TEST(a_code_is_typed_first),
		TEST(the_code_is_not_in_the_ledger),
		TEST(three_wrong_codes_are_enough),
		TEST(a_program_does_not_find_the_code),
		TEST(unrecorded_it_does_not_work),
		TEST(a_restart_asks_again_in_time),
		TEST(a_restart_does_not_ask_who_was_accepted),
		TEST(the_only_keyboard_is_not_asked),
		TEST(the_last_one_left_is_not_kept_waiting),
		TEST(a_program_on_a_bluetooth_keyboard_is_cut_off),
		TEST(its_adapter_is_left_alone),
		TEST(time_runs_out),
		TEST(there_are_so_many_and_no_more),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
