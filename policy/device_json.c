#include "device_json.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_interfaces.h"
#include "json_document.h"
#include "json_fields.h"
#include "text.h"
#include "usbguard_hash.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { DOCUMENT_DEPTH = 8 };

/* One character of what a device said, and how long it is. */
struct piece {
	char bytes[4];
	size_t n;
};

static struct piece encode(uint32_t c)
{
	if (c < 0x800)
		return (struct piece){ { (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)) }, 2 };
	if (c < 0x10000)
		return (struct piece){ { (char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
					 (char)(0x80 | (c & 0x3f)) },
				       3 };
	return (struct piece){ { (char)(0xf0 | (c >> 18 & 7)), (char)(0x80 | (c >> 12 & 0x3f)),
				 (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) },
			       4 };
}

/* Take the escape that begins @text, as text_sanitise() writes them.  Returns its length; 0 if
 * there is none. */
static size_t take_escape(const char *text, struct piece *ret)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	unsigned long c;
	size_t n;

	if (strncmp(text, "\\x", 2) == 0 && strspn(text + 2, digits) >= 2) {
		const char byte[] = { text[2], text[3], '\0' };

		*ret = (struct piece){ { (char)strtoul(byte, NULL, 16) }, 1 };
		return 4;
	}
	if (strncmp(text, "\\u{", 3) != 0)
		return 0;
	n = strspn(text + 3, digits);
	c = strtoul(text + 3, NULL, 16);
	if (n < 4 || n > 6 || text[3 + n] != '}' || c < 0x80 || c > 0x10ffff)
		return 0;
	*ret = encode((uint32_t)c);
	return n + 4;
}

/* What the device said, from what a record shows of it. */
static int read_claim(struct rules_reader *reader, const char *path, json_t *value, void *to)
{
	const char *text = json_string_value(value);
	char *ret = to; /* of DEVICE_TEXT_SIZE */
	size_t size = 0;

	if (text == NULL)
		return rules_fail(reader, path, "A text is wanted here.");
	while (*text != '\0') {
		struct piece piece = { { *text }, 1 };
		const size_t taken = take_escape(text, &piece);

		if (piece.bytes[0] == '\0')
			return rules_fail(reader, path, "No text of a device has a NUL in it.");
		if (size + piece.n >= DEVICE_TEXT_SIZE)
			return rules_fail(reader, path, "The text is longer than %d bytes.",
					  DEVICE_TEXT_SIZE - 1);
		memcpy(ret + size, piece.bytes, piece.n);
		size += piece.n;
		text += taken == 0 ? 1 : taken;
	}
	ret[size] = '\0';
	ret[device_text_size(ret)] = '\0';
	return 0;
}

static int read_serial(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	struct device *device = &((struct device_given *)ret)->device;
	int r = read_claim(reader, path, value, device->serial);

	device->has_serial = device->serial[0] != '\0';
	return r;
}

static int read_id(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	uint8_t bytes[2];

	if (!json_is_string(value) ||
	    text_unhex(json_string_value(value), bytes, sizeof(bytes)) < 0)
		return rules_fail(reader, path,
				  "An id of four hexadecimal digits is wanted here, like "
				  "\"0951\".");
	*(uint16_t *)ret = (uint16_t)(bytes[0] << 8 | bytes[1]);
	return 0;
}

static int read_digest(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	if (json_is_string(value) &&
	    text_unhex(json_string_value(value), ret, DEVICE_DIGEST_SIZE) == 0)
		return 0;
	return rules_fail(reader, path, "A SHA-256 of 64 hexadecimal digits is wanted here.");
}

static int read_port(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	return rules_read_text(reader, path, value, ret, DEVICE_PORT_SIZE);
}

static const char *bus_word(int bus)
{
	return bus_to_text((enum bus)bus);
}

static const struct json_words bus_words = { bus_word, _BUS_MAX };

static const char *connect_word(int connect)
{
	return connect_type_to_text((enum connect_type)connect);
}

static const struct json_words connect_words = { connect_word, _CONNECT_MAX };

static int read_speed(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	int64_t speed = 0;
	int r = json_fields_number(reader, path, value, UINT32_MAX, &speed);

	*(uint32_t *)ret = (uint32_t)speed;
	return r;
}

static const char *identity_word(int identity)
{
	return identity_to_text((enum identity)identity);
}

static const struct json_words identity_words = { identity_word, _IDENTITY_MAX };

static int read_hash(struct rules_reader *reader, const char *path, json_t *value,
		     uint8_t ret[static DEVICE_USBGUARD_HASH_SIZE])
{
	if (json_is_string(value) && usbguard_hash_from_text(json_string_value(value), ret) == 0)
		return 0;
	return rules_fail(reader, path, "USBGuard's hash is wanted here, 44 characters of base64.");
}

static int read_usbguard_hash(struct rules_reader *reader, const char *path, json_t *value,
			      void *ret)
{
	struct device *device = &((struct device_given *)ret)->device;

	device->has_usbguard_hash = true;
	return read_hash(reader, path, value, device->usbguard_hash);
}

static int read_usbguard_parent_hash(struct rules_reader *reader, const char *path, json_t *value,
				     void *ret)
{
	struct device *device = &((struct device_given *)ret)->device;

	device->has_usbguard_parent_hash = true;
	return read_hash(reader, path, value, device->usbguard_parent_hash);
}

