#include "usbguard_rule.h"

#include <errno.h>

#include "usbguard_value.h"

#define WORDS(what, list)                                                                          \
	{                                                                                          \
		what, list, sizeof(list) / sizeof((list)[0])                                       \
	}

static const char *const target_names[] = {
	[USBGUARD_ALLOW] = "allow", [USBGUARD_BLOCK] = "block",	  [USBGUARD_REJECT] = "reject",
	[USBGUARD_MATCH] = "match", [USBGUARD_DEVICE] = "device",
};

static const char *const operator_names[] = {
	[USBGUARD_ALL_OF] = "all-of",
	[USBGUARD_ONE_OF] = "one-of",
	[USBGUARD_NONE_OF] = "none-of",
	[USBGUARD_EQUALS] = "equals",
	[USBGUARD_EQUALS_ORDERED] = "equals-ordered",
	[USBGUARD_MATCH_ALL] = "match-all",
};

static const char *const attribute_names[_USBGUARD_ATTRIBUTE_MAX] = {
	[USBGUARD_ID] = "id",
	[USBGUARD_NAME] = "name",
	[USBGUARD_SERIAL] = "serial",
	[USBGUARD_HASH] = "hash",
	[USBGUARD_PARENT_HASH] = "parent-hash",
	[USBGUARD_VIA_PORT] = "via-port",
	[USBGUARD_CONNECT_TYPE] = "with-connect-type",
	[USBGUARD_INTERFACE] = "with-interface",
	[USBGUARD_IF] = "if",
	[USBGUARD_LABEL] = "label",
};

static const struct usbguard_words targets = WORDS("the target of a rule", target_names);
static const struct usbguard_words operators = WORDS("an operator", operator_names);
static const struct usbguard_words attributes = WORDS("an attribute", attribute_names);

static int (*const value_readers[_USBGUARD_ATTRIBUTE_MAX])(struct usbguard_reader *reader,
							   struct usbguard_value *ret) = {
	[USBGUARD_ID] = usbguard_value_id,
	[USBGUARD_NAME] = usbguard_value_text,
	[USBGUARD_SERIAL] = usbguard_value_text,
	[USBGUARD_HASH] = usbguard_value_text,
	[USBGUARD_PARENT_HASH] = usbguard_value_text,
	[USBGUARD_VIA_PORT] = usbguard_value_text,
	[USBGUARD_CONNECT_TYPE] = usbguard_value_text,
	[USBGUARD_INTERFACE] = usbguard_value_interface,
	[USBGUARD_IF] = usbguard_value_condition,
	[USBGUARD_LABEL] = usbguard_value_text,
};

const char *usbguard_attribute_to_text(enum usbguard_attribute_name name)
{
	return attribute_names[name];
}

const char *usbguard_operator_to_text(enum usbguard_operator relation)
{
	return operator_names[relation];
}

static int add_value(struct usbguard_reader *reader, enum usbguard_attribute_name name,
		     struct usbguard_attribute *attribute)
{
	struct usbguard_value value = { 0 };

	if (name == USBGUARD_IF && attribute->n == USBGUARD_CONDITIONS_MAX)
		return usbguard_fail(reader, reader->at,
				     "USBGuard takes no more than %d conditions.",
				     USBGUARD_CONDITIONS_MAX);
	int r = value_readers[name](reader, &value);
	if (r < 0)
		return r;

	struct usbguard_value *values =
		usbguard_grow(reader, attribute->values, attribute->n, sizeof(value));
	if (values == NULL)
		return -ENOMEM;
	values[attribute->n++] = value;
	attribute->values = values;
	return 0;
}

/* The values up to '}'; the reader is behind '{'. */
static int read_set(struct usbguard_reader *reader, enum usbguard_attribute_name name,
		    struct usbguard_attribute *attribute)
{
	usbguard_blanks(reader);
	for (;;) {
		int r = add_value(reader, name, attribute);
		if (r < 0)
			return r;
		const bool blank = usbguard_blanks(reader) > 0;
		if (usbguard_take(reader, '}'))
			return 0;
		if (reader->at == reader->end)
			return usbguard_fail(reader, reader->at, "The set has no '}' at its end.");
		if (!blank)
			return usbguard_fail(reader, reader->at,
					     "A blank is wanted between two values.");
	}
}

