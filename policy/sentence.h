/* sentence - sentences for people that callers may translate before their blanks are filled.
 * Pure.  policy/ knows no language: it gives an English sentence with blanks such as "{rule}", the
 * caller looks up the translation of that, and sentence_fill() fills in either. */
#pragma once

#include <stddef.h>

struct sentence_blank {
	const char *name, *value; /* "rule" and what stands for "{rule}"; value NULL: nothing */
};

/* Copy @sentence with every "{name}" of @blanks (ended by one without a name) replaced.  Values are
 * sanitised (text.h); a blank that is not among them stays as it is.  Cuts at a whole character
 * when @ret_size would be passed.  Always NUL-terminates. */
void sentence_fill(const char *sentence, const struct sentence_blank *blanks, char *ret,
		   size_t ret_size);
