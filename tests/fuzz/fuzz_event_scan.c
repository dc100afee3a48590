/* Whatever the scan of an event takes, Jansson takes too, and both find the same columns. */
#include "fuzz.h"

#include "policy/event_members.h"

static bool same(const struct event_columns *a, const struct event_columns *b)
{
	return a->seq == b->seq && strcmp(a->time, b->time) == 0 && strcmp(a->kind, b->kind) == 0 &&
	       strcmp(a->instance, b->instance) == 0 && strcmp(a->device, b->device) == 0 &&
	       strcmp(a->name, b->name) == 0 && strcmp(a->verdict, b->verdict) == 0 &&
	       strcmp(a->rule, b->rule) == 0 && strcmp(a->person, b->person) == 0 &&
	       a->duration_s == b->duration_s && a->bytes_read == b->bytes_read &&
	       a->bytes_written == b->bytes_written && a->policy_version == b->policy_version &&
	       a->violation == b->violation;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_columns fast = { 0 }, slow = { 0 };
	int r = event_parse(&fast, (const char *)data, size);

	assert(r == event_parse_tree(&slow, (const char *)data, size));
	assert(same(&fast, &slow));
	return 0;
}