/* An operator that is next, with the blanks behind it; none is equals.  What looks like one, and
 * has a set behind it, must be one. */
static int read_operator(struct usbguard_reader *reader, enum usbguard_attribute_name name,
			 struct usbguard_attribute *attribute)
{
	const char *const word = reader->at;
	const size_t size = usbguard_word_size(reader);
	const int relation = usbguard_word(&operators, word, size);

	attribute->relation = USBGUARD_EQUALS;
	reader->at += size;
	const bool blank = usbguard_blanks(reader) > 0;
	const bool set = reader->at < reader->end && *reader->at == '{';
	if (relation >= 0 && (!set || !blank))
		return usbguard_fail(reader, reader->at,
				     "A blank and a set { ... } are wanted behind \"%s\".",
				     operator_names[relation]);
	if (relation >= 0)
		attribute->relation = (enum usbguard_operator)relation;
	else if (size > 0 && set && name != USBGUARD_IF)
		return usbguard_fail_word(reader, word, size, &operators);
	else
		reader->at = word;
	return 0;
}

static int read_attribute(struct usbguard_reader *reader, struct usbguard_rule *rule)
{
	const char *const word = reader->at;
	const size_t size = usbguard_word_size(reader);
	const int name = usbguard_word(&attributes, word, size);
	if (name < 0)
		return usbguard_fail_word(reader, word, size, &attributes);

	struct usbguard_attribute *attribute = &rule->attributes[name];
	/* A label may be said again: USBGuard lets it. */
	if (attribute->n > 0 && name != USBGUARD_LABEL)
		return usbguard_fail(reader, word, "The rule has \"%s\" already.",
				     attribute_names[name]);
	reader->at += size;
	if (usbguard_blanks(reader) == 0)
		return usbguard_fail(reader, reader->at, "A blank is wanted behind \"%s\".",
				     attribute_names[name]);
	int r = read_operator(reader, (enum usbguard_attribute_name)name, attribute);
	if (r < 0)
		return r;
	if (usbguard_take(reader, '{'))
		return read_set(reader, (enum usbguard_attribute_name)name, attribute);
	return add_value(reader, (enum usbguard_attribute_name)name, attribute);
}

/* An id without its keyword, which may stand first: "*:*", "1234:...".  The reader is not at its
 * end. */
static bool is_bare_id(const struct usbguard_reader *reader)
{
	return *reader->at == '*' || (reader->end - reader->at > 4 && reader->at[4] == ':');
}

/* Up to the end or a comment; the first has blanks before it unless @first. */
static int read_attributes(struct usbguard_reader *reader, bool first, struct usbguard_rule *rule,
			   bool *ret_comment)
{
	for (bool bare = true;; bare = first = false) {
		const bool blank = usbguard_blanks(reader) > 0;
		int r;

		if (reader->at == reader->end)
			return 0;
		if (*reader->at == '#') {
			*ret_comment = true;
			return 0;
		}
		if (!blank && !first)
			return usbguard_fail(reader, reader->at, "A blank is wanted here.");
		if (bare && is_bare_id(reader)) {
			rule->attributes[USBGUARD_ID].relation = USBGUARD_EQUALS;
			r = add_value(reader, USBGUARD_ID, &rule->attributes[USBGUARD_ID]);
		} else {
			r = read_attribute(reader, rule);
		}
		if (r < 0)
			return r;
	}
}

int usbguard_rule_parse(struct usbguard_reader *reader, struct usbguard_rule *ret,
			bool *ret_comment)
{
	*ret_comment = false;
	usbguard_blanks(reader);
	if (reader->at == reader->end)
		return 0;
	if (*reader->at == '#') {
		*ret_comment = true;
		return 0;
	}
	const size_t size = usbguard_word_size(reader);
	const int target = usbguard_word(&targets, reader->at, size);
	if (target < 0)
		return usbguard_fail_word(reader, reader->at, size, &targets);
	*ret = (struct usbguard_rule){ .file = reader->file,
				       .line = reader->line,
				       .target = (enum usbguard_target)target };
	reader->at += size;
	int r = read_attributes(reader, false, ret, ret_comment);
	return r < 0 ? r : 1;
}

int usbguard_query_check(struct usbguard_reader *reader)
{
	struct usbguard_rule query = { 0 };
	bool comment;

	return read_attributes(reader, true, &query, &comment);
}
