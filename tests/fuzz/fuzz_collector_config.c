/* Where the collector is, as root wrote it. */
#include "fuzz.h"

#include <errno.h>

#include "agent/common/collector_config.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collector_config config;
	char error[256] = "";
	const int r = collector_config_parse(&config, (const char *)data, size, error);

	assert(r == 0 || (r == -EBADMSG && error[0] != '\0'));
	if (r < 0)
		return 0;
	assert(collector_url_good(config.url));
	assert(strncmp(config.url, "https://", 8) == 0 &&
	       config.url[strlen(config.url) - 1] != '/');
	assert(config.retry_max_ms >= COLLECTOR_RETRY_MIN_MS &&
	       config.retry_max_ms <= COLLECTOR_RETRY_MAX_MS);
	return 0;
}
