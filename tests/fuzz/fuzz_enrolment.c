/* The file that an administrator is handed. */
#include "fuzz.h"

#include <errno.h>

#include "agent/cli/enrolment.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct enrolment enrolment;
	char error[256] = "";
	const int r = enrolment_parse(&enrolment, (const char *)data, size, error);

	assert(r == 0 || (r == -EBADMSG && error[0] != '\0'));
	if (r < 0)
		return 0;
	assert(collector_url_good(enrolment.url));
	assert(enrolment.token[0] != '\0' && strchr(enrolment.token, '\n') == NULL);
	assert(strstr(enrolment.ca, "BEGIN CERTIFICATE") != NULL);
	assert(enrolment.trust_text[0] == '{');
	enrolment_finish(&enrolment);
	return 0;
}
