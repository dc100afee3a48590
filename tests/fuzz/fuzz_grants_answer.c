/* The collector's list of grants. */
#include "fuzz.h"

#include "agent/reporter/grants_answer.h"
#include "policy/grant.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *list, *text;
	size_t i;

	if (grants_answer_parse((const char *)data, size, &list) < 0)
		return 0;
	assert(json_array_size(list) <= GRANTS_ANSWER_MAX);
	json_array_foreach (list, i, text)
		assert(json_string_length(text) > 0 && json_string_length(text) <= GRANT_MAX_BYTES);
	json_decref(list);
	return 0;
}
