/* rules_reader - read the parts of a rules document, and say where one is wrong.
 * Between the files of rules_*.c.  A function that fails returns -EBADMSG and has filled
 * the reader's error, or returns -ENOMEM. */
#pragma once

#include <jansson.h>

#include "internal.h"

enum { RULES_PATH_SIZE = sizeof(((struct rules_error *)0)->path) };

struct rules_reader {
	const char *text; /* the document without its comments; borrowed */
	size_t size;
	struct rules_error *error;
	struct arena *arena; /* what is read is kept here; borrowed */
};

/* Fill the error with @path, its place and the sentence.  Always -EBADMSG. */
__attribute__((format(printf, 3, 4))) int rules_fail(struct rules_reader *reader, const char *path,
						     const char *format, ...);

/* The same for a @word that is none of @words: names the nearest, or all. */
int rules_fail_word(struct rules_reader *reader, const char *path, const char *word,
		    const char *const *words, size_t n);

/* "parent.name" (or "name" under the document itself), and "parent[i]". */
void rules_path_member(char ret[static RULES_PATH_SIZE], const char *parent, const char *name);
void rules_path_element(char ret[static RULES_PATH_SIZE], const char *parent, size_t i);

/* @object must be an object whose members are all among @names. */
int rules_check_members(struct rules_reader *reader, const char *path, json_t *object,
			const char *const *names, size_t n) __attribute__((warn_unused_result));

/* Copy a string, of at least one byte and no more than fits, without control characters. */
int rules_read_text(struct rules_reader *reader, const char *path, json_t *value, char *ret,
		    size_t ret_size) __attribute__((warn_unused_result));

int rules_read_verdict(struct rules_reader *reader, const char *path, json_t *value,
		       enum verdict *ret) __attribute__((warn_unused_result));

/* A verdict, or "by-risk", which leaves *@ret's verdict as it is. */
int rules_read_outcome(struct rules_reader *reader, const char *path, json_t *value,
		       struct outcome *ret) __attribute__((warn_unused_result));

/* A modifier, or a list of them. */
int rules_read_modifiers(struct rules_reader *reader, const char *path, json_t *value,
			 modifier_set *ret) __attribute__((warn_unused_result));

/* A value or a list of them: how many, the @i-th, and "parent" or "parent[i]". */
size_t rules_values(json_t *value);
json_t *rules_value_at(json_t *value, size_t i);
void rules_path_value(char ret[static RULES_PATH_SIZE], const char *parent, json_t *value,
		      size_t i);

/* The member called @name of @object, which must be there. */
int rules_need(struct rules_reader *reader, const char *path, json_t *object, const char *name,
	       json_t **ret, char ret_path[static RULES_PATH_SIZE])
	__attribute__((warn_unused_result));

/* "units", "assume" and "grants" of the document @root, each of which may be absent (givens.c). */
int rules_read_givens(struct rules_reader *reader, json_t *root, struct rules *rules)
	__attribute__((warn_unused_result));

/* All function words, for rules_fail_word(). */
void rules_function_words(const char *ret[static _FUNCTION_MAX]);
