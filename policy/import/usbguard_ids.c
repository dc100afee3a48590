#include "usbguard_ids.h"

#include <stdio.h>
#include <stdlib.h>

#include "usbguard_texts.h"

enum { ANY = -1, ID_MAX = 0xffff };

struct id {
	int32_t vendor, product; /* ANY */
};

static int compare(const void *a, const void *b)
{
	const struct id *x = a, *y = b;

	if (x->vendor != y->vendor)
		return x->vendor < y->vendor ? -1 : 1;
	return (x->product > y->product) - (x->product < y->product);
}

/* Sorted, without the same twice, so that of each vendor "any product" comes first. */
static size_t sort(struct id *ids, size_t n)
{
	size_t kept = 0;

	qsort(ids, n, sizeof(*ids), compare);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || compare(&ids[i], &ids[kept - 1]) != 0)
			ids[kept++] = ids[i];
	return kept;
}

/* What all of them hold for, in ids[0]; returns how many that are, 1 or 0. */
static size_t meet(struct id *ids, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (ids[0].vendor != ANY && ids[0].vendor != ids[i].vendor)
			return 0;
		if (ids[0].product != ANY)
			return 0; /* sorted: this is another product of the vendor */
		ids[0] = ids[i];  /* the narrower one */
	}
	return 1;
}

static json_t *range(int32_t from, int32_t to)
{
	char first[sizeof("0000")], last[sizeof("0000")];

	snprintf(first, sizeof(first), "%04x", (unsigned int)from & ID_MAX);
	snprintf(last, sizeof(last), "%04x", (unsigned int)to & ID_MAX);
	return from == to ? json_string(first) : json_pack("{s:s, s:s}", "from", first, "to", last);
}

/* Add the range between two ids that are listed, if there is any. */
static int add_gap(json_t *list, int32_t after, int32_t before)
{
	return after + 1 > before - 1 ? 0
				      : json_array_append_new(list, range(after + 1, before - 1));
}

/* Add { "vendor": @vendors }, which is taken, unless it is empty. */
static int add_vendors(json_t *parts, json_t *vendors)
{
	if (vendors != NULL && json_array_size(vendors) == 0) {
		json_decref(vendors);
		return 0;
	}
	return json_array_append_new(parts, json_pack("{s:o}", "vendor", usbguard_list(vendors)));
}

/* Add { "vendor": @vendor, "product": @products }, which are taken, unless these are empty. */
static int add_products(json_t *parts, int32_t vendor, json_t *products)
{
	if (products != NULL && json_array_size(products) == 0) {
		json_decref(products);
		return 0;
	}
	return json_array_append_new(parts, json_pack("{s:o, s:o}", "vendor", range(vendor, vendor),
						      "product", usbguard_list(products)));
}

/* The end of the ids of the vendor of ids[at]. */
static size_t vendor_end(const struct id *ids, size_t n, size_t at)
{
	size_t end = at;

	while (end < n && ids[end].vendor == ids[at].vendor)
		end++;
	return end;
}

/* @list if @r is 0; else NULL, and it is gone. */
static json_t *unless_failed(json_t *list, int r)
{
	if (r == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *listed_products(const struct id *ids, size_t n)
{
	json_t *list = json_array();
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = json_array_append_new(list, range(ids[i].product, ids[i].product));
	return unless_failed(list, r);
}

static json_t *unlisted_products(const struct id *ids, size_t n)
{
	json_t *list = json_array();
	int32_t last = -1;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; last = ids[i++].product)
		r = add_gap(list, last, ids[i].product);
	if (r == 0)
		r = add_gap(list, last, ID_MAX + 1);
	return unless_failed(list, r);
}

/* All vendors of whom any product is meant in one part; of every other, its products. */
static int add_listed(json_t *parts, const struct id *ids, size_t n)
{
	json_t *vendors = json_array();
	int r = 0;

	for (size_t at = 0, end; at < n && r == 0; at = end) {
		end = vendor_end(ids, n, at);
		if (ids[at].product == ANY)
			r = json_array_append_new(vendors, range(ids[at].vendor, ids[at].vendor));
		else
			r = add_products(parts, ids[at].vendor,
					 listed_products(ids + at, end - at));
	}
	vendors = unless_failed(vendors, r);
	return add_vendors(parts, vendors);
}

/* The vendors between those that are listed in one part; of each of these, its other products. */
static int add_unlisted(json_t *parts, const struct id *ids, size_t n)
{
	json_t *vendors = json_array();
	int32_t last = -1;
	int r = 0;

	for (size_t at = 0, end; at < n && r == 0; at = end) {
		end = vendor_end(ids, n, at);
		r = add_gap(vendors, last, ids[at].vendor);
		last = ids[at].vendor;
		if (r == 0 && ids[at].product != ANY)
			r = add_products(parts, last, unlisted_products(ids + at, end - at));
	}
	if (r == 0)
		r = add_gap(vendors, last, ID_MAX + 1);
	vendors = unless_failed(vendors, r);
	return add_vendors(parts, vendors);
}

static int add_ids(json_t *parts, struct id *ids, size_t n, enum usbguard_operator relation,
		   bool permits)
{
	const bool equals = relation == USBGUARD_EQUALS || relation == USBGUARD_EQUALS_ORDERED;

	if (relation == USBGUARD_ALL_OF || equals)
		n = equals && permits && n > 1 ? 0 : meet(ids, n);
	/* "*:*" is the first */
	if (n > 0 && ids[0].vendor == ANY)
		return relation == USBGUARD_NONE_OF ? 0
						    : json_array_append_new(parts, json_object());
	return relation == USBGUARD_NONE_OF ? add_unlisted(parts, ids, n)
					    : add_listed(parts, ids, n);
}

json_t *usbguard_ids_to_json(struct arena *arena, const struct usbguard_attribute *attribute,
			     bool permits)
{
	json_t *parts = json_array();
	int r;

	if (attribute->n == 0) {
		r = json_array_append_new(parts, json_object());
	} else {
		struct id *ids = arena_take(arena, attribute->n * sizeof(*ids));

		for (size_t i = 0; ids != NULL && i < attribute->n; i++)
			ids[i] = (struct id){ attribute->values[i].numbers[0],
					      attribute->values[i].numbers[1] };
		r = ids == NULL ? -1
				: add_ids(parts, ids, sort(ids, attribute->n), attribute->relation,
					  permits);
	}
	if (r < 0) {
		json_decref(parts);
		return NULL;
	}
	return parts;
}
