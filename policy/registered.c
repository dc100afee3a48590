#include "registered.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const uint8_t magic[8] = { 'D', 'G', 'R', 'E', 'G', 0, 0, 2 };

/* Offsets in what is said of a key. */
enum {
	AT_DIGEST = 0,
	AT_VERDICT = 16,
	AT_MODIFIERS = 17,
	AT_ZEROS = 18,
	AT_FUNCTIONS = 20,
	AT_TAG = 24,
};

_Static_assert(AT_TAG + REGISTERED_TAG_SIZE == REGISTERED_RECORD_SIZE, "the tag ends it");

enum { ZEROS = AT_FUNCTIONS - AT_ZEROS, INTERPOLATIONS = 5 };

static const uint8_t zeros[16];

/* The verdict's code in an entry, apart from enum verdict, which is ordered by strictness. */
static const enum verdict verdicts[_VERDICT_MAX] = {
	VERDICT_DENY, VERDICT_READ_ONLY, VERDICT_ALLOW, VERDICT_ENCRYPTED_ONLY, VERDICT_CHARGE_ONLY,
};

static uint8_t code_of(enum verdict verdict)
{
	uint8_t code = 0;

	while (code < _VERDICT_MAX && verdicts[code] != verdict)
		code++;
	return code; /* out of range for what is none */
}

static uint32_t get_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

static bool functions_in_range(function_set functions)
{
	return functions == ~(function_set)0 ||
	       (functions != 0 && functions < FUNCTION_BIT(_FUNCTION_MAX));
}

static const uint8_t *key_at(const struct registered *table, size_t i)
{
	return table->keys + i * DEVICE_KEY_SIZE;
}

int registered_at(const struct registered *table, uint32_t i, struct registered_entry *ret)
{
	const uint8_t *bytes = table->records + (size_t)i * REGISTERED_RECORD_SIZE;
	struct registered_entry entry = {
		.modifiers = bytes[AT_MODIFIERS],
		.functions = get_u32(bytes + AT_FUNCTIONS),
	};

	if (bytes[AT_VERDICT] >= _VERDICT_MAX || (entry.modifiers & ~_MODIFIER_ALL) != 0 ||
	    memcmp(bytes + AT_ZEROS, zeros, ZEROS) != 0 || !functions_in_range(entry.functions))
		return -EBADMSG;

	entry.verdict = verdicts[bytes[AT_VERDICT]];
	memcpy(entry.tag, bytes + AT_TAG, REGISTERED_TAG_SIZE);
	const size_t length = strnlen(entry.tag, REGISTERED_TAG_SIZE);
	if (length == 0 || length == REGISTERED_TAG_SIZE || !text_is_clean(entry.tag, length) ||
	    memcmp(entry.tag + length, (char[REGISTERED_TAG_SIZE]){ 0 },
		   REGISTERED_TAG_SIZE - length) != 0)
		return -EBADMSG;

	memcpy(entry.key, key_at(table, i), sizeof(entry.key));
	memcpy(entry.digest, bytes + AT_DIGEST, sizeof(entry.digest));
	*ret = entry;
	return 0;
}

/* How many of the @n keys, which are sorted, begin with each byte or one before it. */
static void count_leading(const uint8_t *keys, uint32_t n, uint8_t *ret)
{
	uint32_t i = 0;

	for (uint32_t byte = 0; byte < REGISTERED_FAN_OUT; byte++) {
		while (i < n && keys[(size_t)i * DEVICE_KEY_SIZE] <= byte)
			i++;
		put_u32(ret + byte * sizeof(uint32_t), i);
	}
}

static int check_fan_out(const struct registered *table)
{
	uint8_t expected[REGISTERED_FAN_OUT_SIZE];

	count_leading(table->keys, table->n, expected);
	return memcmp(table->fan_out, expected, sizeof(expected)) == 0 ? 0 : -EBADMSG;
}

static int check_entries(const struct registered *table)
{
	struct registered_entry entry;

	for (uint32_t i = 0; i < table->n; i++) {
		if (registered_at(table, i, &entry) < 0)
			return -EBADMSG;
		if (i > 0 && memcmp(key_at(table, i - 1), entry.key, DEVICE_KEY_SIZE) >= 0)
			return -EBADMSG;
	}
	return 0;
}

