/* jsonc - JSON with comments: take the comments out, and find the place of a value again.
 * Internal to policy/.  Pure.  Lines and columns are 1-based; a column is a character, not a byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct jsonc_place {
	int line, column;
};

/* Copy @text with each character of a comment (slash-slash to the end of the line, slash-star to
 * star-slash, not inside strings) as one space, so that lines and columns stay as they were; a byte
 * order mark at the start is left out.  @ret has room for @size bytes; *@ret_size gets those used.
 * Returns 0; -EBADMSG for a comment that does not end, with *@ret_place where it begins. */
int jsonc_strip(const char *text, size_t size, char *ret, size_t *ret_size,
		struct jsonc_place *ret_place) __attribute__((warn_unused_result));

/* Find the member or element called @path ("rules[3].match.vendor"; "" is the document) in @text,
 * which Jansson has found to be JSON.  Returns false if it is not there or its name has characters
 * other than letters, digits, '_', '-' and '*'. */
bool jsonc_locate(const char *text, size_t size, const char *path, struct jsonc_place *ret);

/* The place of the character at @at of @text. */
struct jsonc_place jsonc_place_of(const char *text, size_t at);

/* The end of the string that begins at @at, past its quote; @size if it does not end. */
size_t jsonc_string_end(const char *text, size_t size, size_t at);

/* The end of the comment that begins with the two bytes at @at; 0 if it does not end. */
size_t jsonc_comment_end(const char *text, size_t size, size_t at);
