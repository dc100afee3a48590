/* How many entries a lookup touches: hardly any in a table of hashes of any size, and never more
 * than some multiple of log2(n) in the worst table that can be made.
 *
 * The source is compiled in here, with each key that is looked at counted where it becomes a
 * number. */
#include "cmocka_test.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

static size_t halves; /* of keys: two for the one that is sought, and two a probe */

static uint64_t counting_be64toh(uint64_t value)
{
	halves++;
	return be64toh(value);
}

#include "policy/device.h"

/* The system's is used above; in the source below, this. */
#undef be64toh
#define be64toh counting_be64toh
#include "policy/registered.c"

#include <sodium.h>

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, DEVICE_KEY_SIZE);
}

/* A table of @n entries whose keys are as @key says of their number, without what is said of them.
 */
static struct registered table_of(uint32_t n, void (*key)(uint32_t i, uint32_t n, uint8_t *ret))
{
	uint8_t *bytes = malloc(REGISTERED_FAN_OUT_SIZE + (size_t)n * DEVICE_KEY_SIZE);
	uint8_t *keys = bytes + REGISTERED_FAN_OUT_SIZE;

	assert_non_null(bytes);
	memset(keys, 0, (size_t)n * DEVICE_KEY_SIZE);
	for (uint32_t i = 0; i < n; i++)
		key(i, n, keys + (size_t)i * DEVICE_KEY_SIZE);
	if (n > 0)
		qsort(keys, n, DEVICE_KEY_SIZE, by_bytes);
	count_leading(keys, n, bytes);
	return (struct registered){ .fan_out = bytes, .keys = keys, .n = n };
}