int registered_open(struct registered *ret, const uint8_t *bytes, size_t size, bool check_order)
{
	if (size < REGISTERED_HEADER_SIZE || memcmp(bytes, magic, sizeof(magic)) != 0 ||
	    get_u32(bytes + 12) != 0)
		return -EBADMSG;

	struct registered table = {
		.fan_out = bytes + REGISTERED_HEADER_SIZE - REGISTERED_FAN_OUT_SIZE,
		.keys = bytes + REGISTERED_HEADER_SIZE,
		.n = get_u32(bytes + 8),
	};
	if (table.n > REGISTERED_MAX_ENTRIES)
		return -E2BIG;
	if (size - REGISTERED_HEADER_SIZE != (size_t)table.n * REGISTERED_ENTRY_SIZE)
		return -EBADMSG;
	table.records = key_at(&table, table.n);
	if (check_order && (check_entries(&table) < 0 || check_fan_out(&table) < 0))
		return -EBADMSG;
	*ret = table;
	return 0;
}

/* A key as the number that it is in the table's order.  Ten and more are compared for a decision.
 */
struct number {
	uint64_t high, low;
};

_Static_assert(DEVICE_KEY_SIZE == sizeof(struct number), "it holds a whole key");

static struct number number_of(const uint8_t key[static DEVICE_KEY_SIZE])
{
	struct number number;

	memcpy(&number, key, sizeof(number));
	return (struct number){ be64toh(number.high), be64toh(number.low) };
}

