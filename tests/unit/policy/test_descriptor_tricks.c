/* What devices that lie look like to the one who judges: tests/vm/scenarios/70-tricks.sh shows the
 * same bytes to a kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "policy/device.h"
#include "usb.h"

static function_set functions_at(const struct device *device, uint8_t config, uint8_t number)
{
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct device_interface *it = &device->interfaces[i];

		if (it->config == config && it->number == number)
			return it->functions;
	}
	return 0;
}

static bool is_storage(const struct device *device, uint8_t config, uint8_t number)
{
	return (functions_at(device, config, number) & FUNCTION_BIT(FUNCTION_STORAGE)) != 0;
}

static void make(const struct usb *usb, struct device *ret)
{
	*ret = (struct device){ 0 };
	assert_int_equal(device_from_descriptors(ret, usb->bytes, usb->size), 0);
}

static void refuse(const struct usb *usb, int error)
{
	struct device device = { 0 };

	assert_int_equal(device_from_descriptors(&device, usb->bytes, usb->size), error);
}

/* bNumInterfaces is 0 in every configuration of usb_config(). */
static void an_interface_beyond_those_announced(void **state)
{
	struct device device;
	struct usb usb;

	(void)state;
	usb_device(&usb, 0x0951, 0x1666, 1);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 0, 3, 1, 1);
	usb_interface(&usb, 1, 0, 8, 6, 0x50);
	make(&usb, &device);
	assert_true(is_storage(&device, 1, 1));
	assert_false(is_storage(&device, 1, 0));
}

static void thirty_interfaces(void **state)
{
	struct device device;
	struct usb usb;

	(void)state;
	usb_device(&usb, 0x0951, 0x1666, 1);
	usb_config(&usb, 1);
	for (uint8_t i = 0; i < 30; i++)
		usb_interface(&usb, i, 0, i == 29 ? 8 : 0xff, 6, 0x50);
	make(&usb, &device);
	assert_int_equal(device.n_interfaces, 30);
	assert_true(is_storage(&device, 1, 29));
}

static void every_configuration_counts(void **state)
{
	struct device device;
	struct usb usb;

	(void)state;
	usb_device(&usb, 0x0951, 0x1666, 5);
	for (uint8_t i = 1; i <= 5; i++) {
		usb_config(&usb, i);
		usb_interface(&usb, 0, 0, i == 4 ? 8 : 0xff, 6, 0x50);
	}
	make(&usb, &device);
	for (uint8_t i = 1; i <= 5; i++)
		assert_int_equal(is_storage(&device, i, 0), i == 4);
}

/* Two configurations of one number: an interface of either is what both say. */
static void configurations_of_one_number(void **state)
{
	struct device device;
	struct usb usb;

	(void)state;
	usb_device(&usb, 0x0951, 0x1666, 2);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 0, 3, 1, 1);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 0, 8, 6, 0x50);
	make(&usb, &device);
	assert_int_equal(device.n_interfaces, 1);
	assert_int_equal(functions_at(&device, 1, 0),
			 FUNCTION_BIT(FUNCTION_KEYBOARD) | FUNCTION_BIT(FUNCTION_STORAGE));
}

static void the_same_interface_twice(void **state)
{
	struct device device;
	struct usb usb;

	(void)state;
	usb_device(&usb, 0x0951, 0x1666, 1);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 0, 3, 1, 1);
	usb_interface(&usb, 0, 0, 8, 6, 0x50);
	make(&usb, &device);
	assert_true(is_storage(&device, 1, 0));
}

/* The kernel takes the inner one for nothing, and the interface after it for one of the outer. */
static void a_configuration_in_a_configuration(void **state)
{
	struct usb usb;

	(void)state;
	usb_device(&usb, 0x0951, 0x1666, 1);
	usb_config(&usb, 1);
	usb_config(&usb, 2);
	usb_interface(&usb, 0, 0, 8, 6, 0x50);
	refuse(&usb, -EBADMSG);
}

/* Interfaces hidden behind a descriptor of no length are not there for the kernel, and nor is the
 * device for us. */
static void lengths_that_end_nowhere(void **state)
{
	(void)state;
	for (uint8_t length = 0; length < 2; length++) {
		struct usb usb;

		usb_stick(&usb);
		usb.bytes[27] = length;
		refuse(&usb, -EBADMSG);
	}
}

static void more_than_can_be_judged(void **state)
{
	struct usb usb;

	(void)state;
	usb_device(&usb, 0x0951, 0x1666, 1);
	usb_config(&usb, 1);
	for (unsigned i = 0; i <= DEVICE_MAX_INTERFACES; i++)
		usb_interface(&usb, (uint8_t)i, 0, 3, 1, 1);
	refuse(&usb, -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_beyond_those_announced),
		cmocka_unit_test(thirty_interfaces),
		cmocka_unit_test(every_configuration_counts),
		cmocka_unit_test(configurations_of_one_number),
		cmocka_unit_test(the_same_interface_twice),
		cmocka_unit_test(a_configuration_in_a_configuration),
		cmocka_unit_test(lengths_that_end_nowhere),
		cmocka_unit_test(more_than_can_be_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
