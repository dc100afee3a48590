/* suggest - the known word that somebody probably meant.  Internal to policy/.  Pure. */
#pragma once

#include <stddef.h>

/* The word of @words (@n of them) nearest to @word by insertions, deletions, replacements and
 * swapped neighbours, or NULL if none is near.  Borrowed from @words. */
const char *suggest(const char *word, const char *const *words, size_t n);
