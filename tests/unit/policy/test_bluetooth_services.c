#include "cmocka_test.h"

#include <errno.h>

#include "policy/bluetooth_services.h"

#define SHORT(digits) "0000" digits "-0000-1000-8000-00805f9b34fb"
#define B(f)	      FUNCTION_BIT(FUNCTION_##f)

static void tells_functions_from_uuids(void **state)
{
	(void)state;
	static const struct {
		const char *uuid;
		function_set wanted;
		bool on_att;
	} table[] = {
		{ SHORT("1101"), B(SERIAL), false },
		{ SHORT("1103"), B(NETWORK), false },
		{ SHORT("1105"), B(STORAGE), false },
		{ SHORT("1106"), B(STORAGE), false },
		{ SHORT("1108"), B(AUDIO), false },
		{ SHORT("110a"), B(AUDIO), false },
		{ SHORT("110B"), B(AUDIO), false },
		{ SHORT("110e"), B(AUDIO), false },
		{ SHORT("1112"), B(AUDIO), false },
		{ SHORT("1115"), B(NETWORK), false },
		{ SHORT("1116"), B(NETWORK), false },
		{ SHORT("1117"), B(NETWORK), false },
		{ SHORT("111e"), B(AUDIO), false },
		{ SHORT("111f"), B(AUDIO), false },
		{ SHORT("1124"), B(KEYBOARD), false },
		{ SHORT("1126"), B(PRINTER), false },
		{ SHORT("112d"), B(SMARTCARD), false },
		{ SHORT("112f"), B(PHONE), false },
		{ SHORT("1132"), B(PHONE), false },
		{ SHORT("1200"), 0, false },
		{ SHORT("1800"), 0, true },
		{ SHORT("180a"), 0, true },
		{ SHORT("180f"), 0, true },
		{ SHORT("180d"), B(OTHER), true }, /* heart rate */
		{ SHORT("1812"), B(KEYBOARD), true },
		{ SHORT("1825"), B(STORAGE), true },
		{ SHORT("184e"), B(AUDIO), true },
		{ SHORT("fe9f"), B(OTHER), true },
		{ SHORT("1fff"), B(OTHER), false },
		{ "6e400001-b5a3-f393-e0a9-e50e24dcca9e", B(VENDOR), true },
		{ "0001110b-0000-1000-8000-00805f9b34fb", B(VENDOR), true },
		{ "0000110b-0000-1000-8000-00805f9b34fc", B(VENDOR), true },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		function_set functions = ~0u;

		assert_int_equal(
			bluetooth_service_functions(table[i].uuid, B(KEYBOARD), &functions), 0);
		assert_int_equal(functions, table[i].wanted);
		assert_int_equal(bluetooth_service_on_att(table[i].uuid), table[i].on_att);
	}
}

static void refuses_what_is_no_uuid(void **state)
{
	(void)state;
	static const char *const table[] = { "",
					     "110b",
					     "0000110b-0000-1000-8000-00805f9b34f",
					     "0000110b-0000-1000-8000-00805f9b34fbb",
					     "0000110b_0000-1000-8000-00805f9b34fb",
					     "0000110g-0000-1000-8000-00805f9b34fb",
					     "0000110b-0000-1000-8000-00805f9b34f\xc3" };
	function_set functions = 77;

	for (size_t i = 0; i < COUNT(table); i++) {
		assert_int_equal(bluetooth_service_functions(table[i], 0, &functions), -EINVAL);
		assert_int_equal(functions, 77);
		assert_false(bluetooth_service_on_att(table[i]));
	}
}

static void tells_a_keyboard_from_a_mouse(void **state)
{
	(void)state;
	assert_int_equal(bluetooth_hid_functions(0x002540, 0), B(KEYBOARD));
	assert_int_equal(bluetooth_hid_functions(0x002580, 0), B(POINTER));
	assert_int_equal(bluetooth_hid_functions(0x0025c0, 0), B(KEYBOARD) | B(POINTER));
	assert_int_equal(bluetooth_hid_functions(0x002508, 0), B(HID)); /* a game pad */
	assert_int_equal(bluetooth_hid_functions(0x000540, 0x03c1), B(KEYBOARD));
	assert_int_equal(bluetooth_hid_functions(0, 0x03c1), B(KEYBOARD));
	assert_int_equal(bluetooth_hid_functions(0, 0x03c2), B(POINTER));
	assert_int_equal(bluetooth_hid_functions(0, 0x03c9), B(POINTER));
	assert_int_equal(bluetooth_hid_functions(0, 0), B(HID));
	/* A phone's minor bits mean something else. */
	assert_int_equal(bluetooth_hid_functions(0x5a02cc, 0), B(HID));
}

static void knows_what_channels_carry(void **state)
{
	(void)state;
	static const struct {
		uint16_t psm;
		function_set wanted;
	} table[] = {
		{ 0x0001, 0 },
		{ 0x0003, 0 },
		{ 0x000f, B(NETWORK) },
		{ 0x0011, B(KEYBOARD) | B(POINTER) | B(HID) },
		{ 0x0017, B(AUDIO) },
		{ 0x0019, B(AUDIO) },
		{ 0x001b, B(AUDIO) },
		{ 0x001f, 0 },
		{ 0x0013, B(KEYBOARD) | B(POINTER) | B(HID) },
		{ 0x1001, 0 },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(bluetooth_psm_functions(table[i].psm), table[i].wanted);
	assert_int_equal(bluetooth_local_channel_functions(9), B(STORAGE));
	assert_int_equal(bluetooth_local_channel_functions(10), B(STORAGE));
	assert_int_equal(bluetooth_local_channel_functions(13), B(AUDIO));
	assert_int_equal(bluetooth_local_channel_functions(15), B(PHONE));
	assert_int_equal(bluetooth_local_channel_functions(2), 0);
	assert_int_equal(bluetooth_local_channel_functions(0), 0);
}

static void lists_each_channel_once(void **state)
{
	(void)state;
	size_t n = 0;

	for (; bluetooth_psm_at(n) != 0; n++)
		assert_int_not_equal(bluetooth_psm_functions(bluetooth_psm_at(n)), 0);
	assert_int_equal(n, 6);
	for (n = 0; bluetooth_local_channel_at(n) != 0; n++)
		assert_int_not_equal(
			bluetooth_local_channel_functions(bluetooth_local_channel_at(n)), 0);
	assert_int_equal(n, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_functions_from_uuids),
		cmocka_unit_test(refuses_what_is_no_uuid),
		cmocka_unit_test(tells_a_keyboard_from_a_mouse),
		cmocka_unit_test(knows_what_channels_carry),
		cmocka_unit_test(lists_each_channel_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
