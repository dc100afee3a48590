/* Vendor and product ids, and digests: values of a fixed size, in order. */
#include "shapes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "policy/text.h"
#include "policy/usbguard_hash.h"
#include "reader.h"

static int fail_value(struct rules_reader *reader, const char *path, const char *text,
		      const char *wanted)
{
	char shown[100];

	text_sanitise(text, strlen(text), shown, sizeof(shown));
	return rules_fail(reader, path, "\"%s\" is not %s.", shown, wanted);
}

static int read_id(struct rules_reader *reader, const char *path, json_t *value, uint16_t *ret)
{
	uint8_t bytes[2];

	if (!json_is_string(value))
		return rules_fail(reader, path,
				  "A text is wanted here, or an object like { \"from\": \"0000\", "
				  "\"to\": \"00ff\" }, or a list of them.");
	if (text_unhex(json_string_value(value), bytes, sizeof(bytes)) < 0)
		return fail_value(reader, path, json_string_value(value),
				  "an id of four hexadecimal digits, like \"0951\"");
	*ret = (uint16_t)(bytes[0] << 8 | bytes[1]);
	return 0;
}

static int read_end(struct rules_reader *reader, const char *path, json_t *object, const char *name,
		    uint16_t *ret)
{
	json_t *value = json_object_get(object, name);
	char member[RULES_PATH_SIZE];

	if (value == NULL)
		return rules_fail(reader, path, "The member \"%s\" is missing here.", name);
	rules_path_member(member, path, name);
	return read_id(reader, member, value, ret);
}

static int read_range(struct rules_reader *reader, const char *path, json_t *value,
		      struct id_range *ret)
{
	static const char *const names[] = { "from", "to" };

	if (!json_is_object(value)) {
		int r = read_id(reader, path, value, &ret->from);
		ret->to = ret->from;
		return r;
	}
	int r = rules_check_members(reader, path, value, names, 2);
	if (r == 0)
		r = read_end(reader, path, value, "from", &ret->from);
	if (r == 0)
		r = read_end(reader, path, value, "to", &ret->to);
	if (r == 0 && ret->from > ret->to)
		r = rules_fail(reader, path, "\"from\" is more than \"to\": no id is between.");
	return r;
}

static int compare_ranges(const void *a, const void *b)
{
	return (int)((const struct id_range *)a)->from - (int)((const struct id_range *)b)->from;
}

/* Join what overlaps of @n > 0 ranges, which are in order.  Returns how many are left. */
static uint32_t join(struct id_range *ranges, size_t n)
{
	uint32_t last = 0;

	for (size_t i = 1; i < n; i++) {
		if (ranges[i].from > ranges[last].to)
			ranges[++last] = ranges[i];
		else if (ranges[i].to > ranges[last].to)
			ranges[last].to = ranges[i].to;
	}
	return last + 1;
}

int ids_parse(struct rules_reader *reader, const char *path, json_t *value,
	      struct condition *condition)
{
	const size_t n = rules_values(value);
	struct id_range *ranges =
		n == 1 ? &condition->id : arena_take(reader->arena, n * sizeof(*ranges));

	if (ranges == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char element[RULES_PATH_SIZE];

		rules_path_value(element, path, value, i);
		int r = read_range(reader, element, rules_value_at(value, i), &ranges[i]);
		if (r < 0)
			return r;
	}
	qsort(ranges, n, sizeof(*ranges), compare_ranges);
	condition->n = join(ranges, n);
	condition->values = ranges;
	return 0;
}

static int compare_id(const void *id, const void *range)
{
	const uint16_t wanted = *(const uint16_t *)id;
	const struct id_range *at = range;

	return wanted < at->from ? -1 : wanted > at->to;
}

enum rules_truth ids_holds(const struct condition *condition, const struct question *question)
{
	const uint16_t id = condition_types[condition->kind].ids.id(question);

	return bsearch(&id, condition->values, condition->n, sizeof(struct id_range), compare_id) ==
			       NULL
		       ? RULES_FAILS
		       : RULES_HOLDS;
}

static int compare_digests(const void *a, const void *b)
{
	return memcmp(a, b, DEVICE_DIGEST_SIZE);
}

static int read_digest(struct rules_reader *reader, const char *path, json_t *value, bool base64,
		       uint8_t ret[static DEVICE_DIGEST_SIZE])
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return rules_fail(reader, path, "A text is wanted here, or a list of texts.");
	if (base64)
		return usbguard_hash_from_text(text, ret) == 0
			       ? 0
			       : fail_value(reader, path, text,
					    "a hash of USBGuard's, 44 characters of base64");
	return text_unhex(text, ret, DEVICE_DIGEST_SIZE) == 0
		       ? 0
		       : fail_value(reader, path, text, "a SHA-256 of 64 hexadecimal digits");
}

int digests_parse(struct rules_reader *reader, const char *path, json_t *value,
		  struct condition *condition)
{
	const bool base64 = condition_types[condition->kind].digests.base64;
	const size_t n = rules_values(value);
	uint8_t *digests = arena_take(reader->arena, n * DEVICE_DIGEST_SIZE);

	if (digests == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char element[RULES_PATH_SIZE];

		rules_path_value(element, path, value, i);
		int r = read_digest(reader, element, rules_value_at(value, i), base64,
				    digests + i * DEVICE_DIGEST_SIZE);
		if (r < 0)
			return r;
	}
	qsort(digests, n, DEVICE_DIGEST_SIZE, compare_digests);
	condition->n = (uint32_t)n;
	condition->values = digests;
	return 0;
}

enum rules_truth digests_holds(const struct condition *condition, const struct question *question)
{
	const uint8_t *digest = condition_types[condition->kind].digests.digest(question);

	if (digest == NULL)
		return RULES_FAILS;
	return bsearch(digest, condition->values, condition->n, DEVICE_DIGEST_SIZE,
		       compare_digests) == NULL
		       ? RULES_FAILS
		       : RULES_HOLDS;
}
