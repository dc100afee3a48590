#include "fuzz.h"

#include "policy/grant.h"
#include "policy/text.h"

static void check(const struct grant *grant)
{
	assert(grant->id[0] != '\0' && grant->version >= 1 && grant->host[0] != '\0');
	assert(grant->bus < _BUS_MAX && grant->serial[0] != '\0');
	assert(text_is_clean(grant->serial, strlen(grant->serial)));
	assert(text_is_clean(grant->reason, strlen(grant->reason)));
	assert(grant->functions != 0 && grant->functions < FUNCTION_BIT(_FUNCTION_MAX));
	assert(grant->verdict > VERDICT_DENY && grant->verdict < _VERDICT_MAX);
	assert(grant->from < grant->until && grant->until - grant->from <= GRANT_MAX_S);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grant grant, back;
	char *text;

	memset(&grant, 0, sizeof(grant));
	memset(&back, 0, sizeof(back));
	if (grant_parse(&grant, data, size) < 0)
		return 0;
	check(&grant);
	assert(grant_encode(&grant, &text) == 0);
	assert(grant_parse(&back, (const uint8_t *)text, strlen(text)) == 0);
	free(text);
	assert(memcmp(&grant, &back, sizeof(back)) == 0);
	return 0;
}
