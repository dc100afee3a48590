#include "sdp_record.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TYPE_NIL = 0, TYPE_UNSIGNED = 1, TYPE_UUID = 3, TYPE_SEQUENCE = 6, TYPE_ALTERNATIVE = 7 };
enum { CLASSES = 0x0001, PROTOCOLS = 0x0004, GOEP_PSM = 0x0200 };
enum { RFCOMM_UUID = 0x0003, MAX_CHANNEL = 30 };

/* What is left to read; borrowed. */
struct reader {
	const uint8_t *bytes;
	size_t size;
};

struct element {
	unsigned type;
	struct reader value;
};

static uint32_t number_of(const uint8_t *bytes, size_t size)
{
	uint32_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* Take the next element.  Returns 1, 0 at the end, or -EBADMSG. */
static int next(struct reader *reader, struct element *ret)
{
	size_t header = 1, length;
	unsigned index;

	if (reader->size == 0)
		return 0;
	ret->type = reader->bytes[0] >> 3;
	index = reader->bytes[0] & 7;
	if (index < 5) {
		length = ret->type == TYPE_NIL ? 0 : (size_t)1 << index;
	} else {
		size_t digits = (size_t)1 << (index - 5);

		if (reader->size < 1 + digits)
			return -EBADMSG;
		length = number_of(reader->bytes + 1, digits);
		header += digits;
	}
	if (length > reader->size - header)
		return -EBADMSG;
	ret->value = (struct reader){ reader->bytes + header, length };
	reader->bytes += header + length;
	reader->size -= header + length;
	return 1;
}

static bool is_number(const struct element *element, size_t size)
{
	return element->type == TYPE_UNSIGNED && element->value.size == size;
}

/* A UUID of 2, 4 or 16 bytes as text. */
static int uuid_text(const struct element *element, char ret[static BLUETOOTH_UUID_SIZE])
{
	static const uint8_t base[16] = { 0,	0, 0, 0,    0,	  0,	0x10, 0,
					  0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb };
	size_t size = element->value.size, n = 0;
	uint8_t uuid[16];

	if (element->type != TYPE_UUID || (size != 2 && size != 4 && size != 16))
		return -EBADMSG;
	memcpy(uuid, base, sizeof(uuid));
	memcpy(uuid + (size == 2 ? 2 : 0), element->value.bytes, size);
	for (size_t i = 0; i < sizeof(uuid); i++) {
		const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";

		n += (size_t)snprintf(ret + n, BLUETOOTH_UUID_SIZE - n, "%s%02x", dash, uuid[i]);
	}
	return 0;
}

static int read_class(struct element *list, struct sdp_record *record)
{
	struct element first;

	if (list->type != TYPE_SEQUENCE || next(&list->value, &first) <= 0)
		return -EBADMSG;
	return uuid_text(&first, record->uuid);
}

/* One protocol of a stack: a sequence of its UUID and parameters. */
static int read_protocol(struct element *protocol, struct sdp_record *record)
{
	struct element uuid, channel;
	int r;

	if (protocol->type != TYPE_SEQUENCE || next(&protocol->value, &uuid) <= 0 ||
	    uuid.type != TYPE_UUID)
		return -EBADMSG;
	if (uuid.value.size > 4 || number_of(uuid.value.bytes, uuid.value.size) != RFCOMM_UUID)
		return 0;
	r = next(&protocol->value, &channel);
	if (r <= 0)
		return r;
	if (!is_number(&channel, 1) || channel.value.bytes[0] == 0 ||
	    channel.value.bytes[0] > MAX_CHANNEL)
		return -EBADMSG;
	record->channel = channel.value.bytes[0];
	return 0;
}

static int read_stack(struct element *stack, struct sdp_record *record)
{
	struct element protocol;
	int r;

	if (stack->type != TYPE_SEQUENCE)
		return -EBADMSG;
	while ((r = next(&stack->value, &protocol)) > 0) {
		r = read_protocol(&protocol, record);
		if (r < 0)
			return r;
	}
	return r;
}

/* One stack, or alternatives of it, the last of which holds. */
static int read_protocols(struct element *value, struct sdp_record *record)
{
	struct element stack;
	int r;

	if (value->type != TYPE_ALTERNATIVE)
		return read_stack(value, record);
	while ((r = next(&value->value, &stack)) > 0) {
		r = read_stack(&stack, record);
		if (r < 0)
			return r;
	}
	return r;
}

static int read_psm(const struct element *value, struct sdp_record *record)
{
	if (!is_number(value, 2))
		return 0; /* the attribute's number has another meaning in other profiles */
	record->psm = (uint16_t)number_of(value->value.bytes, 2);
	if ((record->psm & 0x0101) != 0x0001 || record->psm < BLUETOOTH_PSM_DYNAMIC)
		record->psm = 0;
	return 0;
}

static int read_attribute(uint32_t id, struct element *value, struct sdp_record *record)
{
	switch (id) {
	case CLASSES:
		return read_class(value, record);
	case PROTOCOLS:
		return read_protocols(value, record);
	case GOEP_PSM:
		return read_psm(value, record);
	default:
		return 0;
	}
}

int sdp_record_parse(const uint8_t *bytes, size_t size, struct sdp_record *ret)
{
	struct sdp_record record = { 0 };
	struct reader whole = { bytes, size };
	struct element list, id, value;
	int r;

	if (size > SDP_RECORD_MAX_BYTES)
		return -E2BIG;
	if (next(&whole, &list) <= 0 || list.type != TYPE_SEQUENCE || whole.size > 0)
		return -EBADMSG;
	while ((r = next(&list.value, &id)) > 0) {
		if (!is_number(&id, 2) || next(&list.value, &value) <= 0)
			return -EBADMSG;
		r = read_attribute(number_of(id.value.bytes, 2), &value, &record);
		if (r < 0)
			return r;
	}
	if (r < 0 || record.uuid[0] == '\0')
		return -EBADMSG;
	*ret = record;
	return 0;
}
