#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/registered.h"

static struct registered_entry entry_of(uint16_t vendor, uint16_t product, const char *serial,
					const char *tag)
{
	struct registered_entry entry = {
		.verdict = VERDICT_ALLOW,
		.functions = FUNCTION_BIT(FUNCTION_STORAGE),
	};

	device_media_key(vendor, product, serial, entry.key);
	snprintf(entry.tag, sizeof(entry.tag), "%s", tag);
	return entry;
}

static struct device device_of(uint16_t vendor, uint16_t product, const char *serial)
{
	struct device device = { .vendor = vendor, .product = product, .has_serial = true };

	snprintf(device.serial, sizeof(device.serial), "%s", serial);
	memset(device.digest, 0xd1, sizeof(device.digest));
	return device;
}

struct table {
	uint8_t *bytes;
	size_t size;
	struct registered view;
};

static struct table encode(struct registered_entry *entries, size_t n)
{
	struct table table;

	assert_int_equal(registered_encode(entries, n, &table.bytes, &table.size), 0);
	assert_int_equal(table.size, REGISTERED_HEADER_SIZE + n * REGISTERED_ENTRY_SIZE);
	assert_int_equal(registered_open(&table.view, table.bytes, table.size, true), 0);
	return table;
}

static void the_bytes_are_as_the_header_says(void **state)
{
	(void)state;
	struct registered_entry entry = entry_of(0x0951, 0x1666, "S1", "A-001");
	uint8_t wanted[1040 + 64] = { 'D', 'G', 'R', 'E', 'G', 0, 0, 2, 1 };
	uint8_t *const key = wanted + 1040, *const record = key + 16;

	entry.verdict = VERDICT_READ_ONLY;
	entry.modifiers = MODIFIER_NOEXEC | MODIFIER_NOTIFY;
	memset(entry.digest, 0xd1, sizeof(entry.digest));
	for (size_t byte = entry.key[0]; byte < 256; byte++)
		wanted[16 + 4 * byte] = 1;
	memcpy(key, entry.key, 16);
	memcpy(record, entry.digest, 16);
	record[16] = 1;
	record[17] = 5;
	record[20] = 1 << FUNCTION_STORAGE;
	memcpy(record + 24, "A-001", 5);

	struct table table = encode(&entry, 1);
	assert_memory_equal(table.bytes, wanted, sizeof(wanted));
	free(table.bytes);
}

static void finds_what_a_linear_scan_finds(void **state)
{
	(void)state;
	enum { N = 20000 };
	struct registered_entry *entries = calloc(N, sizeof(*entries));
	assert_non_null(entries);

	for (size_t i = 0; i < N; i++) {
		char serial[32], tag[REGISTERED_TAG_SIZE];

		snprintf(serial, sizeof(serial), "S%zu", 2 * i);
		snprintf(tag, sizeof(tag), "T-%zu", 2 * i);
		entries[i] = entry_of((uint16_t)(i % 7), (uint16_t)(i % 11), serial, tag);
		entries[i].verdict = (enum verdict)(i % _VERDICT_MAX);
		entries[i].modifiers = (modifier_set)(i % (_MODIFIER_ALL + 1));
	}
	struct table table = encode(entries, N);

	for (size_t i = 0; i < 2000; i++) {
		const size_t number = randombytes_uniform(2 * N);
		char serial[32];
		struct registered_entry found;
		const struct registered_entry *wanted = NULL;

		snprintf(serial, sizeof(serial), "S%zu", number);
		const struct device device =
			device_of((uint16_t)(number / 2 % 7), (uint16_t)(number / 2 % 11), serial);
		uint8_t key[DEVICE_KEY_SIZE];
		device_media_key(device.vendor, device.product, serial, key);
		for (size_t e = 0; e < N && wanted == NULL; e++)
			if (memcmp(entries[e].key, key, sizeof(key)) == 0)
				wanted = &entries[e];

		assert_int_equal(wanted != NULL, number % 2 == 0);
		assert_int_equal(registered_find(&table.view, &device, &found), wanted != NULL);
		if (wanted != NULL) {
			assert_string_equal(found.tag, wanted->tag);
			assert_int_equal(found.verdict, wanted->verdict);
			assert_int_equal(found.modifiers, wanted->modifiers);
		}
	}
	free(table.bytes);
	free(entries);
}

