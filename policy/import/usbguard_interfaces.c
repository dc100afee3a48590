#include "usbguard_interfaces.h"

#include <stdio.h>
#include <stdlib.h>

static int compare_keys(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* @number of an interface's codes as text: two digits, or "*". */
static void code_to_text(int32_t number, char ret[static 3])
{
	if (number < 0)
		snprintf(ret, 3, "*");
	else
		snprintf(ret, 3, "%02x", (unsigned int)number & 0xff);
}

/* Fill @keys, one for each value of @attribute that is not there before, in order. */
static size_t fill_keys(const struct usbguard_attribute *attribute, int32_t *keys)
{
	size_t kept = 0;

	for (size_t i = 0; i < attribute->n; i++) {
		const int32_t *codes = attribute->values[i].numbers;

		keys[i] = codes[0] << 18 | (codes[1] + 1) << 9 | (codes[2] + 1);
	}
	qsort(keys, attribute->n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < attribute->n; i++)
		if (i == 0 || keys[i] != keys[kept - 1])
			keys[kept++] = keys[i];
	return kept;
}

static json_t *key_to_json(int32_t key)
{
	char class[3], subclass[3], protocol[3];

	code_to_text(key >> 18, class);
	code_to_text((key >> 9 & 0x1ff) - 1, subclass);
	code_to_text((key & 0x1ff) - 1, protocol);
	return json_sprintf("%s:%s:%s", class, subclass, protocol);
}

json_t *usbguard_interfaces_to_json(struct arena *arena, const struct usbguard_attribute *attribute,
				    struct usbguard_patterns *ret)
{
	static const char *const words[] = {
		[USBGUARD_ALL_OF] = "all-of",	[USBGUARD_ONE_OF] = "one-of",
		[USBGUARD_NONE_OF] = "none-of", [USBGUARD_EQUALS] = "exactly",
		[USBGUARD_MATCH_ALL] = "only",	[USBGUARD_EQUALS_ORDERED] = "exactly",
	};
	int32_t *keys = arena_take(arena, attribute->n * sizeof(*keys));
	json_t *list = json_array();
	int r = 0;

	if (keys == NULL) {
		json_decref(list);
		return NULL;
	}
	*ret = (struct usbguard_patterns){ .n = fill_keys(attribute, keys) };
	for (size_t i = 0; i < ret->n && r == 0; i++) {
		ret->wild |= (keys[i] & 0x1ff) == 0;
		r = json_array_append_new(list, key_to_json(keys[i]));
	}
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:o}", words[attribute->relation], list);
}
