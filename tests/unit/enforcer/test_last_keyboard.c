/* The last keyboard and the last pointer are left, and nothing else for their sake. */
#include "workstation.h"

/* The keyboard's attributes as a real one has them: 64-bit words, the highest first. */
static void add_input(const char *name, const char *directory, const char *key, const char *rel)
{
	char path[160], command[400];

	snprintf(path, sizeof(path), "%s/input/%s", directory, name);
	fake_mkdir(&fake, path);
	snprintf(command, sizeof(command),
		 "mkdir -p class/input %s/capabilities && ln -s ../../%s class/input/%s", path,
		 path, name);
	fake_run(&fake, command);
	strcat(path, "/capabilities");
	fake_set(&fake, path, "key", key);
	fake_set(&fake, path, "rel", rel);
}

static void test_last_keyboard_is_left(void **state)
{
	const struct fake_interface keyboard = { 1, 0, 0x03, 0x01, 0x01 };

	(void)state;
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "1");
	add_input("input0", "devices/platform/power", "10000000000000 0", "0");
	add_input("input1", "devices/virtual", "fffffffffffffffe", "0");
	add_input("input2", DEVICE "/1-2:1.0",
		  "1000000000007 ff9f207ac14057ff febeffdfffefffff "
		  "fffffffffffffffe",
		  "0");
	set_rules(DENY_ALL);
	enforcer->starting = true;
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	assert_event(0, "guard.tripped", NULL, NULL);
	assert_event(1, "device.decided", "verdict", "deny");

	/* with another one there, it goes when it is judged again */
	add_input("input3", "devices/platform/i8042/serio0", "fffffffffffffffe", "0");
	set_rules(RULES("enforce", "\"keyboard\":\"allow\""));
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '1');
	set_rules(DENY_ALL);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '0');
}

/* What else is on the last keyboard's device is not left open for its sake. */
static void test_only_the_keyboard_is_left(void **state)
{
	const struct fake_interface interfaces[] = { { 1, 0, 0x03, 0x01, 0x01 },
						     { 1, 1, 0x08, 0x06, 0x50 } };

	(void)state;
	fake_plug(&fake, "1-2", NULL, interfaces, 2);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.1", "authorized", "1");
	add_input("input2", DEVICE "/1-2:1.0", "fffffffffffffffe", "0");
	set_rules(DENY_ALL);
	enforcer->starting = true;
	rescan_now(enforcer);
	assert_event(0, "guard.tripped", NULL, NULL);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	assert_int_equal(interface_authorized("1-2:1.1"), '0');
	assert_int_equal(usbdev_effect(devices_find(&enforcer->devices, "1-2"), 1, 1),
			 VERDICT_DENY);

	/* and an interface that shows itself later is closed at once */
	fake_add_interface(&fake, "1-2", &(struct fake_interface){ 1, 2, 0x02, 0x06, 0x00 });
	fake_set(&fake, DEVICE "/1-2:1.2", "authorized", "1");
	judge_look_again(enforcer, "1-2");
	assert_int_equal(interface_authorized("1-2:1.2"), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
}

static void test_last_pointer_is_left(void **state)
{
	const struct fake_interface mouse = { 1, 0, 0x03, 0x01, 0x02 };

	(void)state;
	fake_plug(&fake, "1-2", NULL, &mouse, 1);
	fake_set(&fake, DEVICE, "authorized", "1");
	fake_set(&fake, DEVICE "/1-2:1.0", "authorized", "1");
	add_input("input2", DEVICE "/1-2:1.0", "1f0000 0 0 0 0", "103");
	set_rules(DENY_ALL);
	enforcer->starting = true;
	rescan_now(enforcer);
	assert_int_equal(device_authorized(), '1');
	assert_event(0, "guard.tripped", NULL, NULL);
}

/* A new arrival is not opened by the guard, even if there is no keyboard at all. */
static void test_guard_opens_nothing(void **state)
{
	const struct fake_interface keyboard = { 1, 0, 0x03, 0x01, 0x01 };

	(void)state;
	set_rules(DENY_ALL);
	fake_plug(&fake, "1-2", NULL, &keyboard, 1);
	add_input("input2", DEVICE "/1-2:1.0", "fffffffffffffffe", "0");
	judge_arrival(enforcer, "1-2");
	assert_int_equal(device_authorized(), '0');
	assert_event(0, "device.decided", "verdict", "deny");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_last_keyboard_is_left),
		TEST(test_only_the_keyboard_is_left),
		TEST(test_last_pointer_is_left),
		TEST(test_guard_opens_nothing),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