static void finds_the_first_and_the_last_of_every_size(void **state)
{
	(void)state;
	for (size_t n = 0; n < 20; n++) {
		struct registered_entry entries[20], found;

		for (size_t i = 0; i < n; i++) {
			char serial[8];

			snprintf(serial, sizeof(serial), "%zu", i);
			entries[i] = entry_of(1, 2, serial, serial);
		}
		struct table table = encode(entries, n);
		for (size_t i = 0; i < 20; i++) {
			char serial[8];

			snprintf(serial, sizeof(serial), "%zu", i);
			const struct device device = device_of(1, 2, serial);
			assert_int_equal(registered_find(&table.view, &device, &found), i < n);
			if (i < n)
				assert_string_equal(found.tag, serial);
		}
		free(table.bytes);
	}
}

static void lists_every_entry_in_order_of_key(void **state)
{
	(void)state;
	struct registered_entry entries[3] = { entry_of(1, 2, "a", "A"), entry_of(1, 2, "b", "B"),
					       entry_of(1, 2, "c", "C") };
	struct registered_entry entry = { .verdict = VERDICT_DENY };
	struct table table = encode(entries, 3); /* which sorts them in place */

	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(registered_at(&table.view, i, &entry), 0);
		assert_string_equal(entry.tag, entries[i].tag);
		assert_memory_equal(entry.key, entries[i].key, sizeof(entry.key));
	}
	table.bytes[REGISTERED_HEADER_SIZE + 3 * DEVICE_KEY_SIZE + REGISTERED_RECORD_SIZE + 18] = 1;
	assert_int_equal(registered_at(&table.view, 0, &entry), 0);
	assert_int_equal(registered_at(&table.view, 1, &entry), -EBADMSG);
	assert_string_equal(entry.tag, entries[0].tag);
	free(table.bytes);
}

static void a_digest_where_there_is_one_must_be_equal(void **state)
{
	(void)state;
	struct registered_entry entry = entry_of(1, 2, "S", "A-001"), found = { 0 };
	struct device device = device_of(1, 2, "S");

	memset(entry.digest, 0xd1, sizeof(entry.digest));
	struct table table = encode(&entry, 1);
	assert_int_equal(registered_find(&table.view, &device, &found), 1);
	/* The table keeps the first half; a difference in the second is not seen. */
	device.digest[16] ^= 1;
	assert_int_equal(registered_find(&table.view, &device, &found), 1);
	for (size_t i = 0; i < 16; i++) {
		device.digest[i] ^= 1;
		assert_int_equal(registered_find(&table.view, &device, &found), 0);
		device.digest[i] ^= 1;
	}
	free(table.bytes);
}

static void hostile_serials(void **state)
{
	(void)state;
	struct registered_entry entry = entry_of(1, 2, "E0D55EA5", "A-001"), found;
	struct table table = encode(&entry, 1);
	static const char *const serials[] = {
		"",	    "E0D55EA",	  "E0D55EA5 ",		 " E0D55EA5",
		"e0d55ea5", "E0D55EA5\n", "E0D55EA\xef\xbc\x95", "\xff\xfe"
	};

	for (size_t i = 0; i < COUNT(serials); i++) {
		const struct device device = device_of(1, 2, serials[i]);
		assert_int_equal(registered_find(&table.view, &device, &found), 0);
	}
	struct device device = device_of(1, 2, "E0D55EA5");
	assert_int_equal(registered_find(&table.view, &device, &found), 1);
	device.has_serial = false;
	assert_int_equal(registered_find(&table.view, &device, &found), 0);

	/* The longest that a device can have. */
	struct device longest = device_of(1, 2, "");
	memset(longest.serial, 'S', sizeof(longest.serial) - 1);
	assert_int_equal(registered_find(&table.view, &longest, &found), 0);
	free(table.bytes);
}

static void every_truncation(void **state)
{
	(void)state;
	struct registered_entry entries[2] = { entry_of(1, 2, "a", "A"), entry_of(1, 2, "b", "B") };
	struct table table = encode(entries, 2);

	for (size_t size = 0; size <= table.size + 1; size++) {
		uint8_t *copy = calloc(1, size + 1);
		struct registered view = { .n = 7 };

		assert_non_null(copy);
		memcpy(copy, table.bytes, size < table.size ? size : table.size);
		assert_int_equal(registered_open(&view, copy, size, true),
				 size == table.size ? 0 : -EBADMSG);
		assert_int_equal(view.n, size == table.size ? 2 : 7);
		free(copy);
	}
	free(table.bytes);
}

