#include "registered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const uint8_t magic[8] = { 'D', 'G', 'R', 'E', 'G', 0, 0, 1 };

/* Offsets in an entry. */
enum {
	AT_KEY = 0,
	AT_DIGEST = 16,
	AT_VERDICT = 32,
	AT_MODIFIERS = 33,
	AT_ZEROS = 34,
	AT_FUNCTIONS = 36,
	AT_TAG = 40,
};

_Static_assert(AT_TAG + REGISTERED_TAG_SIZE == REGISTERED_ENTRY_SIZE, "the tag ends an entry");

enum { ZEROS = AT_FUNCTIONS - AT_ZEROS };

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

static int decode_entry(const uint8_t *bytes, struct registered_entry *ret)
{
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

	memcpy(entry.key, bytes + AT_KEY, sizeof(entry.key));
	memcpy(entry.digest, bytes + AT_DIGEST, sizeof(entry.digest));
	*ret = entry;
	return 0;
}

static const uint8_t *entry_at(const struct registered *table, size_t i)
{
	return table->entries + i * REGISTERED_ENTRY_SIZE;
}

static int check_entries(const struct registered *table)
{
	struct registered_entry entry;

	for (uint32_t i = 0; i < table->n; i++) {
		if (decode_entry(entry_at(table, i), &entry) < 0)
			return -EBADMSG;
		if (i > 0 && memcmp(entry_at(table, i - 1), entry.key, DEVICE_KEY_SIZE) >= 0)
			return -EBADMSG;
	}
	return 0;
}

int registered_open(struct registered *ret, const uint8_t *bytes, size_t size, bool check_order)
{
	if (size < REGISTERED_HEADER_SIZE || memcmp(bytes, magic, sizeof(magic)) != 0 ||
	    get_u32(bytes + 12) != 0)
		return -EBADMSG;

	const struct registered table = {
		.entries = bytes + REGISTERED_HEADER_SIZE,
		.n = get_u32(bytes + 8),
	};
	if (table.n > REGISTERED_MAX_ENTRIES)
		return -E2BIG;
	if (size - REGISTERED_HEADER_SIZE != (size_t)table.n * REGISTERED_ENTRY_SIZE)
		return -EBADMSG;
	if (check_order && check_entries(&table) < 0)
		return -EBADMSG;
	*ret = table;
	return 0;
}

/* Binary search; NULL if no entry has @key. */
static const uint8_t *search(const struct registered *table,
			     const uint8_t key[static DEVICE_KEY_SIZE])
{
	uint32_t low = 0, high = table->n;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const uint8_t *bytes = entry_at(table, middle);
		const int order = memcmp(key, bytes, DEVICE_KEY_SIZE);

		if (order == 0)
			return bytes;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int registered_find(const struct registered *table, const struct device *device,
		    struct registered_entry *ret)
{
	uint8_t key[DEVICE_KEY_SIZE];

	if (!device->has_serial || device->serial[0] == '\0')
		return 0;
	device_media_key(device->vendor, device->product, device->serial, key);
	return registered_find_key(table, key, device, ret);
}

int registered_find_key(const struct registered *table, const uint8_t key[static DEVICE_KEY_SIZE],
			const struct device *device, struct registered_entry *ret)
{
	struct registered_entry entry;
	const uint8_t *bytes = search(table, key);
	if (bytes == NULL)
		return 0;
	if (decode_entry(bytes, &entry) < 0)
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

static void encode_entry(const struct registered_entry *entry, uint8_t *ret)
{
	memcpy(ret + AT_KEY, entry->key, sizeof(entry->key));
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
	for (size_t i = 0; i < n; i++) {
		struct registered_entry check;
		uint8_t *entry = bytes + REGISTERED_HEADER_SIZE + i * REGISTERED_ENTRY_SIZE;

		encode_entry(&entries[i], entry);
		if (decode_entry(entry, &check) < 0) {
			free(bytes);
			return -EINVAL;
		}
	}
	*ret = bytes;
	*ret_size = size;
	return 0;
}

int registered_at(const struct registered *table, uint32_t i, struct registered_entry *ret)
{
	return decode_entry(entry_at(table, i), ret);
}
