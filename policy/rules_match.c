/* The conditions of a rule's "match": each is a text, or a list of texts of which one must hold. */
#include "rules_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static size_t count(json_t *value)
{
	return json_is_array(value) ? json_array_size(value) : 1;
}

static const char *text_at(json_t *value, size_t i)
{
	return json_string_value(json_is_array(value) ? json_array_get(value, i) : value);
}

static void path_at(char ret[static RULES_PATH_SIZE], const char *path, json_t *value, size_t i)
{
	if (json_is_array(value))
		rules_path_element(ret, path, i);
	else
		snprintf(ret, RULES_PATH_SIZE, "%s", path);
}

/* A condition's value must be a text or a list of at least one. */
static int check_texts(struct rules_reader *reader, const char *path, json_t *value)
{
	if (count(value) == 0)
		return rules_fail(reader, path, "An empty list holds for no device.");
	for (size_t i = 0; i < count(value); i++) {
		char element[RULES_PATH_SIZE];

		if (text_at(value, i) != NULL)
			continue;
		path_at(element, path, value, i);
		return rules_fail(reader, element, "A text is wanted here, or a list of texts.");
	}
	return 0;
}

static int fail_at(struct rules_reader *reader, const char *path, json_t *value, size_t i,
		   const char *wanted)
{
	char element[RULES_PATH_SIZE], shown[60];
	const char *text = text_at(value, i);

	path_at(element, path, value, i);
	text_sanitise(text, strlen(text), shown, sizeof(shown));
	return rules_fail(reader, element, "\"%s\" is not %s.", shown, wanted);
}

/* Read words of a fixed choice into a set of bits. */
static int read_words(struct rules_reader *reader, const char *path, json_t *value,
		      int (*from_text)(const char *), const char *const *words, size_t n,
		      uint32_t *ret)
{
	for (size_t i = 0; i < count(value); i++) {
		const int bit = from_text(text_at(value, i));
		char element[RULES_PATH_SIZE];

		if (bit < 0) {
			path_at(element, path, value, i);
			return rules_fail_word(reader, element, text_at(value, i), words, n);
		}
		*ret |= 1U << bit;
	}
	return 0;
}

static int read_functions(struct rules_reader *reader, const char *path, json_t *value,
			  struct match *match)
{
	const char *words[_FUNCTION_MAX];

	rules_function_words(words);
	return read_words(reader, path, value, function_from_text, words, _FUNCTION_MAX,
			  &match->functions);
}

static int read_connects(struct rules_reader *reader, const char *path, json_t *value,
			 struct match *match)
{
	const char *words[_CONNECT_MAX];

	for (int c = 0; c < _CONNECT_MAX; c++)
		words[c] = connect_type_to_text((enum connect_type)c);
	return read_words(reader, path, value, connect_type_from_text, words, _CONNECT_MAX,
			  &match->connects);
}

static int allocate(struct match_list *list, size_t n, size_t size)
{
	assert(size > 0);
	list->values = malloc(size);
	if (list->values == NULL)
		return -ENOMEM;
	list->n = n;
	return 0;
}

static int read_ids(struct rules_reader *reader, const char *path, json_t *value,
		    struct match_list *list)
{
	int r = allocate(list, count(value), count(value) * sizeof(uint16_t));
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->n; i++) {
		uint8_t bytes[2];

		if (text_unhex(text_at(value, i), bytes, sizeof(bytes)) < 0)
			return fail_at(reader, path, value, i,
				       "an id of four hexadecimal digits, like \"0951\"");
		((uint16_t *)list->values)[i] = (uint16_t)(bytes[0] << 8 | bytes[1]);
	}
	return 0;
}

static int read_vendors(struct rules_reader *reader, const char *path, json_t *value,
			struct match *match)
{
	return read_ids(reader, path, value, &match->vendors);
}

static int read_products(struct rules_reader *reader, const char *path, json_t *value,
			 struct match *match)
{
	return read_ids(reader, path, value, &match->products);
}

static int read_digests(struct rules_reader *reader, const char *path, json_t *value,
			struct match *match)
{
	struct match_list *list = &match->digests;
	int r = allocate(list, count(value), count(value) * DEVICE_DIGEST_SIZE);
	if (r < 0)
		return r;
	for (size_t i = 0; i < list->n; i++)
		if (text_unhex(text_at(value, i), (uint8_t *)list->values + i * DEVICE_DIGEST_SIZE,
			       DEVICE_DIGEST_SIZE) < 0)
			return fail_at(reader, path, value, i,
				       "a SHA-256 of 64 hexadecimal digits");
	return 0;
}

static int read_texts(json_t *value, struct match_list *list)
{
	size_t size = 0;

	for (size_t i = 0; i < count(value); i++)
		size += strlen(text_at(value, i)) + 1;
	int r = allocate(list, count(value), size);
	if (r < 0)
		return r;
	char *end = list->values;
	for (size_t i = 0; i < list->n; i++)
		end = stpcpy(end, text_at(value, i)) + 1;
	return 0;
}

static int read_serials(struct rules_reader *reader, const char *path, json_t *value,
			struct match *match)
{
	for (size_t i = 0; i < count(value); i++) {
		const size_t length = strlen(text_at(value, i));

		if (length == 0 || length >= DEVICE_TEXT_SIZE)
			return fail_at(reader, path, value, i,
				       "a serial that a device can have (1 to 378 bytes)");
	}
	return read_texts(value, &match->serials);
}

/* "1-2.3": bus, dash, then ports with dots between (Documentation/ABI, sysfs-bus-usb). */
static bool is_port(const char *text)
{
	static const char digits[] = "0123456789";
	size_t n = strspn(text, digits);
	char after = text[n];

	if (strlen(text) >= DEVICE_PORT_SIZE || n == 0 || after != '-')
		return false;
	while (after == '-' || after == '.') {
		text += n + 1;
		n = strspn(text, digits);
		after = text[n];
		if (n == 0 || after == '-')
			return false;
	}
	return after == '\0';
}

static int read_ports(struct rules_reader *reader, const char *path, json_t *value,
		      struct match *match)
{
	for (size_t i = 0; i < count(value); i++)
		if (!is_port(text_at(value, i)))
			return fail_at(reader, path, value, i,
				       "a port as the kernel calls it, like \"1-2.3\"");
	return read_texts(value, &match->ports);
}

int rules_match_read(struct rules_reader *reader, const char *path, json_t *object,
		     struct match *match)
{
	static const char *const names[] = { "function", "vendor",  "product", "serial",
					     "port",	 "connect", "digest" };
	static int (*const readers[])(struct rules_reader *, const char *, json_t *,
				      struct match *) = {
		read_functions, read_vendors,  read_products, read_serials,
		read_ports,	read_connects, read_digests,
	};
	enum { N = sizeof(names) / sizeof(names[0]) };
	char member[RULES_PATH_SIZE];

	_Static_assert(sizeof(readers) / sizeof(readers[0]) == N, "one reader a condition");
	int r = rules_check_members(reader, path, object, names, N);
	for (size_t i = 0; r == 0 && i < N; i++) {
		json_t *value = json_object_get(object, names[i]);

		if (value == NULL)
			continue;
		rules_path_member(member, path, names[i]);
		r = check_texts(reader, member, value);
		if (r == 0)
			r = readers[i](reader, member, value, match);
	}
	if (r == 0 && match->products.n > 0 && match->vendors.n == 0) {
		rules_path_member(member, path, "product");
		r = rules_fail(reader, member, "A product id says nothing without \"vendor\".");
	}
	return r;
}
