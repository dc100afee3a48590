/* USBGuard's hash of a device.
 *
 * The known answers are what `usbguard generate-policy` 1.1.2 (Debian 12's package) printed for
 * these devices, which umockdev 0.17 put under its /sys. */
#include "../policy/cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/text.h"
#include "policy/usbguard_hash.h"

static const struct known {
	const char *name, *serial, *descriptors, *hash;
	uint16_t vendor, product;
} known[] = {
	/* A root hub of a kernel 6.1, which is hashed as if of none. */
	{ "xHCI Host Controller", "0000:00:14.0",
	  "12010002090000406b1d020001060302010109021900010100e0"
	  "0009040000010900000007"
	  "05810304000c",
	  "9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds=", 0x1d6b, 0x0002 },
	/* A stick whose name ends with a tab. */
	{ "DataTraveler 3.0\t", "AC220B28",
	  "1201000200000040510966160001010203010902200001010080fa0904000002080650000705810200020007"
	  "050202000200",
	  "ZSJ9VeracyBokc3CP59WLoIuGj39C18ZUdqfqClxodY=", 0x0951, 0x1666 },
	/* One without a name and a serial; two alternate settings, and descriptors of other kinds.
	 */
	{ "", "",
	  "12011003000000095109661602030102030109026f00010100801c0904000002080650000705810200040006"
	  "300f0000000705020200040006300f0000000904000104080662000705810200040006300f05000004240300"
	  "07050202000400"
	  "06300f05000004240400",
	  "6NsaA3i0ZMSEvMaH7UGf7wMrxhtTL5obH14l5aSPKsc=", 0x0951, 0x1666 },
};

static struct device device_of(const struct known *is)
{
	struct device device = { .vendor = is->vendor, .product = is->product };

	snprintf(device.name, sizeof(device.name), "%s", is->name);
	snprintf(device.serial, sizeof(device.serial), "%s", is->serial);
	device.has_serial = device.serial[0] != '\0';
	return device;
}

static size_t blob_of(const char *hex, uint8_t blob[static 256])
{
	const size_t size = strlen(hex) / 2;

	assert_in_range(size, 1, 256);
	assert_int_equal(text_unhex(hex, blob, size), 0);
	return size;
}

static void known_devices_have_their_hash(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		struct device device = device_of(&known[i]);
		char text[USBGUARD_HASH_TEXT_SIZE];
		uint8_t blob[256];

		assert_int_equal(
			device_usbguard_hash(&device, blob, blob_of(known[i].descriptors, blob)),
			0);
		assert_true(device.has_usbguard_hash);
		usbguard_hash_to_text(device.usbguard_hash, text);
		assert_string_equal(text, known[i].hash);
	}
}

/* Each byte of what is hashed counts, but for the kernel's version in a root hub. */
static void every_byte_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		struct device before = device_of(&known[i]), after = before;
		uint8_t blob[256];
		const size_t size = blob_of(known[i].descriptors, blob);

		assert_int_equal(device_usbguard_hash(&before, blob, size), 0);
		for (size_t at = 0; at < size; at++) {
			const bool release = i == 0 && (at == 12 || at == 13);

			blob[at] ^= 0x40;
			if (device_usbguard_hash(&after, blob, size) == 0)
				assert_int_equal(memcmp(before.usbguard_hash, after.usbguard_hash,
							sizeof(after.usbguard_hash)) == 0,
						 release);
			blob[at] ^= 0x40;
		}
		after.name[0] = 'Z';
		assert_int_equal(device_usbguard_hash(&after, blob, size), 0);
		assert_memory_not_equal(before.usbguard_hash, after.usbguard_hash,
					sizeof(after.usbguard_hash));
	}
}

/* Only the root hubs' bcdDevice is left out. */
static void other_devices_of_the_linux_foundation_keep_their_release(void **state)
{
	(void)state;
	static const struct {
		uint8_t product;
		bool root_hub;
	} devices[] = { { 0, false }, { 1, true }, { 2, true }, { 3, true }, { 4, false } };

	for (size_t i = 0; i < COUNT(devices); i++) {
		struct device before = device_of(&known[0]), after;
		uint8_t blob[256];
		const size_t size = blob_of(known[0].descriptors, blob);

		blob[10] = devices[i].product;
		after = before;
		assert_int_equal(device_usbguard_hash(&before, blob, size), 0);
		blob[13]++;
		assert_int_equal(device_usbguard_hash(&after, blob, size), 0);
		assert_int_equal(memcmp(before.usbguard_hash, after.usbguard_hash,
					sizeof(after.usbguard_hash)) == 0,
				 devices[i].root_hub);
	}
}

