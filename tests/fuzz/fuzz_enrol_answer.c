/* The collector's answer to an enrolment. */
#include "fuzz.h"

#include <errno.h>

#include "agent/reporter/enrol_answer.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *pem = NULL;
	const int r = enrol_answer_parse((const char *)data, size, &pem);

	assert(r == 0 || r == -EBADMSG);
	assert((r == 0) == (pem != NULL));
	assert(pem == NULL || strlen(pem) < size);
	free(pem);
	return 0;
}
