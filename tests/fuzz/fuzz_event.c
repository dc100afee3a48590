#include "fuzz.h"

#include "policy/event.h"
#include "policy/text.h"
#include "policy/verdict.h"

#define CLEAN(text)                                                                                \
	(strnlen(text, sizeof(text)) < sizeof(text) && text_is_clean(text, strlen(text)))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_columns event;

	if (event_parse(&event, (const char *)data, size) < 0)
		return 0;
	assert(event.seq >= 1 && event.seq <= INT64_MAX);
	assert(strlen(event.time) == EVENT_TIME_SIZE - 1);
	assert(event.kind[0] != '\0' && CLEAN(event.kind));
	assert(CLEAN(event.instance) && CLEAN(event.device) && CLEAN(event.name));
	assert(CLEAN(event.rule) && CLEAN(event.person));
	assert(event.verdict[0] == '\0' || verdict_from_text(event.verdict) >= 0);
	assert(event.device[0] == '\0' || strlen(event.device) == 9 || event.device[9] == ' ');
	return 0;
}
