#include "usbguard_hash.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "text.h"

/* USB 2.0 section 9.6, tables 9-5 and 9-8 to 9-13, and USB Audio 1.0 table 4-20. */
enum {
	TYPE_DEVICE = 1,
	TYPE_CONFIGURATION = 2,
	TYPE_INTERFACE = 4,
	TYPE_ENDPOINT = 5,
	HEADER_SIZE = 2,
	DEVICE_SIZE = 18,
	DEVICE_VENDOR_AT = 8,
	DEVICE_PRODUCT_AT = 10,
	DEVICE_RELEASE_AT = 12,
	CONFIGURATION_SIZE = 9,
	INTERFACE_SIZE = 9,
	ENDPOINT_SIZE = 7,
	AUDIO_ENDPOINT_SIZE = 9,
	LINUX_FOUNDATION = 0x1d6b,
};

/* What was met so far of what the next descriptor needs before it. */
struct seen {
	bool device, configuration, interface;
};

/* Is the descriptor of @size bytes at @bytes one that USBGuard takes after @seen? */
static bool fits(const uint8_t *bytes, size_t size, struct seen *seen)
{
	switch (bytes[1]) {
	case TYPE_DEVICE:
		if (size != DEVICE_SIZE || seen->device)
			return false;
		seen->device = true;
		return true;
	case TYPE_CONFIGURATION:
		if (size != CONFIGURATION_SIZE || !seen->device)
			return false;
		seen->configuration = true;
		seen->interface = false;
		return true;
	case TYPE_INTERFACE:
		if (size != INTERFACE_SIZE || !seen->configuration)
			return false;
		seen->interface = true;
		return true;
	case TYPE_ENDPOINT:
		return (size == ENDPOINT_SIZE || size == AUDIO_ENDPOINT_SIZE) && seen->interface;
	default:
		return true;
	}
}

static unsigned int number_at(const uint8_t *bytes)
{
	return bytes[0] | (unsigned int)bytes[1] << 8;
}

static bool is_root_hub(const uint8_t *device)
{
	unsigned int product = number_at(device + DEVICE_PRODUCT_AT);

	return number_at(device + DEVICE_VENDOR_AT) == LINUX_FOUNDATION && product >= 1 &&
	       product <= 3;
}

static void add_descriptor(crypto_hash_sha256_state *state, const uint8_t *bytes, size_t size)
{
	uint8_t copy[DEVICE_SIZE];

	if (bytes[1] == TYPE_DEVICE && is_root_hub(bytes)) {
		memcpy(copy, bytes, DEVICE_SIZE);
		copy[DEVICE_RELEASE_AT] = copy[DEVICE_RELEASE_AT + 1] = 0;
		bytes = copy;
	}
	crypto_hash_sha256_update(state, bytes, size);
}

static int add_descriptors(crypto_hash_sha256_state *state, const uint8_t *blob, size_t size)
{
	struct seen seen = { 0 };
	size_t at = 0;

	while (at < size) {
		const uint8_t *bytes = blob + at;

		if (size - at < HEADER_SIZE || bytes[0] < HEADER_SIZE || bytes[0] > size - at)
			return -EBADMSG;
		if (!fits(bytes, bytes[0], &seen))
			return -EBADMSG;
		add_descriptor(state, bytes, bytes[0]);
		at += bytes[0];
	}
	return size < DEVICE_SIZE ? -EBADMSG : 0;
}

static void add_text(crypto_hash_sha256_state *state, const char *text)
{
	crypto_hash_sha256_update(state, (const uint8_t *)text, device_text_size(text));
}

int device_usbguard_hash(struct device *device, const uint8_t *blob, size_t size)
{
	crypto_hash_sha256_state state;
	char ids[4 + 4 + 1];

	snprintf(ids, sizeof(ids), "%04x%04x", device->vendor, device->product);
	crypto_hash_sha256_init(&state);
	add_text(&state, device->name);
	add_text(&state, ids);
	add_text(&state, device->serial);
	int r = add_descriptors(&state, blob, size);
	device->has_usbguard_hash = r == 0;
	if (r == 0)
		crypto_hash_sha256_final(&state, device->usbguard_hash);
	return r;
}

void usbguard_hash_to_text(const uint8_t hash[static DEVICE_USBGUARD_HASH_SIZE],
			   char ret[static USBGUARD_HASH_TEXT_SIZE])
{
	sodium_bin2base64(ret, USBGUARD_HASH_TEXT_SIZE, hash, DEVICE_USBGUARD_HASH_SIZE,
			  sodium_base64_VARIANT_ORIGINAL);
}

int usbguard_hash_from_text(const char *text, uint8_t ret[static DEVICE_USBGUARD_HASH_SIZE])
{
	uint8_t hash[DEVICE_USBGUARD_HASH_SIZE];
	size_t size;

	if (text_unbase64(text, hash, sizeof(hash), &size) < 0 || size != sizeof(hash))
		return -EINVAL;
	memcpy(ret, hash, sizeof(hash));
	return 0;
}
