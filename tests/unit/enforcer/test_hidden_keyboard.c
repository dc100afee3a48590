/* What turns out to be a keyboard after a driver has it: it is judged as one, and can be revoked.
 */
#include "workstation.h"

#include "agent/enforcer/watch.h"

#define MOUSE	     DEVICE "/1-2:1.0/0003:0951:1666.0001"
#define MOUSE_POINTS RULES("enforce", "\"pointer\":\"allow\",\"hid\":\"allow\"")
#define ALL_INPUT    RULES("enforce", "\"pointer\":\"allow\",\"hid\":\"allow\",\"keyboard\":\"allow\"")

static const struct fake_interface mouse = { 1, 0, 0x03, 0x01, 0x02 };
static const struct fake_interface protocol_0 = { 1, 0, 0x03, 0, 0 };

/* A mouse; and the same with keys in its collection. */
static const uint8_t points[] = {
	0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x30, 0x81, 0x02, 0xc0
};
static const uint8_t types[] = { 0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x30, 0x81, 0x02,
				 0x05, 0x07, 0x19, 0x04, 0x29, 0x65, 0x81, 0x00, 0xc0 };

static const struct usbdev *plug(const char *rules, const struct fake_interface *interface)
{
	set_rules(rules);
	fake_plug(&fake, "1-2", NULL, interface, 1);
	judge_arrival(enforcer, "1-2");
	return devices_find(&enforcer->devices, "1-2");
}

/* A driver takes it, and what it has read is @bytes. */
static void bind_driver(const char *path, const void *bytes, size_t size)
{
	char file[200];
	struct uevent uevent = { .action = "bind",
				 .subsystem = "hid",
				 .devtype = "",
				 .name = "",
				 .path = path,
				 .node = "" };

	fake_mkdir(&fake, path);
	snprintf(file, sizeof(file), "%s/report_descriptor", path);
	fake_write(&fake, file, bytes, size);
	watch_on_uevent(enforcer, &uevent);
}

static void add_input(const char *path, const char *keys)
{
	char directory[200];
	struct uevent uevent = { .action = "add",
				 .subsystem = "input",
				 .devtype = "",
				 .name = "",
				 .path = path,
				 .node = "" };

	snprintf(directory, sizeof(directory), "%s/capabilities", path);
	fake_mkdir(&fake, directory);
	fake_set(&fake, directory, "key", keys);
	watch_on_uevent(enforcer, &uevent);
}

static void assert_permitted(const struct usbdev *dev)
{
	assert_int_equal(dev->decision.verdict, VERDICT_ALLOW);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
}

static void assert_revoked(const struct usbdev *dev)
{
	assert_int_equal(dev->decision.verdict, VERDICT_DENY);
	assert_int_equal(dev->decision.interfaces[0].function, FUNCTION_KEYBOARD);
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.changed", "cause", "look-again");
	assert_event(0, "device.changed", "before", "allow");
}

static void a_mouse_stays_one(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(MOUSE_POINTS, &mouse);
	const size_t events = count_events();

	bind_driver(MOUSE, points, sizeof(points));
	add_input(MOUSE "/input/input5", "70000 0 0 0 0");
	assert_permitted(dev);
	assert_int_equal(count_events(), events);
}

static void keys_in_a_mouse_are_judged(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(MOUSE_POINTS, &mouse);

	assert_permitted(dev);
	bind_driver(MOUSE, types, sizeof(types));
	assert_revoked(dev);
}

static void what_says_nothing_of_itself_is_judged(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(MOUSE_POINTS, &protocol_0);

	assert_permitted(dev);
	bind_driver(MOUSE, types, sizeof(types));
	assert_revoked(dev);
}

static void what_cannot_be_understood_is_a_keyboard(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(MOUSE_POINTS, &mouse);

	bind_driver(MOUSE, "", 0); /* nobody has opened it yet */
	assert_permitted(dev);
	bind_driver(MOUSE, types, sizeof(types) - 1);
	assert_revoked(dev);
}

/* As a receiver has, whose driver makes devices below its own. */
static void keys_below_another_device_are_found(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(MOUSE_POINTS, &mouse);

	bind_driver(MOUSE, points, sizeof(points));
	bind_driver(MOUSE "/0003:0951:4074.0002", types, sizeof(types));
	assert_revoked(dev);
}

/* Whatever driver made it, and whatever it was made from. */
static void an_input_device_with_letters_is_a_keyboard(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(MOUSE_POINTS, &mouse);

	add_input(DEVICE "/1-2:1.0/input/input6", "4000000000 0 e000000000000 0");
	assert_permitted(dev); /* media keys */
	add_input(DEVICE "/1-2:1.0/input/input7", "10000000");
	assert_revoked(dev); /* enter */
}

/* It is recorded what it is, also where that is permitted; and once. */
static void a_keyboard_that_is_permitted_is_recorded_as_one(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(ALL_INPUT, &protocol_0);
	size_t events;

	bind_driver(MOUSE, types, sizeof(types));
	assert_permitted(dev);
	assert_event(0, "device.changed", "cause", "look-again");
	assert_int_equal(dev->decision.interfaces[0].function, FUNCTION_KEYBOARD);
	events = count_events();
	bind_driver(MOUSE, types, sizeof(types));
	add_input(MOUSE "/input/input5", "10000000");
	assert_int_equal(count_events(), events);
}

/* The next agent sees what it is before it judges, and has nothing new to record. */
static void a_restart_changes_nothing(void **state)
{
	(void)state;
	size_t events;

	plug(ALL_INPUT, &protocol_0);
	bind_driver(MOUSE, types, sizeof(types));
	events = count_events();
	stop();
	start();
	set_rules(ALL_INPUT);
	judge_arrival(enforcer, "1-2");
	assert_permitted(devices_find(&enforcer->devices, "1-2"));
	assert_int_equal(count_events(), events);
}

/* Nobody had it as their keyboard: the lock-out guard does not keep what has just turned out to be
 * the only one. */
static void the_lock_out_guard_does_not_keep_it(void **state)
{
	(void)state;
	const struct usbdev *dev = plug(MOUSE_POINTS, &mouse);

	fake_mkdir(&fake, "class/input");
	fake_mkdir(&fake, MOUSE "/input/input5/capabilities");
	fake_set(&fake, MOUSE "/input/input5/capabilities", "key", "ffffffffffffffff");
	fake_run(&fake, "ln -s ../../" MOUSE "/input/input5 class/input/input5");
	bind_driver(MOUSE, types, sizeof(types));
	assert_revoked(dev);
	assert_false(dev->guarded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_mouse_stays_one, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_in_a_mouse_are_judged, setup, teardown),
		cmocka_unit_test_setup_teardown(what_says_nothing_of_itself_is_judged, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_understood_is_a_keyboard, setup,
						teardown),
		cmocka_unit_test_setup_teardown(keys_below_another_device_are_found, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_input_device_with_letters_is_a_keyboard, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_keyboard_that_is_permitted_is_recorded_as_one,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_restart_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_lock_out_guard_does_not_keep_it, setup,
						teardown),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