static void texts_are_cut_at_their_end_only(void **state)
{
	(void)state;
	static const char *const same[] = { "Disk", "Disk\n", "Disk\r\n", "Disk\t\b", "Disk\n\n" };
	struct device device = device_of(&known[1]), other;
	uint8_t blob[256];
	const size_t size = blob_of(known[1].descriptors, blob);

	snprintf(device.name, sizeof(device.name), "%s", same[0]);
	assert_int_equal(device_usbguard_hash(&device, blob, size), 0);
	for (size_t i = 1; i < COUNT(same); i++) {
		other = device_of(&known[1]);
		snprintf(other.name, sizeof(other.name), "%s", same[i]);
		assert_int_equal(device_usbguard_hash(&other, blob, size), 0);
		assert_memory_equal(device.usbguard_hash, other.usbguard_hash,
				    sizeof(other.usbguard_hash));
	}
	snprintf(other.name, sizeof(other.name), "Di\nsk");
	assert_int_equal(device_usbguard_hash(&other, blob, size), 0);
	assert_memory_not_equal(device.usbguard_hash, other.usbguard_hash,
				sizeof(other.usbguard_hash));
	snprintf(other.name, sizeof(other.name), "Disk ");
	assert_int_equal(device_usbguard_hash(&other, blob, size), 0);
	assert_memory_not_equal(device.usbguard_hash, other.usbguard_hash,
				sizeof(other.usbguard_hash));
}

/* A cut may fall between two descriptors; everywhere else it is refused. */
static void truncated_descriptors_have_no_hash_unless_they_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		struct device device = device_of(&known[i]);
		uint8_t blob[256];
		const size_t size = blob_of(known[i].descriptors, blob);
		size_t whole = 0;

		for (size_t cut = 0; cut < size; cut++) {
			if (cut == whole + blob[whole])
				whole = cut;
			device.has_usbguard_hash = true;
			const int r = device_usbguard_hash(&device, blob, cut);
			assert_int_equal(r, cut == whole && cut > 0 ? 0 : -EBADMSG);
			assert_int_equal(device.has_usbguard_hash, r == 0);
		}
	}
}

#define DEVICE	  "120100020000004051096616000101020301"
#define CONFIG	  "0902200001010080fa"
#define INTERFACE "090400000208065000"
#define ENDPOINT  "07058102000200"

/* What USBGuard refuses, it gives no hash. */
static void refused_descriptors_have_no_hash(void **state)
{
	(void)state;
	static const struct {
		const char *hex;
		bool good;
	} blobs[] = {
		{ DEVICE, true },
		{ DEVICE CONFIG INTERFACE ENDPOINT, true },
		{ DEVICE CONFIG INTERFACE "090581020002000000", true },
		{ DEVICE CONFIG INTERFACE "0805810200020000", false },
		{ DEVICE CONFIG INTERFACE ENDPOINT CONFIG INTERFACE, true },
		{ DEVICE CONFIG INTERFACE CONFIG ENDPOINT, false },
		{ DEVICE CONFIG ENDPOINT, false },
		{ DEVICE INTERFACE, false },
		{ CONFIG INTERFACE, false },
		{ DEVICE DEVICE, false },
		{ "1101000200000040510966160001010203", false },
		{ DEVICE "0802200001010080", false },
		{ DEVICE CONFIG "0804000002080650", false },
		{ DEVICE "00", false },
		{ DEVICE "0130", false },
		{ DEVICE "0030", false },
		{ DEVICE "0230", true },
		{ DEVICE "0330", false },
		{ "0230", false },
		{ "12300000000000000000000000000000000000", false },
		{ "123000000000000000000000000000000000", true },
	};

	for (size_t i = 0; i < COUNT(blobs); i++) {
		struct device device = device_of(&known[1]);
		uint8_t blob[256];
		const int r = device_usbguard_hash(&device, blob, blob_of(blobs[i].hex, blob));

		if (r != (blobs[i].good ? 0 : -EBADMSG))
			fail_msg("%s: %d", blobs[i].hex, r);
		assert_int_equal(device.has_usbguard_hash, blobs[i].good);
	}
}

static void texts_of_hashes(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds",
		"9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds= ",
		"9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bdt=", /* bits behind the last byte */
		"9_PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds=",
		"9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bQ==",
		"9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bdsA",
		"044b5e168d40ee0245478416caf3d998",
		"6NsaA3i0ZMSEvMa\xb8\xc4UGf7wMrxhtTL5obH14l5aSPKsc=", /* libsodium takes it */
	};
	uint8_t hash[DEVICE_USBGUARD_HASH_SIZE], untouched[DEVICE_USBGUARD_HASH_SIZE] = { 7 };
	char text[USBGUARD_HASH_TEXT_SIZE];

	for (size_t i = 0; i < COUNT(known); i++) {
		assert_int_equal(usbguard_hash_from_text(known[i].hash, hash), 0);
		usbguard_hash_to_text(hash, text);
		assert_string_equal(text, known[i].hash);
	}
	memcpy(hash, untouched, sizeof(hash));
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(usbguard_hash_from_text(bad[i], hash), -EINVAL);
		assert_memory_equal(hash, untouched, sizeof(hash));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_devices_have_their_hash),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(other_devices_of_the_linux_foundation_keep_their_release),
		cmocka_unit_test(texts_are_cut_at_their_end_only),
		cmocka_unit_test(truncated_descriptors_have_no_hash_unless_they_are_whole),
		cmocka_unit_test(refused_descriptors_have_no_hash),
		cmocka_unit_test(texts_of_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
