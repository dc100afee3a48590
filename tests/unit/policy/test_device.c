#include "cmocka_test.h"

#include <errno.h>
#include <stdlib.h>

#include <sodium.h>

#include "policy/device.h"
#include "policy/text.h"
#include "usb.h"

static function_set functions_at(const struct device *device, uint8_t config, uint8_t number)
{
	for (size_t i = 0; i < device->n_interfaces; i++)
		if (device->interfaces[i].config == config &&
		    device->interfaces[i].number == number)
			return device->interfaces[i].functions;
	fail();
	return 0;
}

static void merges_alternates(void **state)
{
	(void)state;
	struct usb usb;
	struct device device = { .serial = "kept", .port = "1-2", .n_interfaces = 9 };
	uint8_t digest[32];

	usb_device(&usb, 0x18d1, 0x4ee1, 2);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 0, 3, 1, 1);
	usb_interface(&usb, 1, 0, 6, 1, 1);
	usb_interface(&usb, 0, 1, 8, 6, 0x50);
	usb_config(&usb, 2);
	usb_interface(&usb, 0, 0, 9, 0, 0);
	assert_int_equal(device_from_descriptors(&device, usb.bytes, usb.size), 0);

	assert_int_equal(device.n_interfaces, 3);
	assert_int_equal(functions_at(&device, 1, 0),
			 FUNCTION_BIT(FUNCTION_KEYBOARD) | FUNCTION_BIT(FUNCTION_STORAGE));
	assert_int_equal(functions_at(&device, 1, 1), FUNCTION_BIT(FUNCTION_PHONE));
	assert_int_equal(functions_at(&device, 2, 0), FUNCTION_BIT(FUNCTION_HUB));
	assert_int_equal(device.interfaces[0].class, 3);
	assert_int_equal(device.interfaces[0].protocol, 1);
	assert_int_equal(device_functions(&device),
			 FUNCTION_BIT(FUNCTION_KEYBOARD) | FUNCTION_BIT(FUNCTION_STORAGE) |
				 FUNCTION_BIT(FUNCTION_PHONE) | FUNCTION_BIT(FUNCTION_HUB));
	assert_int_equal(device.vendor, 0x18d1);
	assert_int_equal(device.product, 0x4ee1);
	assert_int_equal(device.release, 0x0201);
	crypto_hash_sha256(digest, usb.bytes, usb.size);
	assert_memory_equal(device.digest, digest, sizeof(digest));
	assert_string_equal(device.serial, "kept");
	assert_string_equal(device.port, "1-2");
}

/* Two interfaces; what the second, of class CDC data, is for. */
static function_set data_after(uint8_t class, uint8_t subclass, uint8_t protocol)
{
	struct usb usb;
	struct device device = { 0 };

	usb_device(&usb, 1, 2, 1);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 0, class, subclass, protocol);
	usb_interface(&usb, 1, 0, 0x0a, 0, 0);
	usb_interface(&usb, 1, 1, 0x0a, 0, 0);
	assert_int_equal(device_from_descriptors(&device, usb.bytes, usb.size), 0);
	return functions_at(&device, 1, 1);
}

static void cdc_data_is_for_what_its_control_interface_is(void **state)
{
	(void)state;
	assert_int_equal(data_after(2, 2, 1), FUNCTION_BIT(FUNCTION_SERIAL));
	assert_int_equal(data_after(2, 2, 0xff), FUNCTION_BIT(FUNCTION_NETWORK));
	assert_int_equal(data_after(2, 6, 0), FUNCTION_BIT(FUNCTION_NETWORK));
	assert_int_equal(data_after(0xe0, 1, 3), FUNCTION_BIT(FUNCTION_NETWORK));
	assert_int_equal(data_after(3, 1, 1), FUNCTION_BIT(FUNCTION_OTHER));
	assert_int_equal(data_after(8, 6, 0x50), FUNCTION_BIT(FUNCTION_OTHER));
	assert_int_equal(data_after(0x0a, 0, 0), FUNCTION_BIT(FUNCTION_OTHER));
}

