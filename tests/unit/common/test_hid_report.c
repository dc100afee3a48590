/* What a report descriptor says, whichever way it says it; and that none is misread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/hid_report.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { KEYBOARD = FUNCTION_BIT(FUNCTION_KEYBOARD), POINTER = FUNCTION_BIT(FUNCTION_POINTER) };
enum { HID = FUNCTION_BIT(FUNCTION_HID) };

#define DESKTOP	    0x05, 0x01
#define KEYS	    0x05, 0x07
#define VENDOR	    0x06, 0x00, 0xff
#define APPLICATION 0xa1, 0x01
#define PHYSICAL    0xa1, 0x00
#define INPUT	    0x81, 0x02
#define OUTPUT	    0x91, 0x02
#define FEATURE	    0xb1, 0x02
#define END	    0xc0

/* HID 1.11, appendices B.1 and B.2. */
static const uint8_t keyboard[] = {
	DESKTOP, 0x09, 0x06, APPLICATION, KEYS, 0x19,  0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25,
	0x01,	 0x75, 0x01, 0x95,	  0x08, INPUT, 0x95, 0x01, 0x75, 0x08, 0x81, 0x03,
	0x95,	 0x05, 0x75, 0x01,	  0x05, 0x08,  0x19, 0x01, 0x29, 0x05, 0x91, 0x02,
	0x95,	 0x01, 0x75, 0x03,	  0x91, 0x03,  0x95, 0x06, 0x75, 0x08, 0x15, 0x00,
	0x25,	 0x65, KEYS, 0x19,	  0x00, 0x29,  0x65, 0x81, 0x00, END,
};
static const uint8_t mouse[] = {
	DESKTOP, 0x09, 0x02, APPLICATION, 0x09,	   0x01, PHYSICAL, 0x05, 0x09, 0x19,  0x01, 0x29,
	0x03,	 0x15, 0x00, 0x25,	  0x01,	   0x95, 0x03,	   0x75, 0x01, INPUT, 0x95, 0x01,
	0x75,	 0x05, 0x81, 0x01,	  DESKTOP, 0x09, 0x30,	   0x09, 0x31, 0x15,  0x81, 0x25,
	0x7f,	 0x75, 0x08, 0x95,	  0x02,	   0x81, 0x06,	   END,	 END,
};

/* Each is given in memory of just its size, so that a read past the end is seen. */
static int parse(const uint8_t *bytes, size_t size, struct hid_report *ret)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);
	int r;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	r = hid_report_parse(copy, size, ret);
	free(copy);
	return r;
}

