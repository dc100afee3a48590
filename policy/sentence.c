#include "sentence.h"

#include <stdbool.h>
#include <string.h>

#include "text.h"

enum { VALUE_SIZE = 1024 };

struct writer {
	char *at, *end; /* @end has room for the NUL */
	bool full;
};

static void put(struct writer *w, const char *text, size_t size)
{
	while (size > 0 && !w->full) {
		const size_t character = text_character(text, size);
		const size_t n = character == 0 ? 1 : character;

		if ((size_t)(w->end - w->at) < n) {
			w->full = true;
			return;
		}
		memcpy(w->at, text, n);
		w->at += n;
		text += n;
		size -= n;
	}
}

/* The blank whose name is at @name, @size bytes of it; NULL if there is none. */
static const struct sentence_blank *find(const struct sentence_blank *blanks, const char *name,
					 size_t size)
{
	for (; blanks->name != NULL; blanks++)
		if (strlen(blanks->name) == size && memcmp(blanks->name, name, size) == 0)
			return blanks;
	return NULL;
}

static void put_value(struct writer *w, const char *value)
{
	char clean[VALUE_SIZE];

	if (value == NULL)
		return;
	text_sanitise(value, strlen(value), clean, sizeof(clean));
	put(w, clean, strlen(clean));
}

void sentence_fill(const char *sentence, const struct sentence_blank *blanks, char *ret,
		   size_t ret_size)
{
	struct writer w = { ret, ret + ret_size - 1, false };

	while (*sentence != '\0') {
		const size_t plain = strcspn(sentence, "{");

		put(&w, sentence, plain);
		sentence += plain;
		const size_t size = *sentence == '{' ? strcspn(sentence + 1, "}") : 0;
		const bool ends = size > 0 && sentence[1 + size] == '}';
		const struct sentence_blank *blank = ends ? find(blanks, sentence + 1, size) : NULL;

		if (blank != NULL) {
			put_value(&w, blank->value);
			sentence += size + 2;
		} else if (*sentence == '{') {
			put(&w, sentence++, 1);
		}
	}
	*w.at = '\0';
}
