#include "fuzz.h"

#include "policy/decide.h"
#include "policy/import/import.h"
#include "policy/text.h"

/* The document must be one that is taken, and deny what no rule is for. */
static void check_document(json_t *document)
{
	static const struct device bluetooth = { .bus = BUS_BLUETOOTH,
						 .n_interfaces = 1,
						 .interfaces[0].functions = 1 };
	struct policy_view view = { 0 };
	struct rules *rules = NULL;
	struct rules_error error;
	struct decision decision;
	char *text = json_dumps(document, JSON_COMPACT);

	assert(text != NULL);
	assert(rules_parse(text, strlen(text), &rules, &error) == 0);
	assert(!rules_audit_only(rules));
	view.rules = rules;
	decide(&view, &bluetooth, &circumstances_unknown, false, &decision);
	assert(decision.verdict == VERDICT_DENY);
	rules_free(rules);
	free(text);
}

static void check_notes(const struct import *import, int lines)
{
	assert(import->n_notes <= IMPORT_MAX_NOTES);
	for (size_t i = 0; i < import->n_notes; i++) {
		const struct import_note *note = &import->notes[i];

		assert(note->line >= 0 && note->line <= lines);
		assert(note->text[0] != '\0' && text_is_clean(note->text, strlen(note->text)));
	}
}

static void check_error(const struct rules_error *error, int lines)
{
	assert(error->line >= 0 && error->line <= lines && error->column >= 0);
	assert(error->message[0] != '\0' && text_is_clean(error->message, strlen(error->message)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The second half is a second file. */
	const struct import_file files[] = {
		{ "a", (const char *)data, size - size / 2 },
		{ "b", (const char *)data + (size - size / 2), size / 2 },
	};
	const struct import_file whole = { "a", (const char *)data, size };
	const struct import_options loose = { "fuzz", false }, strict = { "fuzz", true };
	struct import import;
	struct rules_error error;
	int lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (import_usbguard(&whole, 1, &loose, &import, &error) == 0) {
		check_document(import.rules);
		check_notes(&import, lines);
		import_finish(&import);
	} else {
		check_error(&error, lines);
	}
	if (import_usbguard(files, 2, &strict, &import, &error) == 0) {
		check_document(import.rules);
		check_notes(&import, lines);
		for (size_t i = 0; i < import.n_notes; i++)
			assert(import.notes[i].effect != IMPORT_STRICTER);
		import_finish(&import);
	} else {
		check_error(&error, lines);
	}
	return 0;
}
