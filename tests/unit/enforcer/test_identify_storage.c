/* What a card, a drive and a disk say they are, from the files of sysfs that the kernel fills with
 * what they said; and what they say that is not so. */
#include "fake.h"

#include "agent/enforcer/identify_storage.h"
#include "agent/enforcer/sysfs.h"

#define CARD  "devices/mmc_host/mmc0/mmc0:aaaa"
#define DRIVE "devices/ata2/host1/target1:0:0/1:0:0:0"
#define NVME  "devices/0000:01:00.0/nvme/nvme0"

typedef int identify_step(int device_fd, const struct place *place, struct device *ret);

static struct fake fake;

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	fake_mkdir(&fake, CARD);
	fake_mkdir(&fake, DRIVE);
	fake_mkdir(&fake, NVME);
	fake_run(&fake, "ln -s ../../../0000:01:00.0 " NVME "/device");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_finish(&fake);
	return 0;
}

static int identify_at(identify_step *step, enum bus bus, const char *path, struct device *ret)
{
	struct place place = { .bus = bus, .connect = CONNECT_HOTPLUG };
	int fd, r;

	snprintf(place.port, sizeof(place.port), "port");
	snprintf(place.path, sizeof(place.path), "%s", path);
	assert_int_equal(sysfs_open(fake.fd, path, &fd), 0);
	memset(ret, 0xff, sizeof(*ret));
	r = step(fd, &place, ret);
	close(fd);
	assert_int_equal(ret->bus, bus);
	assert_string_equal(ret->port, "port");
	assert_int_equal(ret->connect, CONNECT_HOTPLUG);
	assert_int_equal(ret->n_interfaces, 1);
	assert_int_equal(device_functions(ret), FUNCTION_BIT(FUNCTION_STORAGE));
	assert_int_equal(ret->interfaces[0].config, 0);
	assert_int_equal(ret->n_triples, 0);
	return r;
}

static void set_card(const char *serial)
{
	fake_set(&fake, CARD, "manfid", "0x000027");
	fake_set(&fake, CARD, "oemid", "0x5048");
	fake_set(&fake, CARD, "name", "SD32G");
	fake_set(&fake, CARD, "serial", serial);
	fake_set(&fake, CARD, "fwrev", "0x1");
	fake_set(&fake, CARD, "cid", "27504853443332471012345678014c00");
	fake_set(&fake, CARD, "csd", "400e00325b590000e8677f800a400000");
}

static void test_card(void **state)
{
	struct device card, other;

	(void)state;
	set_card("0x12345678");
	assert_int_equal(identify_at(identify_card, BUS_MMC, CARD, &card), 0);
	assert_int_equal(card.vendor, 0x27);
	assert_int_equal(card.product, 0x5048);
	assert_int_equal(card.release, 1);
	assert_string_equal(card.name, "SD32G");
	assert_string_equal(card.manufacturer, "");
	assert_true(card.has_serial);
	assert_string_equal(card.serial, "0x12345678");
	/* Another capacity is another card, whatever its CID. */
	fake_set(&fake, CARD, "csd", "400e00325b590000e8677f800a400001");
	assert_int_equal(identify_at(identify_card, BUS_MMC, CARD, &other), 0);
	assert_memory_not_equal(card.digest, other.digest, DEVICE_DIGEST_SIZE);
	/* and what moves from one register to the other does not cancel out */
	fake_set(&fake, CARD, "cid", "27504853443332471012345678014c004");
	fake_set(&fake, CARD, "csd", "00e00325b590000e8677f800a400000");
	assert_int_equal(identify_at(identify_card, BUS_MMC, CARD, &other), 0);
	assert_memory_not_equal(card.digest, other.digest, DEVICE_DIGEST_SIZE);
}

static void test_card_without_a_serial(void **state)
{
	struct device card;

	(void)state;
	set_card("0x00000000");
	assert_int_equal(identify_at(identify_card, BUS_MMC, CARD, &card), 0);
	assert_false(card.has_serial);
	assert_string_equal(card.serial, "");
}

/* A card that is leaving: what is left of it is not an identity. */
static void test_card_without_anything(void **state)
{
	struct device card;

	(void)state;
	assert_int_equal(identify_at(identify_card, BUS_MMC, CARD, &card), 0);
	assert_false(card.has_serial);
	assert_int_equal(card.vendor, 0);
}

