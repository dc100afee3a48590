/* The name of a control group, which a user may choose below the own session. */
#include "fuzz.h"

#include "agent/filewatch/package.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char package[PACKAGE_SIZE], *group = malloc(size + 1);

	if (group == NULL)
		return 0;
	if (size > 0)
		memcpy(group, data, size);
	group[size] = '\0';
	package_of_group(group, package);
	assert(memchr(package, '\0', sizeof(package)) != NULL);
	assert(package[0] == '\0' || strncmp(package, "snap:", 5) == 0 ||
	       strncmp(package, "flatpak:", 8) == 0);
	free(group);
	return 0;
}
