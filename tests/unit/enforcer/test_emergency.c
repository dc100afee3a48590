/* What is opened for an emergency shell, and what is not. */
#include "fake.h"

#include "agent/enforcer/emergency.h"

static struct fake fake;

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_finish(&fake);
	return 0;
}

static const struct fake_interface KEYBOARD = { 1, 0, 3, 1, 1 }, HUB = { 1, 0, 9, 0, 0 },
				   POINTER = { 1, 0, 3, 1, 2 };

static void test_what_is_opened(void **state)
{
	const struct fake_interface receiver[] = { KEYBOARD, { 1, 1, 3, 1, 2 } },
				    bad[] = { KEYBOARD, { 1, 1, 8, 6, 0x50 } };

	(void)state;
	fake_plug(&fake, "1-1", NULL, &KEYBOARD, 1);
	fake_plug(&fake, "1-2", NULL, &HUB, 1);
	fake_plug(&fake, "1-3", NULL, &POINTER, 1);
	fake_plug(&fake, "1-4", NULL, receiver, 2);
	fake_plug(&fake, "1-5", "AB12", &FAKE_STORAGE, 1);
	fake_plug(&fake, "1-6", NULL, bad, 2);
	fake_plug(&fake, "1-7", NULL, NULL, 0);
	assert_int_equal(emergency_open_once(fake.fd), 4);
	for (const char *port = "1234567"; *port != '\0'; port++) {
		char path[32];

		snprintf(path, sizeof(path), "devices/usb1/1-%c", *port);
		assert_int_equal(fake_get(&fake, path, "authorized"), *port < '5' ? '1' : '0');
	}
	assert_int_equal(emergency_open_once(fake.fd), 0);
}

static void test_what_cannot_be_read(void **state)
{
	(void)state;
	fake_plug(&fake, "1-1", NULL, &KEYBOARD, 1);
	fake_write(&fake, "devices/usb1/1-1/descriptors", "garbage", 7);
	assert_int_equal(emergency_open_once(fake.fd), 0);
	assert_int_equal(fake_get(&fake, "devices/usb1/1-1", "authorized"), '0');
	fake_run(&fake, "rm -r bus");
	assert_int_equal(emergency_open_once(fake.fd), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_what_is_opened),
					    TEST(test_what_cannot_be_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