static bool is_less(struct number a, struct number b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

/* The leading bytes of a key, by which it is known where in the table it should be. */
static uint32_t leading(struct number key)
{
	return (uint32_t)(key.high >> 32);
}

/* Entries @low to @high - 1 may have the key; their leading bytes are from @first to @last. */
struct range {
	uint32_t low, high;
	uint32_t first, last;
};

/* Where @wanted is in @range if its keys lie evenly, as hashes do. */
static uint32_t place_by_key(const struct range *range, uint32_t wanted)
{
	const uint64_t width = (uint64_t)range->last - range->first + 1;

	return range->low +
	       (uint32_t)((uint64_t)(wanted - range->first) * (range->high - range->low) / width);
}

/* @step from the end of @range that was moved last, but never past its middle. */
static uint32_t place_by_step(const struct range *range, uint32_t step, bool from_below)
{
	const uint32_t half = (range->high - range->low) / 2;
	const uint32_t most = step < half ? step : half;

	return from_below ? range->low + most : range->high - 1 - most;
}

/* The entries whose keys begin as @key does.  Returns 0, or -EBADMSG if there cannot be such. */
static int range_of(const struct registered *table, const uint8_t *key, struct range *ret)
{
	const uint32_t byte = key[0];
	const uint8_t *end = table->fan_out + byte * sizeof(uint32_t);

	*ret = (struct range){
		.low = byte == 0 ? 0 : get_u32(end - sizeof(uint32_t)),
		.high = get_u32(end),
		.first = byte << 24,
		.last = byte << 24 | 0xffffff,
	};
	return ret->low <= ret->high && ret->high <= table->n ? 0 : -EBADMSG;
}

/* The place of @key; -ENOENT; -EBADMSG.  The fan-out tells the 256th part of the table that it is
 * in, interpolation comes near at the first probe there and nearer with each, within the same page
 * or two, so that a lookup in a million entries touches hardly more memory than one in ten.  What
 * is left then is close to the last probe, and is found by steps away from it, four times as long
 * each, and from there by halves. Whoever makes devices can choose keys that lie unevenly.  That is
 * why interpolation has only so many probes, and is left out where all keys that remain begin
 * alike: no table costs more than INTERPOLATIONS probes, and those of the steps and the halves,
 * log4(n) and log2(n). */
static int64_t search(const struct registered *table, const uint8_t key[static DEVICE_KEY_SIZE])
{
	const struct number sought = number_of(key);
	const uint32_t wanted = leading(sought);
	struct range range;
	uint32_t step = 1;
	bool from_below = true;

	if (table->n == 0)
		return -ENOENT;
	if (range_of(table, key, &range) < 0)
		return -EBADMSG;

	for (int probes = 0; range.low < range.high; probes++) {
		/* What is behind the key is above it, and what is before it below, whatever the
		 * table; so @wanted never leaves the range. */
		const bool even = probes < INTERPOLATIONS && range.first < range.last;
		const uint32_t at = even ? place_by_key(&range, wanted)
					 : place_by_step(&range, step, from_below);
		const struct number found = number_of(key_at(table, at));

		from_below = is_less(found, sought);
		if (!from_below && !is_less(sought, found))
			return at;
		step = even || step > range.high ? step : 4 * step;
		if (from_below) {
			range.low = at + 1;
			range.first = leading(found);
		} else {
			range.high = at;
			range.last = leading(found);
		}
	}
	return -ENOENT;
}

int registered_find(const struct registered *table, const struct device *device,
		    struct registered_entry *ret)
{
	uint8_t key[DEVICE_KEY_SIZE];

	if (!device->has_serial || device->serial[0] == '\0')
		return 0;
	device_key(device, key);
	return registered_find_key(table, key, device, ret);
}

int registered_find_key(const struct registered *table, const uint8_t key[static DEVICE_KEY_SIZE],
			const struct device *device, struct registered_entry *ret)
{
	struct registered_entry entry;
	const int64_t place = search(table, key);
	if (place == -ENOENT)
		return 0;
	if (place < 0 || registered_at(table, (uint32_t)place, &entry) < 0)
		return -EBADMSG;
	if (memcmp(entry.digest, zeros, sizeof(entry.digest)) != 0 &&
	    memcmp(entry.digest, device->digest, sizeof(entry.digest)) != 0)
		return 0;
	*ret = entry;
	return 1;
}

static int by_key(const void *a, const void *b)
{
	const struct registered_entry *x = a, *y = b;

	return memcmp(x->key, y->key, DEVICE_KEY_SIZE);
}

static void encode_record(const struct registered_entry *entry, uint8_t *ret)
{
	memcpy(ret + AT_DIGEST, entry->digest, sizeof(entry->digest));
	ret[AT_VERDICT] = code_of(entry->verdict);
	ret[AT_MODIFIERS] = entry->modifiers;
	memset(ret + AT_ZEROS, 0, ZEROS);
	put_u32(ret + AT_FUNCTIONS, entry->functions);
	memset(ret + AT_TAG, 0, REGISTERED_TAG_SIZE);
	memcpy(ret + AT_TAG, entry->tag, strnlen(entry->tag, REGISTERED_TAG_SIZE));
}

int registered_encode(struct registered_entry *entries, size_t n, uint8_t **ret, size_t *ret_size)
{
	if (n > REGISTERED_MAX_ENTRIES)
		return -E2BIG;
	if (n > 0)
		qsort(entries, n, sizeof(*entries), by_key);
	for (size_t i = 1; i < n; i++)
		if (by_key(&entries[i - 1], &entries[i]) == 0)
			return -EEXIST;

	const size_t size = REGISTERED_HEADER_SIZE + n * REGISTERED_ENTRY_SIZE;
	uint8_t *bytes = malloc(size);
	if (bytes == NULL)
		return -ENOMEM;

	memcpy(bytes, magic, sizeof(magic));
	put_u32(bytes + 8, (uint32_t)n);
	put_u32(bytes + 12, 0);
	uint8_t *keys = bytes + REGISTERED_HEADER_SIZE, *records = keys + n * DEVICE_KEY_SIZE;
	uint8_t *fan_out = keys - REGISTERED_FAN_OUT_SIZE;
	const struct registered table = { fan_out, keys, records, (uint32_t)n };
	for (size_t i = 0; i < n; i++) {
		struct registered_entry check;

		memcpy(keys + i * DEVICE_KEY_SIZE, entries[i].key, DEVICE_KEY_SIZE);
		encode_record(&entries[i], records + i * REGISTERED_RECORD_SIZE);
		if (registered_at(&table, (uint32_t)i, &check) < 0) {
			free(bytes);
			return -EINVAL;
		}
	}
	count_leading(keys, (uint32_t)n, fan_out);
	*ret = bytes;
	*ret_size = size;
	return 0;
}
