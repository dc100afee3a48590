/* Which rules may match a device, found by what it is.
 *
 * A key is hashed with SipHash-2-4 under a secret made of the document itself, so that nobody who
 * writes rules or builds devices can choose what collides.  The hashes lie in order beside the
 * rules they belong to; a directory over their highest bits leads to the few of them that can be
 * meant, and a binary search to the first.  So a search costs the same for ten rules and for
 * 20,000, and no document can make it worse than a binary search.  No key is kept: a rule that is
 * found by a hash that is another key's is asked like any other, and fails. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "shapes.h"

struct entry {
	uint64_t hash;
	uint32_t place;
};

/* The entries that are being gathered: counted first, then kept. */
struct gathering {
	struct rules_index *index;
	struct entry *entries; /* NULL while they are counted */
	size_t n;
	uint32_t place;
};

static uint64_t hash_of(const struct rules_index *index, enum rules_key kind, const void *key,
			size_t size)
{
	uint8_t bytes[1 + DEVICE_TEXT_SIZE], hash[crypto_shorthash_siphash24_BYTES];
	uint64_t ret;

	assert(size < sizeof(bytes));
	bytes[0] = (uint8_t)kind;
	memcpy(bytes + 1, key, size);
	crypto_shorthash_siphash24(hash, bytes, size + 1, index->secret);
	memcpy(&ret, hash, sizeof(ret));
	return ret;
}

static void add(struct gathering *gathering, enum rules_key kind, const void *key, size_t size)
{
	if (gathering->entries != NULL)
		gathering->entries[gathering->n] =
			(struct entry){ hash_of(gathering->index, kind, key, size),
					gathering->place };
	gathering->index->kinds |= 1U << kind;
	gathering->n++;
}

static bool add_digests(struct gathering *gathering, const struct match_rule *rule,
			enum condition_kind kind, enum rules_key key)
{
	const struct condition *condition = match_condition(rule, kind);

	if (condition == NULL)
		return false;
	for (uint32_t i = 0; i < condition->n; i++)
		add(gathering, key, (const uint8_t *)condition->values + i * DEVICE_DIGEST_SIZE,
		    DEVICE_DIGEST_SIZE);
	return true;
}

static bool add_texts(struct gathering *gathering, const struct match_rule *rule,
		      enum condition_kind kind, enum rules_key key)
{
	const struct condition *condition = match_condition(rule, kind);
	uint32_t n = 0;
	const char *const *texts = condition == NULL ? NULL : texts_exact(condition, &n);

	for (uint32_t i = 0; texts != NULL && i < n; i++)
		add(gathering, key, texts[i], strlen(texts[i]));
	return texts != NULL;
}

/* The ids of a condition, or NULL if there is none or one is a range. */
static const struct id_range *exact_ids(const struct match_rule *rule, enum condition_kind kind,
					uint32_t *ret_n)
{
	const struct condition *condition = match_condition(rule, kind);
	const struct id_range *ids = condition == NULL ? NULL : condition->values;

	*ret_n = ids == NULL ? 0 : condition->n;
	for (uint32_t i = 0; i < *ret_n; i++)
		if (ids[i].from != ids[i].to)
			return NULL;
	return ids;
}

/* Each vendor with each product, unless there were more pairs than ids. */
static bool add_products(struct gathering *gathering, const struct match_rule *rule)
{
	uint32_t n_vendors, n_products;
	const struct id_range *vendors = exact_ids(rule, CONDITION_VENDOR, &n_vendors);
	const struct id_range *products = exact_ids(rule, CONDITION_PRODUCT, &n_products);

	if (vendors == NULL || products == NULL ||
	    (uint64_t)n_vendors * n_products > n_vendors + n_products)
		return false;
	for (uint32_t v = 0; v < n_vendors; v++)
		for (uint32_t p = 0; p < n_products; p++)
			add(gathering, RULES_KEY_PRODUCT,
			    (const uint16_t[]){ vendors[v].from, products[p].from },
			    2 * sizeof(uint16_t));
	return true;
}

