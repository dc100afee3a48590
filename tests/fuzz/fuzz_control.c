/* A request on the control socket: what is taken apart is the words that were sent. */
#include "fuzz.h"

#include "agent/enforcer/control.c"
#include "agent/enforcer/packet.c"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_request request = { 0 };
	char text[CONTROL_REQUEST_MAX + 1], back[CONTROL_REQUEST_MAX + 1];
	const char *verb;

	if (size > CONTROL_REQUEST_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (split(text, size, &verb, &request) < 0)
		return 0;
	assert(request.n_arguments <= CONTROL_MAX_ARGUMENTS && verb[0] != '\0');
	char *end = stpcpy(back, verb);
	for (size_t i = 0; i < request.n_arguments; i++) {
		assert(request.arguments[i][0] != '\0');
		*end++ = ' ';
		end = stpcpy(end, request.arguments[i]);
	}
	assert((size_t)(end - back) == size && memcmp(back, data, size) == 0);
	return 0;
}