static int read_truth(struct rules_reader *reader, const char *path, json_t *value, void *ret)
{
	if (!json_is_boolean(value))
		return rules_fail(reader, path, "true or false is wanted here.");
	*(bool *)ret = json_is_true(value);
	return 0;
}

#define GIVEN(member) offsetof(struct device_given, member)

/* In this order: what a later one needs is before it. */
static const struct json_field fields[] = {
	{ "bus", .at = GIVEN(device.bus), .words = &bus_words },
	{ "vendor", read_id, GIVEN(device.vendor) },
	{ "product", read_id, GIVEN(device.product) },
	{ "release", read_id, GIVEN(device.release) },
	{ "serial", read_serial },
	{ "manufacturer", read_claim, GIVEN(device.manufacturer) },
	{ "name", read_claim, GIVEN(device.name) },
	{ "digest", read_digest, GIVEN(device.digest) },
	{ "port", read_port, GIVEN(device.port) },
	{ "connect", .at = GIVEN(device.connect), .words = &connect_words },
	{ "speed_mbps", read_speed, GIVEN(device.speed_mbps) },
	{ "identity", .at = GIVEN(identity), .words = &identity_words },
	{ "usbguard-hash", read_usbguard_hash },
	{ "usbguard-parent-hash", read_usbguard_parent_hash },
	{ "present", read_truth, GIVEN(present) },
	{ "interfaces", device_interfaces_read },
};

/* Whoever writes a device is told of a slip; a record may say more than this program knows. */
static int check_written(struct rules_reader *reader, const char *path, json_t *object)
{
	char list[RULES_PATH_SIZE];
	int r = json_fields_check(reader, path, object, fields, COUNT(fields));

	rules_path_member(list, path, "interfaces");
	return r < 0 ? r
		     : device_interfaces_check(reader, list, json_object_get(object, "interfaces"));
}

static int check_complete(struct rules_reader *reader, const char *path, json_t *device,
			  json_t *interfaces, const struct device_given *given)
{
	static const char *const needed[] = { "vendor", "product" };

	if (interfaces == NULL)
		return rules_fail(reader, path, "The member \"interfaces\" is missing here.");
	for (size_t i = 0; i < COUNT(needed) && given->device.bus == BUS_USB; i++)
		if (json_object_get(device, needed[i]) == NULL)
			return rules_fail(reader, path, "The member \"%s\" is missing here.",
					  needed[i]);
	return 0;
}

/* A record: the device in one member, its interfaces in another. */
static int read_record(struct rules_reader *reader, const char *path, json_t *record,
		       struct device_given *ret)
{
	json_t *device = json_object_get(record, "device");
	json_t *interfaces = json_object_get(record, "interfaces");
	char member[RULES_PATH_SIZE];
	int r;

	rules_path_member(member, path, "device");
	if (!json_is_object(device))
		return rules_fail(reader, member, "An object { ... } is wanted here.");
	r = json_fields_read(reader, member, device, fields, COUNT(fields) - 2, ret);
	/* "present" and "interfaces" */
	if (r == 0)
		r = json_fields_read(reader, path, record, &fields[COUNT(fields) - 2], 2, ret);
	return r < 0 ? r : check_complete(reader, member, device, interfaces, ret);
}

static int read_written(struct rules_reader *reader, const char *path, json_t *object,
			struct device_given *ret)
{
	int r = check_written(reader, path, object);

	if (r == 0)
		r = json_fields_read(reader, path, object, fields, COUNT(fields), ret);
	return r < 0 ? r
		     : check_complete(reader, path, object, json_object_get(object, "interfaces"),
				      ret);
}

int device_json_read(struct rules_reader *reader, const char *path, json_t *value,
		     struct device_given *ret)
{
	json_t *devices = json_object_get(value, "devices");
	char at[RULES_PATH_SIZE];

	snprintf(at, sizeof(at), "%s", path);
	if (json_is_array(devices)) { /* the answer to `devgate devices --json` */
		rules_path_member(at, path, "devices");
		if (json_array_size(devices) != 1)
			return rules_fail(reader, at,
					  "One device is wanted here; there are %zu, take one out.",
					  json_array_size(devices));
		value = json_array_get(devices, 0);
		snprintf(at + strlen(at), sizeof(at) - strlen(at), "[0]");
	}
	if (!json_is_object(value))
		return rules_fail(reader, at, "A device { ... } is wanted here.");
	*ret = (struct device_given){ 0 };
	return json_object_get(value, "device") != NULL ? read_record(reader, at, value, ret)
							: read_written(reader, at, value, ret);
}

int device_json_parse(const char *text, size_t size, struct device_given *ret,
		      struct rules_error *error)
{
	static const struct json_limits limits = { DEVICE_JSON_MAX_BYTES, DOCUMENT_DEPTH };
	struct json_document document;
	struct device_given given;
	int r = json_document_load(text, size, &limits, &document, error);

	if (r < 0)
		return r;
	r = device_json_read(&(struct rules_reader){ .text = document.text,
						     .size = document.size,
						     .error = error },
			     "", document.root, &given);
	json_document_finish(&document);
	if (r == 0)
		*ret = given;
	return r;
}