static void set_page(const char *name, const void *bytes, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), DRIVE "/%s", name);
	fake_write(&fake, path, bytes, size);
}

static void test_drive(void **state)
{
	static const char serial[] = "\0\x80\0\x14            WD-WX123";
	static const char model[] = "WDC WD5000AAKX-00ER3AB0                 ";
	struct device drive;
	char page[512] = { 0 };

	(void)state;
	fake_set(&fake, DRIVE, "vendor", "ATA     ");
	fake_set(&fake, DRIVE, "model", "WDC WD5000AAKX-0");
	set_page("inquiry", "\0\0\5\2", 4);
	assert_int_equal(identify_at(identify_drive, BUS_ATA, DRIVE, &drive), 0);
	assert_string_equal(drive.manufacturer, "ATA");
	assert_string_equal(drive.name, "WDC WD5000AAKX-0");
	assert_false(drive.has_serial);
	set_page("vpd_pg80", serial, sizeof(serial) - 1);
	for (size_t i = 0; i < 40; i++) /* words, the second character first */
		page[114 + (i ^ 1)] = model[i];
	set_page("vpd_pg89", page, sizeof(page));
	assert_int_equal(identify_at(identify_drive, BUS_ATA, DRIVE, &drive), 0);
	assert_true(drive.has_serial);
	assert_string_equal(drive.serial, "WD-WX123");
	assert_string_equal(drive.name, "WDC WD5000AAKX-00ER3AB0");
}

/* Pages that end anywhere, and have a NUL or what does not show in them. */
static void test_hostile_pages(void **state)
{
	static const char serial[] = "\0\x80\0\x06"
				     "ab\x1b\n\xff\0cd";
	struct device drive;
	char page[512];

	(void)state;
	memset(page, 'x', sizeof(page));
	for (size_t size = 0; size < 160; size++) {
		set_page("vpd_pg80", serial, size < sizeof(serial) ? size : sizeof(serial));
		set_page("vpd_pg89", page, size);
		assert_int_equal(identify_at(identify_drive, BUS_ATA, DRIVE, &drive), 0);
		assert_int_equal(drive.has_serial, size > 4);
		assert_int_equal(strlen(drive.name), size < 154 ? 0 : 40);
	}
	assert_string_equal(drive.serial, "ab\x1b\n\xff");
	/* longer than any text of a device, and than any page */
	memset(page, 'y', sizeof(page));
	set_page("vpd_pg80", page, sizeof(page));
	assert_int_equal(identify_at(identify_drive, BUS_ATA, DRIVE, &drive), -E2BIG);
	fake_run(&fake, "head -c 5000 /dev/zero >" DRIVE "/vpd_pg80");
	assert_int_equal(identify_at(identify_drive, BUS_ATA, DRIVE, &drive), -E2BIG);
}

static void test_nvme(void **state)
{
	struct device nvme, other;

	(void)state;
	fake_set(&fake, "devices/0000:01:00.0", "vendor", "0x1b36");
	fake_set(&fake, "devices/0000:01:00.0", "device", "0x0010");
	fake_set(&fake, NVME, "model", "QEMU NVMe Ctrl                          ");
	fake_set(&fake, NVME, "serial", "NV-1                ");
	fake_set(&fake, NVME, "firmware_rev", "1.0     ");
	assert_int_equal(identify_at(identify_nvme, BUS_NVME, NVME, &nvme), 0);
	assert_int_equal(nvme.vendor, 0x1b36);
	assert_int_equal(nvme.product, 0x10);
	assert_string_equal(nvme.name, "QEMU NVMe Ctrl");
	assert_string_equal(nvme.serial, "NV-1");
	assert_true(nvme.has_serial);
	fake_set(&fake, NVME, "subsysnqn", "nqn.2019-08.org.qemu:NV-1");
	assert_int_equal(identify_at(identify_nvme, BUS_NVME, NVME, &other), 0);
	assert_memory_not_equal(nvme.digest, other.digest, DEVICE_DIGEST_SIZE);
	fake_set(&fake, NVME, "serial", "                    ");
	assert_int_equal(identify_at(identify_nvme, BUS_NVME, NVME, &nvme), 0);
	assert_false(nvme.has_serial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_card, setup, teardown),
		cmocka_unit_test_setup_teardown(test_card_without_a_serial, setup, teardown),
		cmocka_unit_test_setup_teardown(test_card_without_anything, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nvme, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
