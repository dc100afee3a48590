#include "identify_storage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "sysfs.h"

enum {
	PAGE_MAX = 4096,
	/* Unit serial number page (SPC-4, 7.8.15): a header, then the serial. */
	PAGE_HEADER = 4,
	/* ATA information page (SAT-3, 12.4.3): the IDENTIFY DEVICE data, whose words 27 to 46 are
	 * the model (ACS-3, 7.12.7.13), two characters a word, the second one first. */
	IDENTIFY_AT = 60,
	MODEL_AT = IDENTIFY_AT + 2 * 27,
	MODEL_SIZE = 40,
};

static void start(const struct place *place, struct device *ret)
{
	*ret = (struct device){ .bus = place->bus, .connect = place->connect, .n_interfaces = 1 };
	memcpy(ret->port, place->port, sizeof(ret->port));
	ret->interfaces[0].functions = FUNCTION_BIT(FUNCTION_STORAGE);
}

/* Keep @text of @size bytes without blanks at both ends; a NUL ends it. */
static int keep(char ret[static DEVICE_TEXT_SIZE], const char *text, size_t size)
{
	size = strnlen(text, size);
	while (size > 0 && text[size - 1] == ' ')
		size--;
	while (size > 0 && *text == ' ') {
		text++;
		size--;
	}
	if (size >= DEVICE_TEXT_SIZE)
		return -E2BIG;
	memcpy(ret, text, size);
	ret[size] = '\0';
	ret[device_text_size(ret)] = '\0';
	return 0;
}

/* An attribute that may be absent. */
static int read_text(int device_fd, const char *name, char ret[static DEVICE_TEXT_SIZE])
{
	char text[DEVICE_TEXT_SIZE * 2];
	int r = sysfs_read(device_fd, name, text, sizeof(text));

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : keep(ret, text, (size_t)r);
}

static uint16_t read_id(int device_fd, const char *name)
{
	uint64_t value;

	return sysfs_read_number(device_fd, name, 16, UINT32_MAX, &value) < 0 ? 0 : (uint16_t)value;
}

/* Hash attribute @name and its name; one that is absent as if it were empty. */
static int hash_attribute(crypto_hash_sha256_state *hash, int device_fd, const char *name)
{
	char bytes[PAGE_MAX + 1];
	int r = sysfs_read(device_fd, name, bytes, sizeof(bytes));
	uint8_t size[2];

	if (r == -ENOENT || r == -EINVAL)
		r = 0;
	if (r < 0)
		return r;
	size[0] = (uint8_t)(r >> 8);
	size[1] = (uint8_t)r;
	crypto_hash_sha256_update(hash, (const uint8_t *)name, strlen(name) + 1);
	crypto_hash_sha256_update(hash, size, sizeof(size));
	crypto_hash_sha256_update(hash, (const uint8_t *)bytes, (size_t)r);
	return 0;
}

static int digest(int device_fd, const char *const *names, struct device *ret)
{
	crypto_hash_sha256_state hash;
	int r = 0;

	crypto_hash_sha256_init(&hash);
	for (; r >= 0 && *names != NULL; names++)
		r = hash_attribute(&hash, device_fd, *names);
	crypto_hash_sha256_final(&hash, ret->digest);
	return r;
}

int identify_card(int device_fd, const struct place *place, struct device *ret)
{
	static const char *const hashed[] = { "cid", "csd", NULL };
	int r;

	start(place, ret);
	ret->vendor = read_id(device_fd, "manfid");
	ret->product = read_id(device_fd, "oemid");
	ret->release = read_id(device_fd, "fwrev");
	r = read_text(device_fd, "name", ret->name);
	if (r >= 0)
		r = read_text(device_fd, "serial", ret->serial);
	/* Eight digits of 0 are what cards without one say. */
	ret->has_serial = ret->serial[strspn(ret->serial, "0x")] != '\0';
	if (!ret->has_serial)
		ret->serial[0] = '\0';
	return r < 0 ? r : digest(device_fd, hashed, ret);
}

static int read_unit_serial(int device_fd, struct device *ret)
{
	char page[PAGE_MAX];
	int r = sysfs_read(device_fd, "vpd_pg80", page, sizeof(page));

	if (r == -ENOENT || r == -EINVAL)
		return 0;
	if (r < 0)
		return r;
	r = r <= PAGE_HEADER ? 0 : keep(ret->serial, page + PAGE_HEADER, (size_t)r - PAGE_HEADER);
	ret->has_serial = ret->serial[0] != '\0';
	return r;
}

/* The whole model of an ATA disk, of which INQUIRY has the first sixteen characters. */
static int read_ata_model(int device_fd, struct device *ret)
{
	char page[PAGE_MAX], model[MODEL_SIZE];
	int r = sysfs_read(device_fd, "vpd_pg89", page, sizeof(page));

	if (r < MODEL_AT + MODEL_SIZE)
		return 0;
	for (int i = 0; i < MODEL_SIZE; i++)
		model[i] = page[MODEL_AT + (i ^ 1)];
	return keep(ret->name, model, sizeof(model));
}

int identify_drive(int device_fd, const struct place *place, struct device *ret)
{
	static const char *const hashed[] = { "inquiry", "vpd_pg80", "vpd_pg83", NULL };
	int r;

	start(place, ret);
	r = read_text(device_fd, "vendor", ret->manufacturer);
	if (r >= 0)
		r = read_text(device_fd, "model", ret->name);
	if (r >= 0)
		r = read_ata_model(device_fd, ret);
	if (r >= 0)
		r = read_unit_serial(device_fd, ret);
	return r < 0 ? r : digest(device_fd, hashed, ret);
}

int identify_nvme(int device_fd, const struct place *place, struct device *ret)
{
	static const char *const hashed[] = { "device/vendor",
					      "device/device",
					      "device/subsystem_vendor",
					      "device/subsystem_device",
					      "model",
					      "serial",
					      "firmware_rev",
					      "subsysnqn",
					      NULL };
	int r;

	start(place, ret);
	ret->vendor = read_id(device_fd, "device/vendor");
	ret->product = read_id(device_fd, "device/device");
	r = read_text(device_fd, "model", ret->name);
	if (r >= 0)
		r = read_text(device_fd, "serial", ret->serial);
	ret->has_serial = ret->serial[0] != '\0';
	return r < 0 ? r : digest(device_fd, hashed, ret);
}
