#include "import.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"

enum { NOTE_TEXT_SIZE = 512 };

void import_finish(struct import *import)
{
	json_decref(import->rules);
	for (size_t i = 0; i < import->n_media; i++) {
		free(import->media[i].serial);
		free(import->media[i].tag);
		free(import->media[i].name);
		free(import->media[i].custodian);
		free(import->media[i].unit);
	}
	free(import->media);
	for (size_t i = 0; i < import->n_notes; i++) {
		free(import->notes[i].item);
		free(import->notes[i].text);
	}
	free(import->notes);
	*import = (struct import){ 0 };
}

/* Make room for one more of @size bytes after @n; the room grows by doubling. */
static void *grow(void *items, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return items;
	return reallocarray(items, n == 0 ? 1 : 2 * n, size);
}

static char *clean(const char *text)
{
	char shown[NOTE_TEXT_SIZE];

	text_sanitise(text, strlen(text), shown, sizeof(shown));
	return strdup(shown);
}

int import_add_note(struct import *import, const struct import_options *options,
		    enum import_effect effect, const char *file, int line, const char *item,
		    struct rules_error *error, const char *format, ...)
{
	struct import_note note = { .effect = effect, .file = file, .line = line };
	char text[NOTE_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (effect == IMPORT_STRICTER && options->strict) {
		*error = (struct rules_error){ .line = line };
		text_sanitise(file, strlen(file), error->path, sizeof(error->path));
		text_sanitise(text, strlen(text), error->message, sizeof(error->message));
		return -EBADMSG;
	}
	if (import->n_notes == IMPORT_MAX_NOTES) {
		import->n_notes_lost++;
		return 0;
	}
	struct import_note *notes = grow(import->notes, import->n_notes, sizeof(*notes));
	if (notes == NULL)
		return -ENOMEM;
	import->notes = notes;
	note.text = clean(text);
	note.item = item == NULL ? NULL : clean(item);
	notes[import->n_notes++] = note;
	return note.text == NULL || (item != NULL && note.item == NULL) ? -ENOMEM : 0;
}

int import_add_medium(struct import *import, const struct import_medium *medium)
{
	struct import_medium *media = grow(import->media, import->n_media, sizeof(*media));

	if (media == NULL) {
		free(medium->serial);
		free(medium->tag);
		free(medium->name);
		free(medium->custodian);
		free(medium->unit);
		return -ENOMEM;
	}
	import->media = media;
	media[import->n_media++] = *medium;
	return 0;
}

const char *import_effect_to_text(enum import_effect effect)
{
	static const char *const words[] = { "note", "stricter", "left-out" };

	return words[effect];
}
