/* The collector's answer to an upload: first its status, two bytes, then its body. */
#include "fuzz.h"

#include "agent/reporter/upload_answer.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct upload_answer answer;

	if (size < 2)
		return 0;
	const int status = (data[0] << 8 | data[1]) % 600;
	upload_answer_parse(&answer, status, (const char *)data + 2, size - 2, 7);
	switch (answer.action) {
	case UPLOAD_ACKED:
		assert(status == 200 && answer.acked <= INT64_MAX);
		break;
	case UPLOAD_RESUME:
		assert(status == 409 && answer.acked <= INT64_MAX);
		break;
	case UPLOAD_RETRY:
		assert(answer.wait_s == 7);
		break;
	case UPLOAD_HALVE:
	case UPLOAD_STOP:
	case UPLOAD_DENIED:
		assert(status >= 400 && status < 500);
		break;
	}
	return 0;
}
