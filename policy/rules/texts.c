/* Exact texts, globs and ranges of texts. */
#include "shapes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "glob.h"
#include "internal.h"
#include "policy/text.h"
#include "reader.h"

/* One value as it was written. */
enum text_form { FORM_EXACT, FORM_GLOB, FORM_RANGE, _FORM_MAX };

/* "1-2.3": bus, dash, then ports with dots between (Documentation/ABI, sysfs-bus-usb). */
static bool is_usb_port(const char *text)
{
	static const char digits[] = "0123456789";
	size_t n = strspn(text, digits);
	char after = text[n];

	if (n == 0 || after != '-')
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

/* Is @text of @shape?  In that, '#' is a number, '*' a hexadecimal one, and 'x' one digit of it. */
static bool has_shape(const char *text, const char *shape)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	for (; *shape != '\0'; shape++) {
		const char *of = *shape == '#' ? "0123456789" : digits;
		size_t n = strspn(text, of);

		if (strchr("#*x", *shape) == NULL)
			n = *text == *shape;
		else if (*shape == 'x' && n > 1)
			n = 1;
		if (n == 0)
			return false;
		text += n;
	}
	return *text == '\0';
}

/* A port of any bus, as records call it: a card, a SATA port, a PCI function, a Thunderbolt router,
 * and BlueZ's object of a peer. */
static bool is_port(const char *text)
{
	static const char *const shapes[] = { "mmc#:xxxx",
					      "ata#",
					      "ata#:#:#:#",
					      "scsi#:#:#:#",
					      "*:xx:xx.#",
					      "thunderbolt#-*",
					      "hci#/dev_xx_xx_xx_xx_xx_xx" };

	if (strlen(text) >= DEVICE_PORT_SIZE)
		return false;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (has_shape(text, shapes[i]))
			return true;
	return is_usb_port(text);
}

static int fail_text(struct rules_reader *reader, const char *path, const char *text,
		     const char *wanted)
{
	char shown[60];

	text_sanitise(text, strlen(text), shown, sizeof(shown));
	return rules_fail(reader, path, "\"%s\" is not %s.", shown, wanted);
}

static int check_exact(struct rules_reader *reader, const char *path, const char *text,
		       unsigned forms)
{
	const size_t length = strlen(text);

	if ((forms & TEXT_PORT) && !is_port(text))
		return fail_text(reader, path, text,
				 "a port as the kernel calls it, like \"1-2.3\"");
	if ((length == 0 && !(forms & TEXT_EMPTY)) || length >= DEVICE_TEXT_SIZE)
		return fail_text(reader, path, text,
				 forms & TEXT_EMPTY ? "a text of at most 378 bytes"
						    : "a text of 1 to 378 bytes");
	return 0;
}

/* The text of member @name of @object, which must be there and of 1 to 378 bytes. */
static int need_text(struct rules_reader *reader, const char *path, json_t *object,
		     const char *name)
{
	json_t *value = json_object_get(object, name);
	char member[RULES_PATH_SIZE];

	if (value == NULL)
		return rules_fail(reader, path, "The member \"%s\" is missing here.", name);
	rules_path_member(member, path, name);
	if (!json_is_string(value))
		return rules_fail(reader, member, "A text is wanted here.");
	return check_exact(reader, member, json_string_value(value), 0);
}