static void put_big_endian(uint8_t *ret, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		ret[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static void as_hashes(uint32_t i, uint32_t n, uint8_t *ret)
{
	uint8_t hash[32];

	(void)n;
	crypto_hash_sha256(hash, (const uint8_t *)&i, sizeof(i));
	memcpy(ret, hash, DEVICE_KEY_SIZE);
}

/* All begin alike: the last bytes tell them apart. */
static void alike(uint32_t i, uint32_t n, uint8_t *ret)
{
	(void)n;
	memset(ret, 0x5a, 12);
	put_big_endian(ret + 12, i, 4);
}

/* One far away, at the end or at the beginning, and the others close together. */
static void one_above(uint32_t i, uint32_t n, uint8_t *ret)
{
	put_big_endian(ret, i + 1 == n ? UINT32_MAX : i, 4);
}

static void one_below(uint32_t i, uint32_t n, uint8_t *ret)
{
	put_big_endian(ret, i == 0 ? 0 : UINT32_MAX - n + i, 4);
}

/* Each twice as far as the one before, as interpolation likes least. */
static void doubling(uint32_t i, uint32_t n, uint8_t *ret)
{
	const uint32_t step = n / 28 + 1;

	put_big_endian(ret, 1ULL << (i / step), 4);
	put_big_endian(ret + 4, i, 4);
}

/* Squares: close together at the beginning, far apart at the end. */
static void squares(uint32_t i, uint32_t n, uint8_t *ret)
{
	put_big_endian(ret, (uint64_t)((double)i / n * ((double)i / n) * UINT32_MAX), 4);
	put_big_endian(ret + 4, i, 4);
}

/* Two heaps with nothing between. */
static void two_heaps(uint32_t i, uint32_t n, uint8_t *ret)
{
	put_big_endian(ret, i < n / 2 ? i : UINT32_MAX - n + i, 4);
}

struct cost {
	size_t most, sum, lookups;
};

/* Look for every @step-th key, and for what is just above and below it. */
static struct cost look_up_all(const struct registered *table, uint32_t step)
{
	struct cost cost = { 0 };

	for (uint32_t i = 0; i < table->n; i += step) {
		for (int change = -1; change <= 1; change++) {
			uint8_t key[DEVICE_KEY_SIZE];

			memcpy(key, key_at(table, i), sizeof(key));
			if (key[DEVICE_KEY_SIZE - 1] == (change > 0 ? UINT8_MAX : 0))
				continue; /* its neighbour is elsewhere */
			key[DEVICE_KEY_SIZE - 1] = (uint8_t)(key[DEVICE_KEY_SIZE - 1] + change);
			/* What a search without wit finds. */
			int64_t wanted = change == 0 ? (int64_t)i : -ENOENT;
			for (uint32_t near = i < 2 ? 0 : i - 2; near < i + 3 && near < table->n;
			     near++)
				if (by_bytes(key_at(table, near), key) == 0)
					wanted = near;
			halves = 0;
			assert_int_equal(search(table, key), wanted);
			const size_t probes = halves / 2 - 1;
			cost.most = probes > cost.most ? probes : cost.most;
			cost.sum += probes;
			cost.lookups++;
		}
	}
	return cost;
}

static size_t log2_of(uint32_t n)
{
	size_t log = 0;

	while (n > 1) {
		n /= 2;
		log++;
	}
	return log;
}

/* The most that is promised. */
static size_t most_for(uint32_t n)
{
	return INTERPOLATIONS + log2_of(n) / 2 + log2_of(n) + 2;
}

static void no_table_costs_more_than_promised(void **state)
{
	(void)state;
	static void (*const keys[])(uint32_t, uint32_t, uint8_t *) = {
		as_hashes, alike, one_above, one_below, doubling, squares, two_heaps,
	};
	static const uint32_t sizes[] = { 0, 1, 2, 3, 7, 8, 9, 100, 1000, 4096, 100000 };

	for (size_t k = 0; k < COUNT(keys); k++) {
		for (size_t s = 0; s < COUNT(sizes); s++) {
			const uint32_t n = sizes[s];
			struct registered table = table_of(n, keys[k]);

			const struct cost cost = look_up_all(&table, n < 5000 ? 1 : 37);
			if (cost.most > most_for(n))
				fail_msg("keys %zu, %u entries: %zu", k, n, cost.most);
			free((void *)table.fan_out);
		}
	}
}

/* A thousand times as many entries cost a probe or two more. */
static void the_cost_of_hashes_is_flat(void **state)
{
	(void)state;
	static const struct {
		uint32_t n;
		double most; /* of the mean */
	} table[] = { { 1000, 3.0 }, { 1000000, 4.5 } };

	for (size_t i = 0; i < COUNT(table); i++) {
		struct registered registered = table_of(table[i].n, as_hashes);

		const struct cost cost = look_up_all(&registered, table[i].n / 1000);
		const double mean = (double)cost.sum / (double)cost.lookups;
		print_message("%u entries: %.2f probes a lookup, %zu at most\n", table[i].n, mean,
			      cost.most);
		assert_true(mean < table[i].most);
		free((void *)registered.fan_out);
	}
}

/* A table that was opened without a look at its order, and has none: some answer, and an end. */
static void a_table_without_order_ends_the_search(void **state)
{
	(void)state;
	struct registered table = table_of(5000, as_hashes);
	uint8_t *keys = (uint8_t *)table.keys;
	size_t probes = 0;

	for (uint32_t i = 0; i < table.n; i++) { /* each trades places with another one */
		uint8_t key[DEVICE_KEY_SIZE];
		uint8_t *other = keys + (size_t)randombytes_uniform(table.n) * DEVICE_KEY_SIZE;

		memcpy(key, keys + (size_t)i * DEVICE_KEY_SIZE, sizeof(key));
		memcpy(keys + (size_t)i * DEVICE_KEY_SIZE, other, sizeof(key));
		memcpy(other, key, sizeof(key));
	}
	for (uint32_t i = 0; i < table.n; i++) {
		halves = 0;
		const int64_t found = search(&table, key_at(&table, i));
		assert_true(found == -ENOENT || found == i);
		assert_true(halves / 2 - 1 <= most_for(table.n));
		probes += halves / 2 - 1;
	}
	assert_true(probes > table.n);
	free((void *)table.fan_out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_table_costs_more_than_promised),
		cmocka_unit_test(the_cost_of_hashes_is_flat),
		cmocka_unit_test(a_table_without_order_ends_the_search),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
