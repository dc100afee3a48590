/* rules_glob - match a text against a glob: '*' stands for any run of characters, '?' for one, '\'
 * takes the next character as itself.  Internal to policy/.  Pure.
 *
 * A character is one of UTF-8, or one byte where the text is none.  Bytes are compared as they are.
 * The time is linear in the text: no step is done more often than the glob has bytes for one of the
 * text's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether no '\' at the end of @glob takes nothing. */
bool rules_glob_is_good(const char *glob);

/* Whether the good @glob holds for the whole of @text. */
bool rules_glob_holds(const char *glob, const char *text);

/* The same; adds the steps that it takes to *@steps. */
bool rules_glob_count(const char *glob, const char *text, size_t *steps);
