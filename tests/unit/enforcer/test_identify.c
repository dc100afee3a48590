/* What a device says of itself in sysfs, also where it lies. */
#include "workstation.h"

#include "agent/enforcer/identify.h"

static void test_identify(void **state)
{
	struct device device;
	int fd = -1;

	(void)state;
	fake_plug(&fake, "1-2", "AB 12", &FAKE_STORAGE, 1);
	fake_mkdir(&fake, "devices/usb1/1-0:1.0/usb1-port2");
	fake_set(&fake, "devices/usb1/1-0:1.0/usb1-port2", "connect_type", "hotplug");
	fd = openat(fake.fd, DEVICE, O_PATH | O_CLOEXEC);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_int_equal(device.vendor, 0x0951);
	assert_int_equal(device.product, 0x1666);
	assert_int_equal(device.release, 0x0100);
	assert_true(device.has_serial);
	assert_string_equal(device.serial, "AB 12");
	assert_string_equal(device.manufacturer, "Maker");
	assert_string_equal(device.name, "Thing");
	assert_string_equal(device.port, "1-2");
	assert_int_equal(device.connect, CONNECT_HOTPLUG);
	assert_int_equal(device.speed_mbps, 480);
	assert_int_equal(device.n_interfaces, 1);
	close(fd);
}

/* A device's own hash, and that of what it hangs on: a root hub, or a hub that is known. */
static void test_usbguard_hashes(void **state)
{
	const struct fake_interface hub = { 1, 0, 0x09, 0, 0 };
	const struct usbdev *outer, *inner;
	uint8_t blob[64];
	size_t size = fake_descriptors(0x1d6b, 2, &hub, 1, blob);

	(void)state;
	fake_set(&fake, "devices/usb1", "idVendor", "1d6b");
	fake_set(&fake, "devices/usb1", "idProduct", "0002");
	fake_set(&fake, "devices/usb1", "serial", "0000:00:14.0");
	fake_write(&fake, "devices/usb1/descriptors", blob, size);
	fake_plug(&fake, "1-2", NULL, &hub, 1);
	judge_arrival(enforcer, "1-2");
	fake_plug(&fake, "1-2.3", "AB12", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-2.3");
	outer = devices_find(&enforcer->devices, "1-2");
	inner = devices_find(&enforcer->devices, "1-2.3");
	assert_true(outer->device.has_usbguard_hash && outer->device.has_usbguard_parent_hash);
	assert_true(inner->device.has_usbguard_hash && inner->device.has_usbguard_parent_hash);
	assert_memory_equal(inner->device.usbguard_parent_hash, outer->device.usbguard_hash,
			    DEVICE_USBGUARD_HASH_SIZE);
	assert_memory_not_equal(outer->device.usbguard_parent_hash, outer->device.usbguard_hash,
				DEVICE_USBGUARD_HASH_SIZE);

	/* A root hub is read once; another one in its place is read, too. */
	unlinkat(fake.fd, "devices/usb1/descriptors", 0);
	fake_plug(&fake, "1-4", "CD34", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-4");
	outer = devices_find(&enforcer->devices, "1-4");
	assert_true(outer->device.has_usbguard_hash && outer->device.has_usbguard_parent_hash);
	assert_int_equal(renameat(fake.fd, "devices/usb1", fake.fd, "devices/usb1-before"), 0);
	assert_int_equal(mkdirat(fake.fd, "devices/usb1", 0755), 0);
	fake_plug(&fake, "1-5", "EF56", &FAKE_STORAGE, 1);
	judge_arrival(enforcer, "1-5");
	outer = devices_find(&enforcer->devices, "1-5");
	assert_true(outer->device.has_usbguard_hash);
	assert_false(outer->device.has_usbguard_parent_hash);
}

static void test_identify_hostile(void **state)
{
	char text[DEVICE_TEXT_SIZE + 10];
	struct device device;
	uint8_t blob[64];
	size_t size = fake_descriptors(0x0951, 0x1666, &FAKE_STORAGE, 1, blob);
	int fd;

	(void)state;
	fake_plug(&fake, "1-2", NULL, &FAKE_STORAGE, 1);
	fd = openat(fake.fd, DEVICE, O_PATH | O_CLOEXEC);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_false(device.has_serial);

	memset(text, 'x', sizeof(text));
	text[DEVICE_TEXT_SIZE - 1] = '\n'; /* as long as a string can be */
	fake_write(&fake, DEVICE "/serial", text, DEVICE_TEXT_SIZE);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_int_equal(strlen(device.serial), DEVICE_TEXT_SIZE - 1);
	fake_write(&fake, DEVICE "/serial", text, sizeof(text));
	assert_int_equal(identify(fd, "1-2", &device), -E2BIG);
	fake_write(&fake, DEVICE "/serial", "x\ny\n", 4);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_string_equal(device.serial, "x\ny");
	fake_write(&fake, DEVICE "/serial", "x\t\r\n\n", 5);
	fake_write(&fake, DEVICE "/product", "\b\n", 2);
	assert_int_equal(identify(fd, "1-2", &device), 0);
	assert_string_equal(device.serial, "x");
	assert_string_equal(device.name, "");

	for (size_t cut = 0; cut < size; cut++) {
		int r;

		fake_write(&fake, DEVICE "/descriptors", blob, cut);
		r = identify(fd, "1-2", &device);
		assert_true(r < 0 || device.n_interfaces == 0);
		assert_int_equal(device.vendor, 0x0951); /* still to be told in the record */
	}
	unlinkat(fake.fd, DEVICE "/descriptors", 0);
	assert_int_equal(identify(fd, "1-2", &device), -ENOENT);
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identify),
		TEST(test_usbguard_hashes),
		TEST(test_identify_hostile),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