static const char *text_of(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int check_range(struct rules_reader *reader, const char *path, json_t *object)
{
	int r = need_text(reader, path, object, "from");
	if (r == 0)
		r = need_text(reader, path, object, "to");
	if (r < 0)
		return r;
	const char *from = text_of(object, "from"), *to = text_of(object, "to");
	if (strlen(from) != strlen(to))
		return rules_fail(reader, path,
				  "\"from\" and \"to\" of a range are of the same length.");
	if (strcmp(from, to) > 0)
		return rules_fail(reader, path, "\"from\" comes after \"to\": no text is between.");
	return 0;
}

static int check_glob(struct rules_reader *reader, const char *path, json_t *object)
{
	char member[RULES_PATH_SIZE];
	int r = need_text(reader, path, object, "glob");

	if (r < 0 || rules_glob_is_good(text_of(object, "glob")))
		return r;
	rules_path_member(member, path, "glob");
	return rules_fail(reader, member, "The '\\' at the end stands before no character.");
}

/* Check one value and tell its form. */
static int check_value(struct rules_reader *reader, const char *path, json_t *value, unsigned forms,
		       enum text_form *ret)
{
	static const char *const names[] = { "glob", "from", "to" };

	if (json_is_string(value)) {
		*ret = FORM_EXACT;
		return check_exact(reader, path, json_string_value(value), forms);
	}
	if (!json_is_object(value))
		return rules_fail(
			reader, path,
			"A text is wanted here, or an object like { \"glob\": \"AB*\" }, or "
			"a list of them.");
	int r = rules_check_members(reader, path, value, names, forms & TEXT_RANGE ? 3 : 1);
	if (r < 0)
		return r;
	*ret = json_object_get(value, "from") != NULL || json_object_get(value, "to") != NULL
		       ? FORM_RANGE
		       : FORM_GLOB;
	if (*ret == FORM_GLOB)
		return check_glob(reader, path, value);
	if (json_object_get(value, "glob") != NULL)
		return rules_fail(reader, path,
				  "Either \"glob\" is wanted here, or \"from\" and \"to\".");
	return check_range(reader, path, value);
}

static enum text_form form_of(json_t *value)
{
	if (json_is_string(value))
		return FORM_EXACT;
	return json_object_get(value, "glob") != NULL ? FORM_GLOB : FORM_RANGE;
}

/* The texts of one value, which is good.  Returns how many. */
static int texts_of(json_t *value, const char *ret[static 2])
{
	switch (form_of(value)) {
	case FORM_EXACT:
		ret[0] = json_string_value(value);
		return 1;
	case FORM_GLOB:
		ret[0] = text_of(value, "glob");
		return 1;
	default:
		ret[0] = text_of(value, "from");
		ret[1] = text_of(value, "to");
		return 2;
	}
}

/* What the texts of all values take, with their NULs. */
static size_t size_of(json_t *value)
{
	const char *texts[2];
	size_t size = 0;

	for (size_t i = 0; i < rules_values(value); i++)
		for (int n = texts_of(rules_value_at(value, i), texts); n > 0; n--)
			size += strlen(texts[n - 1]) + 1;
	return size;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Count the forms of the values, which are all checked. */
static int count(struct rules_reader *reader, const char *path, json_t *value, unsigned forms,
		 uint32_t ret[static _FORM_MAX])
{
	for (size_t i = 0; i < rules_values(value); i++) {
		char element[RULES_PATH_SIZE];
		enum text_form form = FORM_EXACT;

		rules_path_value(element, path, value, i);
		int r = check_value(reader, element, rules_value_at(value, i), forms, &form);
		if (r < 0)
			return r;
		ret[form]++;
	}
	return 0;
}

int texts_parse(struct rules_reader *reader, const char *path, json_t *value,
		struct condition *condition)
{
	const size_t n = rules_values(value);
	uint32_t counts[_FORM_MAX] = { 0 };
	int r = count(reader, path, value, condition_types[condition->kind].texts.forms, counts);

	if (r < 0)
		return r;
	/* The texts lie behind the pointers to them: one is asked with a look at one place. */
	const size_t n_texts = n + counts[FORM_RANGE];
	struct texts *texts = arena_take(
		reader->arena, sizeof(*texts) + n_texts * sizeof(texts->texts[0]) + size_of(value));
	if (texts == NULL)
		return -ENOMEM;
	texts->n_exact = counts[FORM_EXACT];
	texts->n_globs = counts[FORM_GLOB];
	texts->n_ranges = counts[FORM_RANGE];
	const char **at[_FORM_MAX] = { texts->texts, texts->texts + texts->n_exact,
				       texts->texts + texts->n_exact + texts->n_globs };
	char *end = (char *)(texts->texts + n_texts);
	for (size_t i = 0; i < n; i++) {
		const char *of_value[2];
		const enum text_form form = form_of(rules_value_at(value, i));
		const int m = texts_of(rules_value_at(value, i), of_value);

		for (int t = 0; t < m; t++) {
			*at[form]++ = end;
			end = stpcpy(end, of_value[t]) + 1;
		}
	}
	qsort(texts->texts, texts->n_exact, sizeof(texts->texts[0]), compare);
	condition->n = (uint32_t)n;
	condition->values = texts;
	return 0;
}

const char *const *texts_exact(const struct condition *condition, uint32_t *ret_n)
{
	const struct texts *texts = condition->values;

	*ret_n = texts->n_exact;
	return texts->n_exact == condition->n ? texts->texts : NULL;
}

static bool one_holds(const struct texts *texts, const char *text)
{
	const char *const *globs = texts->texts + texts->n_exact;
	const char *const *ranges = globs + texts->n_globs;

	if (bsearch(&text, texts->texts, texts->n_exact, sizeof(texts->texts[0]), compare) != NULL)
		return true;
	for (uint32_t i = 0; i < texts->n_globs; i++)
		if (rules_glob_holds(globs[i], text))
			return true;
	for (uint32_t i = 0; i < texts->n_ranges; i++, ranges += 2)
		if (strlen(text) == strlen(ranges[0]) && strcmp(ranges[0], text) <= 0 &&
		    strcmp(text, ranges[1]) <= 0)
			return true;
	return false;
}

enum rules_truth texts_holds(const struct condition *condition, const struct question *question)
{
	const struct condition_type *type = &condition_types[condition->kind];
	const char *text;
	bool known = true;

	for (size_t i = 0; (text = type->texts.text(question, i, &known)) != NULL; i++)
		if (one_holds(condition->values, text))
			return RULES_HOLDS;
	return known ? RULES_FAILS : RULES_UNKNOWN;
}
