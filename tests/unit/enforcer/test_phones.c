/* Phones that only the hardware database knows; the database is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libudev.h>
#include <stdbool.h>
#include <string.h>

#include "agent/enforcer/phones.h"

static bool there; /* a database */
static const char *asked, *wanted, *name, *value;
static char asked_text[64];

struct udev_hwdb *udev_hwdb_new(struct udev *udev)
{
	(void)udev;
	return there ? (struct udev_hwdb *)asked_text : NULL;
}

struct udev_hwdb *udev_hwdb_unref(struct udev_hwdb *hwdb)
{
	(void)hwdb;
	return NULL;
}

struct udev_list_entry *udev_hwdb_get_properties_list_entry(struct udev_hwdb *hwdb,
							    const char *modalias, unsigned flags)
{
	(void)hwdb;
	(void)flags;
	strncpy(asked_text, modalias, sizeof(asked_text) - 1);
	asked = asked_text;
	return strncmp(modalias, wanted, strlen(wanted)) == 0 ? (struct udev_list_entry *)&name
							      : NULL;
}

struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry)
{
	(void)entry;
	return NULL;
}

const char *udev_list_entry_get_name(struct udev_list_entry *entry)
{
	(void)entry;
	return name;
}

const char *udev_list_entry_get_value(struct udev_list_entry *entry)
{
	(void)entry;
	return value;
}

static int setup(void **state)
{
	(void)state;
	there = true;
	asked = NULL;
	wanted = "usb:v04E8p6860";
	name = "ID_MTP_DEVICE";
	value = "1";
	return 0;
}

/* Vendor class, a card reader, and a setting of both vendor class and network. */
static const struct device phone = {
	.vendor = 0x04e8,
	.product = 0x6860,
	.release = 0x0400,
	.n_interfaces = 3,
	.interfaces = { { .functions = FUNCTION_BIT(FUNCTION_VENDOR) },
			{ .functions = FUNCTION_BIT(FUNCTION_STORAGE) },
			{ .functions = FUNCTION_BIT(FUNCTION_VENDOR) |
				       FUNCTION_BIT(FUNCTION_NETWORK) } },
};

static void assert_functions(const struct device *device, function_set first, function_set third)
{
	assert_int_equal(device->interfaces[0].functions, first);
	assert_int_equal(device->interfaces[1].functions, FUNCTION_BIT(FUNCTION_STORAGE));
	assert_int_equal(device->interfaces[2].functions, third | FUNCTION_BIT(FUNCTION_NETWORK));
}

static void test_known_is_a_phone(void **state)
{
	static const char *const names[] = { "ID_MTP_DEVICE", "ID_MEDIA_PLAYER", "ID_GPHOTO2",
					     "ID_PDA" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct device device = phone;

		name = names[i];
		phones_mark(&device);
		assert_string_equal(asked, "usb:v04E8p6860d0400");
		assert_functions(&device, FUNCTION_BIT(FUNCTION_PHONE),
				 FUNCTION_BIT(FUNCTION_PHONE));
	}
}

static void assert_unchanged(void)
{
	struct device device = phone;

	phones_mark(&device);
	assert_functions(&device, FUNCTION_BIT(FUNCTION_VENDOR), FUNCTION_BIT(FUNCTION_VENDOR));
}

static void test_unknown_stays_the_makers_own(void **state)
{
	(void)state;
	wanted = "usb:v04E8p6861";
	assert_unchanged();
	assert_non_null(asked);
}

static void test_other_properties_do_not_count(void **state)
{
	(void)state;
	name = "ID_VENDOR_FROM_DATABASE";
	value = "Samsung";
	assert_unchanged();
	name = "ID_MTP_DEVICE";
	value = "0";
	assert_unchanged();
	value = NULL;
	assert_unchanged();
}

static void test_no_database(void **state)
{
	(void)state;
	there = false;
	assert_unchanged();
	assert_null(asked);
}

static void test_not_asked_without_vendor_class(void **state)
{
	struct device device = phone;

	(void)state;
	device.interfaces[0].functions = FUNCTION_BIT(FUNCTION_PHONE);
	device.n_interfaces = 2;
	phones_mark(&device);
	assert_null(asked);
	assert_int_equal(device.interfaces[0].functions, FUNCTION_BIT(FUNCTION_PHONE));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_known_is_a_phone),
		TEST(test_unknown_stays_the_makers_own),
		TEST(test_other_properties_do_not_count),
		TEST(test_no_database),
		TEST(test_not_asked_without_vendor_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