static void bytes_out_of_range(void **state)
{
	(void)state;
	/* Where it is said what the first of two keys is. */
	enum { SAID = REGISTERED_HEADER_SIZE + 2 * DEVICE_KEY_SIZE };
	static const struct {
		size_t at;
		uint8_t value;
	} table[] = {
		{ 0, 'd' },
		{ 7, 1 },
		{ 7, 3 },
		{ 8, 1 },
		{ 8, 3 },
		{ 12, 1 },
		{ SAID + 16, 5 },
		{ SAID + 16, 0xff },
		{ SAID + 17, 16 },
		{ SAID + 18, 1 },
		{ SAID + 19, 1 },
		{ SAID + 20, 0 },
		{ SAID + 22, 1 },
		{ SAID + 23, 0x80 },
		{ SAID + 24, 0 },
		{ SAID + 24, '\n' },
		{ SAID + 24 + 22, 'x' },
		{ SAID + 24 + 23, 'x' },
		{ SAID + 25, 0xff },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct registered_entry entries[2] = { entry_of(1, 2, "a", "A"),
						       entry_of(1, 2, "b", "B") };
		struct table good = encode(entries, 2);
		struct registered view;

		good.bytes[table[i].at] = table[i].value;
		assert_int_equal(registered_open(&view, good.bytes, good.size, true), -EBADMSG);
		/* An entry is checked again when it is used. */
		if (table[i].at >= REGISTERED_HEADER_SIZE) {
			struct registered_entry found;
			const bool first_is_a =
				memcmp(good.view.keys, entry_of(1, 2, "a", "A").key, 16) == 0;
			const struct device device = device_of(1, 2, first_is_a ? "a" : "b");

			assert_int_equal(registered_open(&view, good.bytes, good.size, false), 0);
			assert_int_equal(registered_find(&view, &device, &found), -EBADMSG);
		}
		free(good.bytes);
	}
}

/* Of every byte between the digest and the tag, every value: those in range are read as they are
 * meant, and the others refused. */
static void every_value_of_every_byte(void **state)
{
	(void)state;
	static const enum verdict verdicts[] = { VERDICT_DENY, VERDICT_READ_ONLY, VERDICT_ALLOW,
						 VERDICT_ENCRYPTED_ONLY, VERDICT_CHARGE_ONLY };
	struct registered_entry entry = entry_of(1, 2, "a", "A");
	struct table table = encode(&entry, 1);
	uint8_t *const record = table.bytes + REGISTERED_HEADER_SIZE + DEVICE_KEY_SIZE;

	for (size_t at = 16; at < 24; at++) {
		const uint8_t before = record[at];

		for (unsigned value = 0; value < 256; value++) {
			uint32_t functions;
			struct registered_entry found;

			record[at] = (uint8_t)value;
			memcpy(&functions, record + 20, 4); /* little-endian, as is this */
			const bool good =
				at == 16   ? value < COUNT(verdicts)
				: at == 17 ? value <= _MODIFIER_ALL
				: at < 20
					? value == 0
					: functions != 0 && functions < FUNCTION_BIT(_FUNCTION_MAX);
			assert_int_equal(registered_at(&table.view, 0, &found),
					 good ? 0 : -EBADMSG);
			if (!good)
				continue;
			assert_int_equal(found.verdict, verdicts[record[16]]);
			assert_int_equal(found.modifiers, record[17]);
			assert_int_equal(found.functions, functions);
		}
		record[at] = before;
	}
	free(table.bytes);
}

static void every_verdict_and_modifier_comes_back(void **state)
{
	(void)state;
	for (int verdict = 0; verdict < _VERDICT_MAX; verdict++) {
		for (int modifiers = 0; modifiers <= _MODIFIER_ALL; modifiers++) {
			struct registered_entry entry = entry_of(1, 2, "a", "A"), found;
			const struct device device = device_of(1, 2, "a");

			entry.verdict = (enum verdict)verdict;
			entry.modifiers = (modifier_set)modifiers;
			struct table table = encode(&entry, 1);
			assert_int_equal(registered_find(&table.view, &device, &found), 1);
			assert_int_equal(found.verdict, verdict);
			assert_int_equal(found.modifiers, modifiers);
			free(table.bytes);
		}
	}
}

static void order_and_size(void **state)
{
	(void)state;
	struct registered_entry entries[2] = { entry_of(1, 2, "a", "A"), entry_of(1, 2, "b", "B") };
	struct table table = encode(entries, 2);
	uint8_t swapped[DEVICE_KEY_SIZE], header[REGISTERED_HEADER_SIZE];
	uint8_t *const first = table.bytes + REGISTERED_HEADER_SIZE, *const second = first + 16;
	struct registered view;

	memcpy(swapped, first, sizeof(swapped));
	memmove(first, second, sizeof(swapped));
	assert_int_equal(registered_open(&view, table.bytes, table.size, true), -EBADMSG);
	memcpy(second, swapped, sizeof(swapped));
	assert_int_equal(registered_open(&view, table.bytes, table.size, true), -EBADMSG);
	assert_int_equal(registered_open(&view, table.bytes, table.size, false), 0);

	memcpy(header, table.bytes, sizeof(header));
	header[8] = 0x81, header[9] = 0x84, header[10] = 0x1e; /* 2,000,001 */
	assert_int_equal(registered_open(&view, header, sizeof(header), true), -E2BIG);
	header[8] = 0x80;
	assert_int_equal(registered_open(&view, header, sizeof(header), true), -EBADMSG);
	free(table.bytes);
}

