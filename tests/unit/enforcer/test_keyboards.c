/* New keyboards: a program that types is cut off, a person is not. */
#include "keyboard.h"

#include "agent/enforcer/bluetooth_device.h"

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
		TEST(a_program_on_a_bluetooth_keyboard_is_cut_off),
		TEST(its_adapter_is_left_alone),
		TEST(there_are_so_many_and_no_more),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
