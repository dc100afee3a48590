#include "fuzz.h"

#include <errno.h>

#include "policy/retention.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct retention retention;
	char error[128] = "";
	int r = retention_parse(&retention, (const char *)data, size, error);

	assert(r == 0 || (r == -EBADMSG && *error));
	if (r < 0)
		return 0;
	assert(retention.n_kinds <= RETENTION_MAX_KINDS);
	unsigned shortest = retention_shortest(&retention);
	for (size_t i = 0; i < retention.n_kinds; i++) {
		unsigned days = retention_days(&retention, retention.kinds[i].name);
		assert(days == 0 || (days >= shortest && shortest >= RETENTION_MIN_DAYS));
	}
	return 0;
}
