/* usbguard_text - import USBGuard rules that are a text of a test.  After cmocka_test.h. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/import/import.h"
#include "policy/rules.h"

static const struct import_options loose = { "tested", false }, strict = { "tested", true };

static inline int import_text(const char *text, size_t size, const struct import_options *options,
			      struct import *ret, struct rules_error *error)
{
	/* A copy without a NUL, so that a sanitizer sees what is read behind it. */
	char *copy = malloc(size == 0 ? 1 : size);
	const struct import_file file = { "rules.conf", copy, size };

	assert_non_null(copy);
	memcpy(copy, text, size);
	int r = import_usbguard(&file, 1, options, ret, error);
	free(copy);
	return r;
}

/* "effect item;" for each note but the two that every import has. */
static inline void list_notes(const struct import *import, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 2; i < import->n_notes; i++) {
		const struct import_note *note = &import->notes[i];

		used += (size_t)snprintf(ret + used, size - used, "%s %s;",
					 import_effect_to_text(note->effect),
					 note->item == NULL ? "-" : note->item);
		assert_true(used < size);
		assert_string_equal(note->file, "rules.conf");
	}
}

static inline void must_be_taken(json_t *document)
{
	struct rules *rules = NULL;
	struct rules_error error;
	char *text = json_dumps(document, 0);

	if (rules_parse(text, strlen(text), &rules, &error) < 0)
		fail_msg("%s: %s: %s", error.path, error.message, text);
	rules_free(rules);
	free(text);
}