static const struct {
	const char *what;
	size_t size;
	uint8_t bytes[64];
	hid_use_set applications, inputs;
	function_set functions;
} cases[] = {
#define CASE(what, applications, inputs, functions, ...)                                           \
	{                                                                                          \
		what, sizeof((const uint8_t[]){ __VA_ARGS__ }), { __VA_ARGS__ }, applications,     \
			inputs, functions                                                          \
	}
	CASE("a security key", HID_FIDO, HID_FIDO, HID, 0x06, 0xd0, 0xf1, 0x09, 0x01, APPLICATION,
	     0x09, 0x20, INPUT, 0x09, 0x21, OUTPUT, END),
	CASE("a security key that types one-time codes", HID_FIDO | HID_KEYBOARD,
	     HID_FIDO | HID_KEYBOARD, HID | KEYBOARD, 0x06, 0xd0, 0xf1, 0x09, 0x01, APPLICATION,
	     0x09, 0x20, INPUT, END, DESKTOP, 0x09, 0x06, APPLICATION, KEYS, 0x19, 0x00, 0x29, 0x65,
	     INPUT, END),
	CASE("media keys", HID_CONSUMER, HID_CONSUMER, HID, 0x05, 0x0c, 0x09, 0x01, APPLICATION,
	     0x19, 0x00, 0x2a, 0xff, 0x03, INPUT, END),
	CASE("a keypad", HID_KEYPAD, HID_KEYBOARD, KEYBOARD, DESKTOP, 0x09, 0x07, APPLICATION, KEYS,
	     0x19, 0x53, 0x29, 0x63, INPUT, END),
	CASE("system control", HID_SYSTEM, HID_OTHER, HID, DESKTOP, 0x09, 0x80, APPLICATION, 0x19,
	     0x81, 0x29, 0x83, INPUT, END),
	CASE("a tablet", HID_TOUCH, HID_TOUCH, HID, 0x05, 0x0d, 0x09, 0x02, APPLICATION, 0x09, 0x42,
	     INPUT, END),
	CASE("a scanner that is no keyboard", HID_SCANNER, HID_SCANNER, HID, 0x05, 0x8c, 0x09, 0x02,
	     APPLICATION, 0x09, 0x12, INPUT, END),
	CASE("a head set", HID_TELEPHONY, HID_TELEPHONY, HID, 0x05, 0x0b, 0x09, 0x05, APPLICATION,
	     0x09, 0x20, INPUT, END),
	CASE("the vendor's own", HID_VENDOR, HID_VENDOR, HID, VENDOR, 0x09, 0x01, APPLICATION, 0x09,
	     0x02, INPUT, END),
	CASE("power of a battery", HID_OTHER, HID_OTHER, HID, 0x05, 0x84, 0x09, 0x04, APPLICATION,
	     0x09, 0x24, INPUT, END),
	CASE("a mouse with keys beside it", HID_POINTER | HID_KEYBOARD, HID_OTHER | HID_KEYBOARD,
	     POINTER | KEYBOARD, DESKTOP, 0x09, 0x02, APPLICATION, 0x09, 0x30, INPUT, END, 0x09,
	     0x06, APPLICATION, KEYS, 0x09, 0x04, INPUT, END),
	/* What follows is not called a keyboard by its collection. */
	CASE("keys in a mouse", HID_POINTER, HID_KEYBOARD, POINTER | KEYBOARD, DESKTOP, 0x09, 0x02,
	     APPLICATION, KEYS, 0x19, 0x00, 0x29, 0x65, INPUT, END),
	CASE("keys in a vendor's collection", HID_VENDOR, HID_KEYBOARD, HID | KEYBOARD, VENDOR,
	     0x09, 0x01, APPLICATION, KEYS, 0x09, 0x28, INPUT, END),
	CASE("keys by usages with their page", HID_POINTER, HID_KEYBOARD, POINTER | KEYBOARD,
	     DESKTOP, 0x09, 0x02, APPLICATION, 0x0b, 0x05, 0x00, 0x07, 0x00, INPUT, END),
	CASE("keys by a range with its page", HID_POINTER, HID_KEYBOARD, POINTER | KEYBOARD,
	     DESKTOP, 0x09, 0x02, APPLICATION, 0x1b, 0x04, 0x00, 0x07, 0x00, 0x2b, 0x1d, 0x00, 0x07,
	     0x00, INPUT, END),
	CASE("keys by a page that comes after them", HID_POINTER, HID_OTHER | HID_KEYBOARD,
	     POINTER | KEYBOARD, DESKTOP, 0x09, 0x02, APPLICATION, 0x19, 0x10, 0x29, 0x20, KEYS,
	     INPUT, END),
	CASE("keys by a page that was left before the field", HID_POINTER,
	     HID_KEYBOARD | HID_VENDOR, POINTER | KEYBOARD, DESKTOP, 0x09, 0x02, APPLICATION, KEYS,
	     0x09, 0x28, VENDOR, INPUT, END),
	CASE("keys by a page that was pushed", HID_POINTER, HID_KEYBOARD, POINTER | KEYBOARD, KEYS,
	     0xa4, DESKTOP, 0x09, 0x02, APPLICATION, 0xb4, 0x09, 0x28, INPUT, END),
	CASE("a range over two pages", HID_POINTER, HID_KEYBOARD, POINTER | KEYBOARD, DESKTOP, 0x09,
	     0x02, APPLICATION, 0x1b, 0x00, 0xff, 0x06, 0x00, 0x2b, 0x04, 0x00, 0x07, 0x00, INPUT,
	     END),
	CASE("a range without a minimum", HID_POINTER,
	     HID_POINTER | HID_GAME | HID_KEYBOARD | HID_KEYPAD | HID_SYSTEM, POINTER | KEYBOARD,
	     DESKTOP, 0x09, 0x02, APPLICATION, KEYS, 0x2b, 0x04, 0x00, 0x07, 0x00, INPUT, END),
	CASE("a range that ends before it begins", HID_POINTER, HID_KEYBOARD, POINTER | KEYBOARD,
	     DESKTOP, 0x09, 0x02, APPLICATION, KEYS, 0x19, 0x03, 0x29, 0x01, INPUT, END),
	CASE("keys in a long item's company", HID_POINTER, HID_KEYBOARD, POINTER | KEYBOARD,
	     DESKTOP, 0x09, 0x02, APPLICATION, 0xfe, 0x02, 0x10, 0xc0, 0xc0, KEYS, 0x09, 0x04,
	     INPUT, END),
	CASE("a keyboard that sends nothing that is a key", HID_KEYBOARD, HID_VENDOR, KEYBOARD,
	     DESKTOP, 0x09, 0x06, APPLICATION, VENDOR, 0x09, 0x01, INPUT, END),
	CASE("a keyboard within a mouse", HID_POINTER | HID_KEYBOARD, HID_OTHER, POINTER | KEYBOARD,
	     DESKTOP, 0x09, 0x02, APPLICATION, 0x09, 0x06, APPLICATION, 0x09, 0x30, INPUT, END,
	     END),
	CASE("a keyboard in a physical collection", HID_KEYBOARD, 0, KEYBOARD, DESKTOP, 0x09, 0x06,
	     PHYSICAL, END),
	/* And these are none. */
	CASE("keys that are only told to it", HID_VENDOR, 0, HID, VENDOR, 0x09, 0x01, APPLICATION,
	     KEYS, 0x09, 0x04, OUTPUT, 0x09, 0x05, FEATURE, END),
	CASE("errors of a keyboard", HID_VENDOR, HID_OTHER, HID, VENDOR, 0x09, 0x01, APPLICATION,
	     KEYS, 0x19, 0x00, 0x29, 0x03, INPUT, END),
};

