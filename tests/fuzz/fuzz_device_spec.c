/* A device as an officer names it, on the command line or in a list. */
#include "fuzz.h"

#include <errno.h>

#include "server/ctl/device_spec.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void check(int r, const struct device_spec *spec, const char *error)
{
	uint8_t key[DEVICE_KEY_SIZE];

	assert(r == 0 || r == -EINVAL);
	assert((r == 0) == (error[0] == '\0'));
	if (r < 0)
		return;
	assert(spec->serial[0] != '\0' && strlen(spec->serial) < sizeof(spec->serial));
	assert(spec->tag[0] != '\0' && strlen(spec->tag) < sizeof(spec->tag));
	for (const char *c = spec->serial; *c; c++)
		assert((unsigned char)*c >= ' ');
	device_spec_key(spec, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct device_spec spec;
	char error[128] = "";

	assert(text != NULL);
	check(device_spec_parse(&spec, text, error), &spec, error);
	error[0] = '\0';
	check(device_spec_parse_csv(&spec, (const char *)data, size, error), &spec, error);
	free(text);
	return 0;
}
