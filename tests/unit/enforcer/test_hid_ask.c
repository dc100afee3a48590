/* hid_ask: how long a report descriptor is to be, from bytes that a device made; and which
 * interfaces are asked before a driver gets them. */
#include "workstation.h"

#include "agent/enforcer/hid_ask.h"
#include "agent/enforcer/judge_keyboard.h"
#include "agent/common/hid_report.h"

static const uint8_t blob[] = {
	18, 1,	  0,	2, 0, 0, 0,    64,   0x51, 9,	 0x66, 0x16, 0, 1, 1, 2, 3, 2, /* device */
	9,  2,	  0,	0, 2, 1, 0,    0x80, 50,		     /* configuration 1 */
	9,  4,	  0,	0, 1, 3, 1,    2,    0,			     /* interface 0 */
	9,  0x21, 0x11, 1, 0, 1, 0x22, 52,   0,			     /* its HID descriptor */
	7,  5,	  0x81, 3, 8, 0, 10,				     /* */
	9,  4,	  1,	0, 1, 3, 0,    0,    0,			     /* interface 1 */
	12, 0x21, 0x11, 1, 0, 2, 0x23, 0xff, 0xff, 0x22, 0x01, 0x01, /* two below it */
	9,  2,	  0,	0, 1, 2, 0,    0x80, 50,		     /* configuration 2 */
	9,  4,	  0,	0, 1, 3, 0,    0,    0,			     /* interface 0 */
	9,  0x21, 0x11, 1, 0, 1, 0x22, 0xff, 0xff,		     /* too long */
	9,  4,	  3,	0, 1, 3, 0,    0,    0,			     /* interface 3, without */
};

static void test_length(void **state)
{
	(void)state;
	assert_int_equal(hid_ask_length(blob, sizeof(blob), 1, 0), 52);
	assert_int_equal(hid_ask_length(blob, sizeof(blob), 1, 1), 257);
	assert_int_equal(hid_ask_length(blob, sizeof(blob), 2, 0), -E2BIG);
	assert_int_equal(hid_ask_length(blob, sizeof(blob), 2, 1), -EBADMSG);
	assert_int_equal(hid_ask_length(blob, sizeof(blob), 2, 3), -EBADMSG);
	assert_int_equal(hid_ask_length(blob, sizeof(blob), 3, 0), -EBADMSG);
}

/* Each truncation, and each byte as 0 and 255: an answer within bounds, and no byte beyond. */
static void test_hostile_bytes(void **state)
{
	(void)state;
	for (size_t size = 0; size <= sizeof(blob); size++) {
		for (size_t at = 0; at < size || at == 0; at++) {
			for (int value = 0; value <= 255; value += 255) {
				uint8_t *copy = malloc(size + (size == 0));
				int r;

				memcpy(copy, blob, size);
				if (size > 0)
					copy[at] = (uint8_t)value;
				r = hid_ask_length(copy, size, 1, 1);
				assert_true(r == -EBADMSG || r == -E2BIG ||
					    (r > 0 && r <= HID_REPORT_MAX_BYTES));
				free(copy);
			}
		}
	}
}

static const struct fake_interface protocol_0 = { 1, 0, 0x03, 0, 0 };
static const struct fake_interface boot_keyboard = { 1, 0, 0x03, 1, 1 };

static const struct usbdev *plug(const char *rules, const struct fake_interface *interface)
{
	set_rules(rules);
	fake_plug(&fake, "1-2", NULL, interface, 1);
	judge_arrival(enforcer, "1-2");
	return devices_find(&enforcer->devices, "1-2");
}

/* As far as the enforcer sees.  No node is ever opened: the made-up devices have no HID descriptor,
 * which is looked for first. */
static void usbfs_is_there(void)
{
	enforcer->dev_fd = fake.fd; /* sysfs has a "bus/usb", too */
}

/* Only what would not be let if it typed, and only where there is a way to ask. */
static void test_who_is_asked(void **state)
{
	(void)state;
	assert_int_equal(plug(RULES("enforce", "\"hid\":\"allow\""), &protocol_0)->asking, 0);
	usbfs_is_there();
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	assert_int_equal(
		plug(RULES("enforce", "\"hid\":\"allow\",\"keyboard\":\"allow\""), &protocol_0)
			->asking,
		0);
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	assert_int_equal(plug(RULES("enforce", "\"keyboard\":\"allow\""), &protocol_0)->asking, 0);
	fake_unplug(&fake, "1-2");
	judge_departure(enforcer, "1-2");
	assert_int_equal(
		plug(RULES("enforce", "\"keyboard\":\"allow\",\"hid\":\"allow\""), &boot_keyboard)
			->asking,
		0);
}

/* One that types, or does not say, is judged as a keyboard, and that before it is opened. */
static void test_what_types_is_not_opened(void **state)
{
	const struct usbdev *dev;

	(void)state;
	usbfs_is_there();
	dev = plug(RULES("enforce", "\"hid\":\"allow\",\"pointer\":\"allow\""), &protocol_0);
	assert_int_equal(dev->decision.verdict, VERDICT_DENY);
	assert_int_equal(dev->decision.interfaces[0].function, FUNCTION_KEYBOARD);
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(interface_authorized("1-2:1.0"), '0');
	assert_event(0, "device.changed", "cause", "look-again");
	assert_event(0, "device.changed", "before", "allow");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_hostile_bytes),
		cmocka_unit_test_setup_teardown(test_who_is_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_types_is_not_opened, setup, teardown),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
