/* usbguard_reader - a place in a line of USBGuard rules, and what every reader of one needs.
 * Internal to policy/import/usbguard*. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/arena.h"
#include "policy/rules_error.h"

struct usbguard_reader {
	struct arena *arena; /* for what is read */
	const char *file;    /* for errors */
	int line;	     /* 1-based */
	const char *begin;   /* of the line, from where columns count */
	const char *at, *end;
	struct rules_error *error;
};

/* Fill the error with a sentence about @where, a place in the line, that shows nothing of it but
 * words.  Always -EBADMSG. */
__attribute__((format(printf, 3, 4))) int usbguard_fail(struct usbguard_reader *reader,
							const char *where, const char *format, ...);

/* The same for the @size bytes at @where that are none of @words: says what was meant, or lists
 * them.  @what: what is wanted, "an attribute". */
struct usbguard_words {
	const char *what;
	const char *const *words;
	size_t n;
};
int usbguard_fail_word(struct usbguard_reader *reader, const char *where, size_t size,
		       const struct usbguard_words *words);

/* Go over spaces and tabs.  Returns how many there were. */
size_t usbguard_blanks(struct usbguard_reader *reader);

/* Go over @c if it is next. */
bool usbguard_take(struct usbguard_reader *reader, char c);

/* The bytes that are next and letters, digits or '-'. */
size_t usbguard_word_size(const struct usbguard_reader *reader);

/* Which of @words the @size bytes at @text are, or -1. */
int usbguard_word(const struct usbguard_words *words, const char *text, size_t size);

/* The value of @digits hexadecimal digits, up to four, that are next, gone over; -1 if there are
 * not so many. */
int usbguard_hex(struct usbguard_reader *reader, int digits);

/* Room for one more of @size bytes after @n in an array that grows by doubling: @items itself, or a
 * copy in the arena.  NULL without memory. */
void *usbguard_grow(struct usbguard_reader *reader, void *items, size_t n, size_t size)
	__attribute__((warn_unused_result));
