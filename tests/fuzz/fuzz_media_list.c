/* A list of media to be registered: what passes the check has a tag of its own and texts that fit.
 */
#include "fuzz.h"

#include <stdio.h>

#include "policy/import/import.h"
#include "policy/rules.h"
#include "server/ctl/media_csv.h"

static FILE *nowhere; /* where each line that is not taken is told */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	nowhere = fopen("/dev/null", "w");
	return nowhere == NULL;
}

static size_t check_quietly(const struct import *import)
{
	FILE *before = stderr;

	stderr = nowhere;
	size_t faults = media_csv_check("list.csv", import);
	stderr = before;
	return faults;
}

static void check_media(const struct import *import)
{
	for (size_t i = 0; i < import->n_media; i++) {
		const struct import_medium *medium = &import->media[i];

		assert(medium->tag != NULL && strpbrk(medium->tag, "/:") == NULL);
		assert(medium->name == NULL || strlen(medium->name) <= 128);
		assert(medium->custodian == NULL || strlen(medium->custodian) <= 128);
		assert(medium->unit == NULL || strlen(medium->unit) <= 128);
		for (size_t j = 0; j < i; j++)
			assert(strcmp(import->media[j].tag, medium->tag) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_file file = { "list.csv", (const char *)data, size };
	const struct import_options options = { .name = "register" };
	const struct media_register none = { 0 };
	struct import import = { 0 };
	struct rules_error error;

	if (import_csv(&file, 1, &options, &import, &error) < 0)
		return 0;
	if (check_quietly(&import) == 0) {
		check_media(&import);
		for (size_t i = 0; i < import.n_media; i++) {
			const struct medium *found;
			assert(media_csv_compare(&none, &import.media[i], &found) == MEDIA_CSV_NEW);
		}
	}
	import_finish(&import);
	return 0;
}
