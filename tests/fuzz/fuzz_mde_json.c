#include "fuzz.h"

#include "policy/import/import.h"
#include "policy/rules.h"

/* Whatever is imported is a rules document. */
static void check_rules(const struct import *import)
{
	char *text = json_dumps(import->rules, JSON_COMPACT);
	struct rules *rules = NULL;
	struct rules_error error;

	assert(text != NULL);
	assert(rules_parse(text, strlen(text), &rules, &error) == 0);
	rules_free(rules);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_file file = { "fuzz.json", (const char *)data, size };
	const struct import_options options = { .name = "fuzz", .strict = size % 4 == 3 };
	struct import import;
	struct rules_error error;

	if (import_mde_json(&file, 1, &options, &import, &error) < 0) {
		assert(error.message[0] != '\0' && error.line >= 0 && error.column >= 0);
		return 0;
	}
	check_rules(&import);
	import_finish(&import);
	return 0;
}
