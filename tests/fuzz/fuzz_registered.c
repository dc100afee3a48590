#include "fuzz.h"

#include <errno.h>

#include <sodium.h>

#include "policy/registered.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0;
}

/* The sticks of the seeds, and one that is in no table. */
static const char *const serials[] = { "S1", "S2", "S3", "none" };

static struct device device_of(const char *serial)
{
	struct device device = { .vendor = 0x0951, .product = 0x1666, .has_serial = true };

	memcpy(device.serial, serial, strlen(serial) + 1);
	return device;
}

/* What a search must find: looked for entry by entry. */
static int scan(const struct registered *table, const struct device *device)
{
	uint8_t key[DEVICE_KEY_SIZE];

	device_key(device, key);
	for (uint32_t i = 0; i < table->n; i++) {
		const uint8_t *digest = table->records + (size_t)i * REGISTERED_RECORD_SIZE;

		if (memcmp(table->keys + (size_t)i * sizeof(key), key, sizeof(key)) == 0)
			return sodium_is_zero(digest, 16) ||
			       memcmp(digest, device->digest, 16) == 0;
	}
	return 0;
}

static void check_entry(const struct registered_entry *entry)
{
	const size_t length = strnlen(entry->tag, sizeof(entry->tag));

	assert(entry->verdict < _VERDICT_MAX && entry->functions != 0);
	assert(length > 0 && length < sizeof(entry->tag));
}

static void search(const uint8_t *data, size_t size, bool check_order)
{
	struct registered table;
	const int r = registered_open(&table, data, size, check_order);

	assert(r == 0 || r == -EBADMSG || r == -E2BIG);
	if (r < 0)
		return;
	assert(size == REGISTERED_HEADER_SIZE + (size_t)table.n * REGISTERED_ENTRY_SIZE);
	for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
		const struct device device = device_of(serials[i]);
		struct registered_entry found;
		const int got = registered_find(&table, &device, &found);

		if (got == 1)
			check_entry(&found);
		/* A table that was checked has no entry that cannot be read. */
		if (check_order)
			assert(got == scan(&table, &device));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	search(data, size, false);
	search(data, size, true);
	return 0;
}