/* No number of a fan-out but the right one is accepted; and where a wrong one was not looked for,
 * the search stays within the table, and finds the medium, or says that it cannot know, or that it
 * is not where it would have to be. */
static void every_number_of_the_fan_out(void **state)
{
	(void)state;
	struct registered_entry entries[20], found;
	static const uint32_t wrong[] = { 0, 1, 19, 20, 21, UINT32_MAX };
	size_t damaged = 0;

	for (size_t i = 0; i < COUNT(entries); i++) {
		char serial[8];

		snprintf(serial, sizeof(serial), "%zu", i);
		entries[i] = entry_of(1, 2, serial, serial);
	}
	struct table table = encode(entries, COUNT(entries));
	for (size_t byte = 0; byte < REGISTERED_FAN_OUT; byte++) {
		uint8_t *const number = table.bytes + 16 + 4 * byte;
		uint32_t right, i = 0;

		memcpy(&right, number, sizeof(right)); /* little-endian, as is this */
		while (i < COUNT(entries) && table.view.keys[i * DEVICE_KEY_SIZE] <= byte)
			i++;
		assert_int_equal(right, i);
		for (size_t w = 0; w < COUNT(wrong); w++) {
			struct registered view;

			memcpy(number, &wrong[w], sizeof(wrong[w]));
			assert_int_equal(registered_open(&view, table.bytes, table.size, true),
					 wrong[w] == right ? 0 : -EBADMSG);
			assert_int_equal(registered_open(&view, table.bytes, table.size, false), 0);
			for (size_t e = 0; e < COUNT(entries); e++) {
				const struct device device = device_of(1, 2, entries[e].tag);
				const int r = registered_find(&view, &device, &found);

				assert_true(r == 1 ||
					    (wrong[w] != right && (r == 0 || r == -EBADMSG)));
				damaged += r == -EBADMSG;
			}
		}
		memcpy(number, &right, sizeof(right));
	}
	assert_true(damaged > 0);
	free(table.bytes);
}

static void encoding_refuses(void **state)
{
	(void)state;
	struct registered_entry entries[3] = { entry_of(1, 2, "a", "A"), entry_of(1, 2, "b", "B"),
					       entry_of(1, 2, "a", "C") };
	uint8_t *bytes = NULL;
	size_t size = 0;

	assert_int_equal(registered_encode(entries, 3, &bytes, &size), -EEXIST);
	assert_int_equal(registered_encode(entries, REGISTERED_MAX_ENTRIES + 1, &bytes, &size),
			 -E2BIG);

	struct registered_entry entry = entry_of(1, 2, "a", "");
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), -EINVAL);
	entry = entry_of(1, 2, "a", "tab\there");
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), -EINVAL);
	entry = entry_of(1, 2, "a", "A");
	memset(entry.tag, 'A', sizeof(entry.tag));
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), -EINVAL);
	entry = entry_of(1, 2, "a", "A");
	entry.functions = 0;
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), -EINVAL);
	entry.functions = FUNCTION_BIT(_FUNCTION_MAX);
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), -EINVAL);
	entry = entry_of(1, 2, "a", "A");
	entry.verdict = _VERDICT_MAX;
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), -EINVAL);
	entry.verdict = VERDICT_DENY;
	entry.modifiers = _MODIFIER_ALL + 1;
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), -EINVAL);
	assert_null(bytes);
	assert_int_equal(size, 0);
	entry.modifiers = 0;

	entry.functions = ~(function_set)0;
	entry.verdict = VERDICT_DENY;
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), 0);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_as_the_header_says),
		cmocka_unit_test(finds_what_a_linear_scan_finds),
		cmocka_unit_test(finds_the_first_and_the_last_of_every_size),
		cmocka_unit_test(lists_every_entry_in_order_of_key),
		cmocka_unit_test(a_digest_where_there_is_one_must_be_equal),
		cmocka_unit_test(hostile_serials),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(bytes_out_of_range),
		cmocka_unit_test(every_value_of_every_byte),
		cmocka_unit_test(every_verdict_and_modifier_comes_back),
		cmocka_unit_test(order_and_size),
		cmocka_unit_test(every_number_of_the_fan_out),
		cmocka_unit_test(encoding_refuses),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
