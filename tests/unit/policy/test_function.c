#include "cmocka_test.h"

#include <errno.h>

#include "policy/function.h"
#include "policy/verdict.h"

static void tells_functions_from_class_codes(void **state)
{
	(void)state;
	static const struct {
		uint16_t vendor;
		uint8_t class, subclass, protocol;
		enum function wanted;
	} table[] = {
		{ 0, 0x01, 0x02, 0x00, FUNCTION_AUDIO },
		{ 0, 0x02, 0x02, 0x00, FUNCTION_SERIAL },
		{ 0, 0x02, 0x02, 0x01, FUNCTION_SERIAL },
		{ 0, 0x02, 0x02, 0xff, FUNCTION_NETWORK }, /* RNDIS */
		{ 0, 0x02, 0x06, 0x00, FUNCTION_NETWORK },
		{ 0, 0x02, 0x0d, 0x00, FUNCTION_NETWORK },
		{ 0, 0x02, 0x0e, 0x00, FUNCTION_NETWORK },
		{ 0, 0x02, 0x08, 0x00, FUNCTION_OTHER },
		{ 0, 0x03, 0x01, 0x01, FUNCTION_KEYBOARD },
		{ 0, 0x03, 0x01, 0x02, FUNCTION_POINTER },
		{ 0, 0x03, 0x01, 0x00, FUNCTION_HID },
		{ 0, 0x03, 0x00, 0x01, FUNCTION_HID }, /* no boot interface: its word is void */
		{ 0, 0x03, 0x00, 0x02, FUNCTION_HID },
		{ 0, 0x05, 0x00, 0x00, FUNCTION_OTHER },
		{ 0, 0x06, 0x01, 0x01, FUNCTION_PHONE },
		{ 0, 0x07, 0x01, 0x02, FUNCTION_PRINTER },
		{ 0, 0x08, 0x06, 0x50, FUNCTION_STORAGE },
		{ 0, 0x08, 0x06, 0x62, FUNCTION_STORAGE },
		{ 0, 0x08, 0x00, 0x00, FUNCTION_STORAGE },
		{ 0, 0x09, 0x00, 0x00, FUNCTION_HUB },
		{ 0, 0x0a, 0x00, 0x00, FUNCTION_OTHER },
		{ 0, 0x0b, 0x00, 0x00, FUNCTION_SMARTCARD },
		{ 0, 0x0e, 0x01, 0x00, FUNCTION_VIDEO },
		{ 0, 0x10, 0x01, 0x00, FUNCTION_VIDEO },
		{ 0, 0xe0, 0x01, 0x01, FUNCTION_BLUETOOTH },
		{ 0, 0xe0, 0x01, 0x04, FUNCTION_BLUETOOTH },
		{ 0, 0xe0, 0x01, 0x03, FUNCTION_NETWORK },
		{ 0, 0xe0, 0x02, 0x01, FUNCTION_OTHER },
		{ 0, 0xef, 0x04, 0x01, FUNCTION_NETWORK },
		{ 0, 0xef, 0x02, 0x01, FUNCTION_OTHER },
		{ 0, 0xfe, 0x01, 0x01, FUNCTION_FIRMWARE },
		{ 0, 0xfe, 0x03, 0x01, FUNCTION_OTHER },
		{ 0x05ac, 0xff, 0xfe, 0x02, FUNCTION_PHONE },
		{ 0x05ac, 0xff, 0xfd, 0x01, FUNCTION_NETWORK },
		{ 0x18d1, 0xff, 0xfe, 0x02, FUNCTION_VENDOR }, /* that code is Apple's own */
		{ 0x18d1, 0xff, 0x42, 0x01, FUNCTION_PHONE },
		{ 0x18d1, 0xff, 0x42, 0x03, FUNCTION_PHONE },
		{ 0, 0xff, 0x00, 0x00, FUNCTION_VENDOR },
		{ 0, 0x00, 0x00, 0x00, FUNCTION_OTHER },
		{ 0, 0xdc, 0x01, 0x01, FUNCTION_OTHER },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(
			function_to_text(function_of_usb(table[i].vendor, table[i].class,
							 table[i].subclass, table[i].protocol)),
			function_to_text(table[i].wanted));
}

static void every_function_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int f = 0; f < _FUNCTION_MAX; f++)
		assert_int_equal(function_from_text(function_to_text((enum function)f)), f);
	assert_int_equal(function_from_text("Storage"), -EINVAL);
	assert_int_equal(function_from_text(""), -EINVAL);
	assert_int_equal(function_from_text("*"), -EINVAL);
}

static void every_verdict_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int v = 0; v < _VERDICT_MAX; v++)
		assert_int_equal(verdict_from_text(verdict_to_text((enum verdict)v)), v);
	assert_int_equal(verdict_from_text("permit"), -EINVAL);
	assert_int_equal(verdict_from_text(""), -EINVAL);
}

static void the_stricter_verdict_wins(void **state)
{
	(void)state;
	assert_int_equal(verdict_stricter(VERDICT_DENY, VERDICT_ALLOW), VERDICT_DENY);
	assert_int_equal(verdict_stricter(VERDICT_ALLOW, VERDICT_READ_ONLY), VERDICT_READ_ONLY);
	assert_int_equal(verdict_stricter(VERDICT_READ_ONLY, VERDICT_DENY), VERDICT_DENY);
	assert_int_equal(verdict_stricter(VERDICT_ALLOW, VERDICT_ALLOW), VERDICT_ALLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_functions_from_class_codes),
		cmocka_unit_test(every_function_has_a_word_of_its_own),
		cmocka_unit_test(every_verdict_has_a_word_of_its_own),
		cmocka_unit_test(the_stricter_verdict_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
