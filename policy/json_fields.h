/* json_fields - read an object's members by a table, and the values that several documents have.
 * Internal to policy/.  Pure.  A function that fails returns -EBADMSG and has filled the reader's
 * error (rules/reader.h), or returns -ENOMEM. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "policy/rules/reader.h"

/* The words of an enumeration, for json_fields_word(). */
struct json_words {
	const char *(*to_text)(int value);
	int n;
};

/* One member that an object may have: what takes its value, and how far into the structure that is
 * filled it goes.  With @words it goes to an enumeration there, and nothing else takes it. */
struct json_field {
	const char *name;
	int (*read)(struct rules_reader *reader, const char *path, json_t *value, void *ret);
	size_t at;
	const struct json_words *words;
};

/* Read those of @fields that @object, at @path, has and that are not null, into @ret. */
int json_fields_read(struct rules_reader *reader, const char *path, json_t *object,
		     const struct json_field *fields, size_t n, void *ret)
	__attribute__((warn_unused_result));

/* @object must be an object, and must have no members but @fields. */
int json_fields_check(struct rules_reader *reader, const char *path, json_t *object,
		      const struct json_field *fields, size_t n)
	__attribute__((warn_unused_result));

/* Returns the number of the word that @value is. */
int json_fields_word(struct rules_reader *reader, const char *path, json_t *value,
		     const struct json_words *words) __attribute__((warn_unused_result));

/* The same for a text that is at hand. */
int json_fields_text_word(struct rules_reader *reader, const char *path, const char *text,
			  const struct json_words *words) __attribute__((warn_unused_result));

/* A whole number from 0 to @max. */
int json_fields_number(struct rules_reader *reader, const char *path, json_t *value, int64_t max,
		       int64_t *ret) __attribute__((warn_unused_result));

/* A new object with the members of @base, NULL for none, and those of @over in place of them where
 * both have one.  NULL: out of memory, which json_copy() does not tell. */
json_t *json_fields_merge(json_t *base, json_t *over);
