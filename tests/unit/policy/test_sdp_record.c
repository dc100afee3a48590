#include "cmocka_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/sdp_record.h"

/* Object push: handle; class 0x1105; L2CAP, RFCOMM channel 9, OBEX; GOEP's multiplexer 0x1023. */
static const uint8_t push[] = {
	0x35, 0x34, 0x09, 0x00, 0x00, 0x0a, 0x00, 0x01, 0x00, 0x05, 0x09, 0x00, 0x01, 0x35,
	0x03, 0x19, 0x11, 0x05, 0x09, 0x00, 0x04, 0x35, 0x11, 0x35, 0x03, 0x19, 0x01, 0x00,
	0x35, 0x05, 0x19, 0x00, 0x03, 0x08, 0x09, 0x35, 0x03, 0x19, 0x00, 0x08, 0x09, 0x01,
	0x00, 0x25, 0x03, 0x70, 0x75, 0x73, 0x09, 0x02, 0x00, 0x09, 0x10, 0x23,
};

/* A vendor's, by 128 bits; alternatives of protocols, the second over RFCOMM channel 22; lengths
 * in two and four bytes. */
static const uint8_t vendor[] = {
	0x36, 0x00, 0x38, 0x09, 0x00, 0x01, 0x37, 0x00, 0x00, 0x00, 0x11, 0x1c, 0x00, 0x00, 0x11,
	0x07, 0xd1, 0x02, 0x11, 0xe1, 0x9b, 0x23, 0x00, 0x02, 0x5b, 0x00, 0xa5, 0xa5, 0x09, 0x00,
	0x04, 0x3d, 0x1a, 0x35, 0x08, 0x35, 0x06, 0x19, 0x01, 0x00, 0x09, 0x00, 0x19, 0x35, 0x0e,
	0x35, 0x03, 0x19, 0x01, 0x00, 0x35, 0x07, 0x1a, 0x00, 0x00, 0x00, 0x03, 0x08, 0x16,
};

static void reads_a_record(void **state)
{
	(void)state;
	struct sdp_record record;

	assert_int_equal(sdp_record_parse(push, sizeof(push), &record), 0);
	assert_string_equal(record.uuid, "00001105-0000-1000-8000-00805f9b34fb");
	assert_int_equal(record.channel, 9);
	assert_int_equal(record.psm, 0x1023);
}

static void reads_alternatives_and_long_uuids(void **state)
{
	(void)state;
	struct sdp_record record;

	assert_int_equal(sdp_record_parse(vendor, sizeof(vendor), &record), 0);
	assert_string_equal(record.uuid, "00001107-d102-11e1-9b23-00025b00a5a5");
	assert_int_equal(record.channel, 22);
	assert_int_equal(record.psm, 0);
}

/* Each byte is given in a buffer of its own, so that a read past the end is seen. */
static int parse_copy(const uint8_t *bytes, size_t size, struct sdp_record *ret)
{
	uint8_t *copy = malloc(size + 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	copy = realloc(copy, size == 0 ? 1 : size);
	assert_non_null(copy);
	r = sdp_record_parse(copy, size, ret);
	free(copy);
	return r;
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	struct sdp_record record = { .channel = 77 };

	for (size_t size = 0; size < sizeof(push); size++) {
		uint8_t shorter[sizeof(push)];

		assert_int_equal(parse_copy(push, size, &record), -EBADMSG);
		/* and with a length that agrees */
		memcpy(shorter, push, sizeof(push));
		if (size >= 2) {
			shorter[1] = (uint8_t)(size - 2);
			if (parse_copy(shorter, size, &record) == 0)
				assert_true(size >= 18); /* the class is read */
			record.channel = 77;
		}
	}
	assert_int_equal(record.channel, 77);
}

static void lives_through_every_byte_changed(void **state)
{
	(void)state;
	struct sdp_record record;
	uint8_t changed[sizeof(push)];

	for (size_t at = 0; at < sizeof(push); at++) {
		for (unsigned value = 0; value <= UINT8_MAX; value++) {
			memcpy(changed, push, sizeof(push));
			changed[at] = (uint8_t)value;
			if (parse_copy(changed, sizeof(push), &record) != 0)
				continue;
			assert_true(record.channel <= 30);
			assert_int_equal(strlen(record.uuid), BLUETOOTH_UUID_SIZE - 1);
			assert_true(record.psm == 0 || record.psm >= BLUETOOTH_PSM_DYNAMIC);
		}
	}
}

static void refuses_what_is_no_record(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint8_t bytes[16];
		size_t size;
	} table[] = {
		{ "no sequence", { 0x09, 0x00, 0x01 }, 3 },
		{ "no class", { 0x35, 0x00 }, 2 },
		{ "bytes behind it", { 0x35, 0x08, 9, 0, 1, 0x35, 3, 0x19, 0x11, 5, 0 }, 11 },
		{ "an attribute without a value", { 0x35, 0x03, 9, 0, 1 }, 5 },
		{ "an attribute of one byte", { 0x35, 0x07, 8, 1, 0x35, 3, 0x19, 0x11, 5 }, 9 },
		{ "classes that are none", { 0x35, 0x06, 9, 0, 1, 9, 0x11, 5 }, 8 },
		{ "no classes in the list", { 0x35, 0x05, 9, 0, 1, 0x35, 0 }, 7 },
		{ "a UUID of one byte", { 0x35, 0x07, 9, 0, 1, 0x35, 2, 0x18, 5 }, 9 },
	};
	struct sdp_record record;

	for (size_t i = 0; i < COUNT(table); i++) {
		int r = parse_copy(table[i].bytes, table[i].size, &record);

		if (r != -EBADMSG)
			fail_msg("%s: %d", table[i].what, r);
	}
}

static void refuses_channels_that_cannot_be(void **state)
{
	(void)state;
	static const uint8_t channels[] = { 0, 31, 255 };
	struct sdp_record record;

	for (size_t i = 0; i < COUNT(channels); i++) {
		uint8_t changed[sizeof(push)];

		memcpy(changed, push, sizeof(push));
		assert_int_equal(changed[34], 9);
		changed[34] = channels[i];
		assert_int_equal(parse_copy(changed, sizeof(push), &record), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_record),
		cmocka_unit_test(reads_alternatives_and_long_uuids),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(lives_through_every_byte_changed),
		cmocka_unit_test(refuses_what_is_no_record),
		cmocka_unit_test(refuses_channels_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
