/* registered - the registered-media table: fixed-size entries sorted by key, searched in place.
 *
 * Format, little-endian.  Header, 1040 bytes: "DGREG\0\0\2", u32 number of entries, u32 zero, and
 * the fan-out: for each byte 0 to 255, u32 how many keys begin with it or one before it.  Then the
 * keys, 16 bytes each by device_key(), strictly ascending (so no key twice).  Then for each key, in
 * the same order, what is said of it, 48 bytes:
 *
 *   - 0: digest[16], first half of the raw descriptors' SHA-256, or zeros for any
 *   - 16: u8 verdict: 0 deny, 1 read-only, 2 allow, 3 encrypted-only, 4 charge-only
 *   - 17: u8 modifiers, bits of enum modifier
 *   - 18: zeros[2]
 *   - 20: u32 functions that this entry speaks for (usually storage), or ~0 for all
 *   - 24: tag[24], asset tag, UTF-8 that shows, NUL-padded, 1 to 23 bytes
 *
 * The same format holds the revoked devices; there the verdict is deny and the functions are ~0.
 * Pure: the caller maps the file.  A lookup allocates nothing, and touches some four keys of a
 * table of any size whose keys are hashes, most of them side by side, and O(log n) of any table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"

enum {
	REGISTERED_FAN_OUT = 256,
	REGISTERED_FAN_OUT_SIZE = REGISTERED_FAN_OUT * 4,
	REGISTERED_HEADER_SIZE = 16 + REGISTERED_FAN_OUT_SIZE,
	REGISTERED_RECORD_SIZE = 48, /* what is said of a key */
	REGISTERED_ENTRY_SIZE = DEVICE_KEY_SIZE + REGISTERED_RECORD_SIZE,
	REGISTERED_TAG_SIZE = 24,
	REGISTERED_MAX_ENTRIES = 2000000,
};

struct registered_entry {
	uint8_t key[DEVICE_KEY_SIZE];
	uint8_t digest[16];
	enum verdict verdict;
	modifier_set modifiers;
	function_set functions;
	char tag[REGISTERED_TAG_SIZE];
};

/* A view of a table; borrows the bytes it was opened on until they go.  Zeroed: an empty one. */
struct registered {
	const uint8_t *fan_out, *keys, *records;
	uint32_t n;
};

/* Check header and size, and take a view.  Entries, their order and the fan-out are checked too
 * when @check_order (touches every entry: once, when a table is accepted).  Returns 0 or -EBADMSG,
 * -E2BIG. */
int registered_open(struct registered *ret, const uint8_t *bytes, size_t size, bool check_order)
	__attribute__((warn_unused_result));

/* Returns 1 and fills *@ret if the table has an entry for @device (serial present, key equal, and
 * digest equal where the entry has one), else 0; -EBADMSG on an entry or a fan-out out of range. */
int registered_find(const struct registered *table, const struct device *device,
		    struct registered_entry *ret) __attribute__((warn_unused_result));

/* The same with the device's key at hand: @key is its device_key(). */
int registered_find_key(const struct registered *table, const uint8_t key[static DEVICE_KEY_SIZE],
			const struct device *device, struct registered_entry *ret)
	__attribute__((warn_unused_result));

/* Fill *@ret with the entry at @i, less than table->n, in order of key.  Returns 0; -EBADMSG on an
 * entry out of range. */
int registered_at(const struct registered *table, uint32_t i, struct registered_entry *ret)
	__attribute__((warn_unused_result));

/* Build a table from @entries (any order; sorted in place).  Gives *@ret, to be freed.
 * Returns 0; -EEXIST if two entries share a key; -E2BIG; -EINVAL for a tag, verdict or functions
 * out of range; -ENOMEM. */
int registered_encode(struct registered_entry *entries, size_t n, uint8_t **ret, size_t *ret_size)
	__attribute__((warn_unused_result));
