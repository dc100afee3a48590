/* What the watcher hands over: what is taken is what it would write itself. */
#include "fuzz.h"

#include <errno.h>

#include "agent/common/trail_record.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[TRAIL_RECORD_MAX];
	struct trail_record record, again;
	int r = trail_record_parse(data, size, &record);
	long n;

	assert(r == 0 || r == -EBADMSG);
	if (r < 0)
		return 0;
	assert(trail_kind_to_text(record.kind) != NULL);
	n = trail_record_encode(&record, bytes, sizeof(bytes));
	assert(n == (long)size);
	assert(trail_record_parse(bytes, (size_t)n, &again) == 0);
	assert(again.n_shown == record.n_shown && again.files == record.files);
	for (size_t i = 0; i < record.n_shown; i++) {
		assert(strcmp(again.shown[i].path, record.shown[i].path) == 0);
		assert(strcmp(again.shown[i].to, record.shown[i].to) == 0);
	}
	return 0;
}