static void tells_what_it_is(void **state)
{
	(void)state;
	struct hid_report report;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = parse(cases[i].bytes, cases[i].size, &report);

		if (r != 0 || report.applications != cases[i].applications ||
		    report.inputs != cases[i].inputs ||
		    hid_report_functions(&report) != cases[i].functions)
			fail_msg("%s: %d, applications %#x, inputs %#x, functions %#x",
				 cases[i].what, r, report.applications, report.inputs,
				 hid_report_functions(&report));
	}
}

static void knows_the_boot_devices(void **state)
{
	(void)state;
	struct hid_report report;

	assert_int_equal(parse(keyboard, sizeof(keyboard), &report), 0);
	assert_int_equal(report.n_applications, 1);
	assert_true(hid_report_types(&report));
	assert_int_equal(hid_report_functions(&report), KEYBOARD);
	assert_int_equal(parse(mouse, sizeof(mouse), &report), 0);
	assert_false(hid_report_types(&report));
	assert_int_equal(hid_report_functions(&report), POINTER);
}

static void only_a_key_and_nothing_else_is_fido(void **state)
{
	(void)state;
	struct hid_report report;

	assert_int_equal(parse(cases[0].bytes, cases[0].size, &report), 0);
	assert_true(hid_report_is_fido(&report));
	for (size_t i = 1; i < COUNT(cases); i++) {
		assert_int_equal(parse(cases[i].bytes, cases[i].size, &report), 0);
		assert_false(hid_report_is_fido(&report));
	}
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	struct hid_report report = { .n_applications = 77 };

	for (size_t size = 0; size < sizeof(keyboard); size++)
		assert_int_equal(parse(keyboard, size, &report), -EBADMSG);
	for (size_t size = 0; size < sizeof(mouse); size++)
		assert_int_equal(parse(mouse, size, &report), -EBADMSG);
	assert_int_equal(report.n_applications, 77);
}

static void lives_through_every_byte_changed(void **state)
{
	(void)state;
	uint8_t changed[sizeof(keyboard)];
	struct hid_report report;

	for (size_t at = 0; at < sizeof(keyboard); at++) {
		for (unsigned value = 0; value <= UINT8_MAX; value++) {
			memcpy(changed, keyboard, sizeof(keyboard));
			changed[at] = (uint8_t)value;
			if (parse(changed, sizeof(changed), &report) == 0)
				assert_int_not_equal(hid_report_functions(&report), 0);
		}
	}
}

static void refuses_what_is_none(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t size;
		uint8_t bytes[8];
	} table[] = {
		{ "nothing", 0, { 0 } },
		{ "no collection", 4, { DESKTOP, 0x09, 0x06 } },
		{ "an end without a beginning", 1, { END } },
		{ "two ends", 4, { APPLICATION, END, END } },
		{ "a beginning without an end", 2, { APPLICATION } },
		{ "a pop of nothing", 4, { APPLICATION, 0xb4, END } },
		{ "a long item that is cut", 5, { APPLICATION, 0xfe, 0x04, 0x10 } },
		{ "a long item without its length", 3, { APPLICATION, 0xfe } },
	};
	struct hid_report report;

	for (size_t i = 0; i < COUNT(table); i++) {
		if (parse(table[i].bytes, table[i].size, &report) != -EBADMSG)
			fail_msg("%s was taken", table[i].what);
	}
}

static void refuses_what_is_too_much(void **state)
{
	(void)state;
	uint8_t bytes[HID_REPORT_MAX_BYTES + 1];
	struct hid_report report;

	memset(bytes, 0x75, sizeof(bytes));
	assert_int_equal(parse(bytes, sizeof(bytes), &report), -E2BIG);
	for (size_t i = 0; i + 1 < sizeof(bytes); i += 2)
		memcpy(&bytes[i], (const uint8_t[]){ APPLICATION }, 2);
	assert_int_equal(parse(bytes, 2 * (HID_REPORT_MAX_DEPTH + 1), &report), -E2BIG);
	memset(bytes, 0xa4, sizeof(bytes));
	assert_int_equal(parse(bytes, HID_REPORT_MAX_DEPTH + 1, &report), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_it_is),
		cmocka_unit_test(knows_the_boot_devices),
		cmocka_unit_test(only_a_key_and_nothing_else_is_fido),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(lives_through_every_byte_changed),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(refuses_what_is_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
