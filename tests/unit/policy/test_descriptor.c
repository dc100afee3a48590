#include "cmocka_test.h"

#include <errno.h>
#include <stdlib.h>

#include "policy/descriptor.h"
#include "usb.h"

/* On a heap block of exactly that size, so that the sanitiser sees a read past it. */
static int parse_exactly(const uint8_t *bytes, size_t size, struct descriptor *ret)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	int r = descriptor_parse(copy, size, ret);
	free(copy);
	return r;
}

static void composite(struct usb *usb)
{
	usb_device(usb, 0x1d6b, 0x0104, 2);
	usb_config(usb, 1);
	usb_raw(usb, (const uint8_t[]){ 8, 11, 0, 2, 2, 2, 1, 0 }, 8); /* association */
	usb_interface(usb, 0, 0, 8, 6, 0x50);
	usb_interface(usb, 0, 1, 8, 6, 0x62);
	usb_interface(usb, 7, 0, 3, 1, 1); /* beyond bNumInterfaces, which the kernel binds */
	usb_config(usb, 2);
	usb_interface(usb, 0, 0, 2, 6, 0);
}

static void reads_every_interface(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor d;

	composite(&usb);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), 0);
	assert_int_equal(d.vendor, 0x1d6b);
	assert_int_equal(d.product, 0x0104);
	assert_int_equal(d.release, 0x0201);
	assert_int_equal(d.configs, 2);
	assert_int_equal(d.n_interfaces, 4);

	static const struct descriptor_interface wanted[] = {
		{ 1, 0, 0, 8, 6, 0x50 },
		{ 1, 0, 1, 8, 6, 0x62 },
		{ 1, 7, 0, 3, 1, 1 },
		{ 2, 0, 0, 2, 6, 0 },
	};
	assert_memory_equal(d.interfaces, wanted, sizeof(wanted));
}

/* A cut inside a descriptor is malformed; one between two gives a prefix, and only if no
 * configuration is missing. */
static void every_truncation(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor whole, d;

	composite(&usb);
	assert_int_equal(descriptor_parse(usb.bytes, usb.size, &whole), 0);
	for (size_t size = 0; size < usb.size; size++) {
		size_t boundary = 18, configs = 0;

		while (boundary < size) {
			configs += usb.bytes[boundary + 1] == 2;
			boundary += usb.bytes[boundary];
		}
		const bool good = size == boundary && configs == 2;
		assert_int_equal(parse_exactly(usb.bytes, size, &d), good ? 0 : -EBADMSG);
		if (!good)
			continue;
		assert_true(d.n_interfaces <= whole.n_interfaces);
		assert_memory_equal(d.interfaces, whole.interfaces,
				    d.n_interfaces * sizeof(d.interfaces[0]));
	}
}

static void every_byte_changed(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor d;

	composite(&usb);
	for (size_t at = 0; at < usb.size; at++) {
		const uint8_t before = usb.bytes[at];

		for (int value = 0; value < 256; value++) {
			usb.bytes[at] = (uint8_t)value;
			int r = parse_exactly(usb.bytes, usb.size, &d);

			assert_true(r == 0 || r == -EBADMSG);
			if (r == 0)
				assert_in_range(d.n_interfaces, 1, 6);
		}
		usb.bytes[at] = before;
	}
}

static void malformed(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor d;
	static const struct {
		size_t at;
		uint8_t value;
	} table[] = {
		{ 0, 0 },   { 0, 17 }, { 0, 19 }, /* length of the device descriptor */
		{ 1, 2 },			  /* its type */
		{ 17, 0 },  { 17, 2 },		  /* configurations claimed */
		{ 18, 0 },  { 18, 1 }, { 18, 8 }, /* length of the configuration descriptor */
		{ 19, 4 },			  /* an interface outside of a configuration */
		{ 19, 11 },			  /* anything else before the first */
		{ 27, 0 },  { 27, 1 }, { 27, 8 }, /* length of the interface descriptor */
		{ 36, 0 },  { 36, 1 }, { 36, 8 }, /* the endpoint's: the last one */
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		usb_stick(&usb);
		usb.bytes[table[i].at] = table[i].value;
		assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), -EBADMSG);
	}
}

/* Too short for what it says it is, and all the rest in its place. */
static void short_descriptors(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor d;

	usb_device(&usb, 1, 2, 1);
	usb_config(&usb, 1);
	usb_raw(&usb, (const uint8_t[]){ 8, 4, 0, 0, 1, 8, 6, 0x50 }, 8);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), -EBADMSG);
	usb_interface(&usb, 1, 0, 3, 1, 1);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), -EBADMSG);

	usb_device(&usb, 1, 2, 1);
	usb_raw(&usb, (const uint8_t[]){ 8, 2, 9, 0, 1, 1, 0, 0x80 }, 8);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), -EBADMSG);
	usb_interface(&usb, 0, 0, 3, 1, 1);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), -EBADMSG);
}

/* The kernel passes over a configuration descriptor inside a configuration, and gives the
 * interfaces after it to the one that goes on.  Believed, it would hide storage in a configuration
 * that is not. */
static void a_hidden_configuration_is_refused(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor d;

	usb_device(&usb, 0x0951, 0x1666, 1);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 1, 3, 1, 1);
	usb_config(&usb, 2);
	usb_interface(&usb, 0, 0, 8, 6, 0x50);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), -EBADMSG);
	usb.bytes[17] = 2;
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), 0);
}

static void a_configuration_without_interfaces_is_good(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor d;

	usb_device(&usb, 1, 2, 1);
	usb_config(&usb, 1);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), 0);
	assert_int_equal(d.n_interfaces, 0);
	assert_int_equal(d.configs, 1);
}

static void limits(void **state)
{
	(void)state;
	struct usb usb;
	struct descriptor d;

	usb_device(&usb, 1, 2, 1);
	usb_config(&usb, 1);
	for (int i = 0; i < DESCRIPTOR_MAX_INTERFACES; i++)
		usb_interface(&usb, (uint8_t)i, 0, 8, 6, 0x50);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), 0);
	assert_int_equal(d.n_interfaces, DESCRIPTOR_MAX_INTERFACES);
	usb_interface(&usb, 0, 1, 8, 6, 0x50);
	assert_int_equal(parse_exactly(usb.bytes, usb.size, &d), -E2BIG);

	uint8_t *large = calloc(1, DESCRIPTOR_MAX_BYTES + 1);
	assert_non_null(large);
	usb_stick(&usb);
	memcpy(large, usb.bytes, usb.size);
	size_t at = usb.size;
	for (; DESCRIPTOR_MAX_BYTES - at > 255 + 2; at += 255)
		large[at] = 255;
	large[at] = (uint8_t)((DESCRIPTOR_MAX_BYTES - at) / 2);
	at += large[at];
	large[at] = (uint8_t)(DESCRIPTOR_MAX_BYTES - at);
	assert_int_equal(descriptor_parse(large, DESCRIPTOR_MAX_BYTES, &d), 0);
	assert_int_equal(descriptor_parse(large, DESCRIPTOR_MAX_BYTES + 1, &d), -E2BIG);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_interface),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(malformed),
		cmocka_unit_test(short_descriptors),
		cmocka_unit_test(a_hidden_configuration_is_refused),
		cmocka_unit_test(a_configuration_without_interfaces_is_good),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