static void cdc_data_looks_in_its_own_configuration(void **state)
{
	(void)state;
	struct usb usb;
	struct device device = { 0 };

	usb_device(&usb, 1, 2, 2);
	usb_config(&usb, 1);
	usb_interface(&usb, 0, 0, 2, 6, 0);
	usb_config(&usb, 2);
	usb_interface(&usb, 0, 0, 0x0a, 0, 0);
	assert_int_equal(device_from_descriptors(&device, usb.bytes, usb.size), 0);
	assert_int_equal(functions_at(&device, 2, 0), FUNCTION_BIT(FUNCTION_OTHER));
}

static void failure_changes_nothing(void **state)
{
	(void)state;
	struct usb usb;
	struct device device, before;

	memset(&device, 0x5a, sizeof(device));
	before = device;
	usb_device(&usb, 1, 2, 1);
	usb_config(&usb, 1);
	for (int i = 0; i <= DEVICE_MAX_INTERFACES; i++)
		usb_interface(&usb, (uint8_t)i, 0, 8, 6, 0x50);
	assert_int_equal(device_from_descriptors(&device, usb.bytes, usb.size), -E2BIG);
	assert_memory_equal(&device, &before, sizeof(device));
	assert_int_equal(device_from_descriptors(&device, usb.bytes, usb.size - 1), -EBADMSG);
	assert_memory_equal(&device, &before, sizeof(device));
	assert_int_equal(device_from_descriptors(&device, usb.bytes, usb.size - 16), 0);
	assert_int_equal(device.n_interfaces, DEVICE_MAX_INTERFACES);
}

static void media_key(void **state)
{
	(void)state;
	uint8_t key[DEVICE_KEY_SIZE], other[DEVICE_KEY_SIZE];
	char hex[2 * DEVICE_KEY_SIZE + 1];

	/* printf 'devgate media 1\0usb\0000951\0001666\000E0D55EA573F4F461A9D3' | b2sum -l 128 */
	device_media_key(0x0951, 0x1666, "E0D55EA573F4F461A9D3", key);
	text_hex(key, sizeof(key), hex);
	assert_string_equal(hex, "6e6b5a78cff089d3b5acaffc2b5c49cf");

	static const struct {
		uint16_t vendor, product;
		const char *serial;
	} others[] = {
		{ 0x0952, 0x1666, "E0D55EA573F4F461A9D3" },
		{ 0x0951, 0x1667, "E0D55EA573F4F461A9D3" },
		{ 0x0951, 0x1666, "e0d55ea573f4f461a9d3" },
		{ 0x0951, 0x1666, "E0D55EA573F4F461A9D3 " },
		{ 0x0951, 0x1666, "E0D55EA573F4F461A9D" },
		{ 0x0951, 0x1666, "E0D55EA573F4F461A9D3\xff" },
	};
	for (size_t i = 0; i < COUNT(others); i++) {
		device_media_key(others[i].vendor, others[i].product, others[i].serial, other);
		assert_memory_not_equal(key, other, sizeof(key));
	}
	/* printf 'devgate media 1\0nvme\0001b36\0000010\000NV-1' | b2sum -l 128 */
	device_claim_key(&(struct device_claim){ BUS_NVME, 0x1b36, 0x0010, "NV-1" }, key);
	text_hex(key, sizeof(key), hex);
	assert_string_equal(hex, "102c481f49b3b6a5ec10eed84df5b0e9");
}

static void connect_types(void **state)
{
	(void)state;
	for (int c = 0; c < _CONNECT_MAX; c++)
		assert_int_equal(connect_type_from_text(connect_type_to_text((enum connect_type)c)),
				 c);
	assert_int_equal(connect_type_from_text("hot-plug"), -EINVAL);
}

static void what_does_not_show_ends_no_text(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t size;
	} table[] = {
		{ "", 0 },	{ "A", 1 },
		{ "A\t", 1 },	{ "A\b\t\n\r", 1 },
		{ "A ", 2 },	{ "A\tB", 3 },
		{ "\tA\n", 2 }, { "\t\n", 0 },
		{ "A\v", 2 },	{ "\xe7\xa2\x9f\n", 3 },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(device_text_size(table[i].text), table[i].size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_alternates),
		cmocka_unit_test(cdc_data_is_for_what_its_control_interface_is),
		cmocka_unit_test(cdc_data_looks_in_its_own_configuration),
		cmocka_unit_test(failure_changes_nothing),
		cmocka_unit_test(media_key),
		cmocka_unit_test(connect_types),
		cmocka_unit_test(what_does_not_show_ends_no_text),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
