/* mde_json - between the files that read Defender's policies for macOS.  Internal to
 * policy/import/. */
#pragma once

#include <jansson.h>

#include "mde.h"

enum { MDE_PATH_SIZE = sizeof(((struct rules_error *)0)->path) };

/* A value, and where it stands. */
struct mde_at {
	json_t *value;
	char path[MDE_PATH_SIZE]; /* "groups[3].query" */
};

/* Fill the error with the place; always -EBADMSG. */
__attribute__((format(printf, 3, 4))) int mde_json_fail(struct mde *mde, const struct mde_at *at,
							const char *format, ...);
/* The same for a word that is none of @words. */
int mde_json_fail_word(struct mde *mde, const struct mde_at *at, const char *word,
		       const char *const *words, size_t n);

/* The line that a note says; 0 where it is not known. */
int mde_json_line(const struct mde *mde, const struct mde_at *at);

/* @at must be an object whose members are all among @names (ended by NULL) or "__comments". */
int mde_json_members(struct mde *mde, const struct mde_at *at, const char *const *names)
	__attribute__((warn_unused_result));

/* Returns 1 if the member is there and of @type (an object, an array or a string), 0 if it is not
 * there; else fails. */
int mde_json_get(struct mde *mde, const struct mde_at *at, const char *name, json_type type,
		 struct mde_at *ret) __attribute__((warn_unused_result));
/* It must be there: 0. */
int mde_json_need(struct mde *mde, const struct mde_at *at, const char *name, json_type type,
		  struct mde_at *ret) __attribute__((warn_unused_result));
/* Element @i of the array. */
struct mde_at mde_json_element(const struct mde_at *list, size_t i);

/* The member is one of @words: its place, or fails. */
int mde_json_word(struct mde *mde, const struct mde_at *at, const char *name,
		  const char *const *words, size_t n) __attribute__((warn_unused_result));
int mde_json_guid(struct mde *mde, const struct mde_at *at, const char *name,
		  char ret[static MDE_GUID_SIZE]) __attribute__((warn_unused_result));

/* Read "query" (mde_json_query.c). */
int mde_json_query(struct mde *mde, const struct mde_at *at, unsigned depth,
		   struct mde_expression **ret) __attribute__((warn_unused_result));
