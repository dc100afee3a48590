#include "fuzz.h"

#include "policy/import/import.h"
#include "policy/registered.h"
#include "policy/rules.h"
#include "policy/text.h"

static void check_media(const struct import *import)
{
	for (size_t i = 0; i < import->n_media; i++) {
		const struct import_medium *medium = &import->media[i];

		assert(medium->serial[0] != '\0' && strlen(medium->serial) < DEVICE_TEXT_SIZE);
		assert(text_is_clean(medium->serial, strlen(medium->serial)));
		assert(medium->verdict < _VERDICT_MAX && medium->functions != 0);
		assert((medium->modifiers & ~_MODIFIER_ALL) == 0);
		assert(medium->tag == NULL || strlen(medium->tag) < REGISTERED_TAG_SIZE);
		if (i > 0)
			assert(medium->vendor != medium[-1].vendor ||
			       medium->product != medium[-1].product ||
			       strcmp(medium->serial, medium[-1].serial) != 0);
	}
}

/* The rules that are made are rules. */
static void check_rules(const struct import *import)
{
	struct rules *rules = NULL;
	struct rules_error error;

	if (import->rules == NULL)
		return;
	char *text = json_dumps(import->rules, 0);

	assert(text != NULL && rules_parse(text, strlen(text), &rules, &error) == 0);
	assert(rules_count(rules) > 0);
	rules_free(rules);
	free(text);
}

static bool is_stricter(const struct import *import)
{
	for (size_t i = 0; i < import->n_notes; i++) {
		assert(import->notes[i].text != NULL && import->notes[i].text[0] != '\0');
		if (import->notes[i].effect == IMPORT_STRICTER)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_file file = { "list.csv", (const char *)data, size };
	struct import_options options = { .name = "fuzz" };
	struct rules_error error;
	struct import import;
	bool stricter;

	if (import_csv(&file, 1, &options, &import, &error) < 0) {
		assert(error.line >= 1 && error.message[0] != '\0');
		return 0;
	}
	check_media(&import);
	check_rules(&import);
	stricter = is_stricter(&import);
	import_finish(&import);

	options.strict = true;
	if (import_csv(&file, 1, &options, &import, &error) < 0) {
		assert(stricter);
		return 0;
	}
	assert(!stricter);
	import_finish(&import);
	return 0;
}
