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
	/* A form feed, which no XML has, parts two files. */
	const char *text = (const char *)data,
		   *second = size == 0 ? NULL : memchr(text, '\f', size);
	const size_t first = second == NULL ? size : (size_t)(second - text);
	const size_t n = second == NULL ? 1 : 2;
	const struct import_file files[] = {
		{ "one.xml", text, first },
		{ "two.xml", n == 1 ? "" : second + 1, n == 1 ? 0 : size - first - 1 },
	};
	const struct import_options options = { .name = "fuzz", .strict = size % 4 == 3 };
	struct import import;
	struct rules_error error;

	if (import_mde_xml(files, n, &options, &import, &error) < 0) {
		assert(error.message[0] != '\0' && error.line >= 0 && error.column >= 0);
		return 0;
	}
	check_rules(&import);
	import_finish(&import);
	return 0;
}