static bool add_vendors(struct gathering *gathering, const struct match_rule *rule)
{
	uint32_t n;
	const struct id_range *vendors = exact_ids(rule, CONDITION_VENDOR, &n);

	if (vendors == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		add(gathering, RULES_KEY_VENDOR, &vendors[i].from, sizeof(vendors[i].from));
	return true;
}

static bool add_functions(struct gathering *gathering, const struct match_rule *rule)
{
	const struct condition *condition = match_condition(rule, CONDITION_FUNCTION);

	if (condition == NULL)
		return false;
	for (function_set left = condition->n; left != 0; left &= left - 1)
		add(gathering, RULES_KEY_FUNCTION, &(uint8_t){ (uint8_t)__builtin_ctz(left) }, 1);
	return true;
}

/* Enter the rule by its id, and by the first kind of key that it has. */
static void add_rule(struct gathering *gathering, const struct match_rule *rule)
{
	add(gathering, RULES_KEY_ID, rule->rule.id, strlen(rule->rule.id));
	if (!add_digests(gathering, rule, CONDITION_DIGEST, RULES_KEY_DIGEST) &&
	    !add_digests(gathering, rule, CONDITION_USBGUARD_HASH, RULES_KEY_USBGUARD_HASH) &&
	    !add_texts(gathering, rule, CONDITION_SERIAL, RULES_KEY_SERIAL) &&
	    !add_products(gathering, rule) &&
	    !add_texts(gathering, rule, CONDITION_PORT, RULES_KEY_PORT) &&
	    !add_vendors(gathering, rule) &&
	    !add_texts(gathering, rule, CONDITION_NAME, RULES_KEY_NAME) &&
	    !add_functions(gathering, rule))
		add(gathering, RULES_KEY_ANY, "", 0);
}

static void gather(struct gathering *gathering, const struct rules *rules)
{
	gathering->n = 0;
	for (size_t i = 0; i < rules->n; i++) {
		gathering->place = (uint32_t)i;
		add_rule(gathering, &rules->rules[i]);
	}
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* Put @entries, @n > 0 of them and in order, into the arena, the same one only once. */
static int keep(struct rules_index *index, struct arena *arena, const struct entry *entries,
		size_t n)
{
	uint64_t *hashes = arena_take(arena, n * sizeof(*hashes));
	uint32_t *places = arena_take(arena, n * sizeof(*places));
	unsigned bits = 1;

	while ((size_t)1 << bits < n)
		bits++;
	const size_t slots = (size_t)1 << bits;
	uint32_t *directory = arena_take(arena, (slots + 1) * sizeof(*directory));
	if (hashes == NULL || places == NULL || directory == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare(&entries[i - 1], &entries[i]) == 0)
			continue;
		hashes[index->n] = entries[i].hash;
		places[index->n++] = entries[i].place;
	}
	index->shift = 64 - bits;
	for (uint32_t slot = 0, i = 0; slot <= slots; slot++) {
		while (i < index->n && hashes[i] >> index->shift < slot)
			i++;
		directory[slot] = i;
	}
	index->hashes = hashes;
	index->places = places;
	index->directory = directory;
	return 0;
}

/* Half of the document's SHA-256. */
static void make_secret(struct rules_index *index, const char *text, size_t size)
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	_Static_assert(sizeof(index->secret) <= sizeof(digest), "a digest holds a secret");
	crypto_hash_sha256(digest, (const uint8_t *)text, size);
	memcpy(index->secret, digest, sizeof(index->secret));
}

int rules_index_build(struct rules *rules, const char *text, size_t size)
{
	struct rules_index *index = &rules->index;
	struct gathering gathering = { .index = index };

	if (rules->n == 0)
		return 0;
	make_secret(index, text, size);
	gather(&gathering, rules);
	gathering.entries = calloc(gathering.n, sizeof(*gathering.entries));
	if (gathering.entries == NULL)
		return -ENOMEM;
	gather(&gathering, rules);
	qsort(gathering.entries, gathering.n, sizeof(*gathering.entries), compare);
	int r = keep(index, &rules->arena, gathering.entries, gathering.n);
	free(gathering.entries);
	if (r < 0)
		return r;
	index->any = rules_index_find(index, RULES_KEY_ANY, "", 0);
	for (int f = 0; f < _FUNCTION_MAX; f++)
		index->by_function[f] =
			rules_index_find(index, RULES_KEY_FUNCTION, &(uint8_t){ (uint8_t)f }, 1);
	return 0;
}

/* The first place from @begin to before @end whose hash is @hash or, if @past, more than that. */
static uint32_t first_at(const struct rules_index *index, uint64_t hash, bool past, uint32_t begin,
			 uint32_t end)
{
	while (begin < end) {
		const uint32_t middle = begin + (end - begin) / 2;

		if (index->hashes[middle] < hash || (past && index->hashes[middle] == hash))
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

struct rules_query_list rules_index_find(const struct rules_index *index, enum rules_key kind,
					 const void *key, size_t size)
{
	struct rules_query_list none = { 0 };

	if (!(index->kinds >> kind & 1))
		return none;
	const uint64_t hash = hash_of(index, kind, key, size);
	const uint32_t *slot = index->directory + (hash >> index->shift);
	const uint32_t begin = first_at(index, hash, false, slot[0], slot[1]);
	const uint32_t end = first_at(index, hash, true, begin, slot[1]);

	return (struct rules_query_list){ index->places + begin, end - begin, 0 };
}
