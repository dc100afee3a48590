/* A compressed body that a machine uploads: no more than its maximum ever comes out, and it is the
 * same in pieces of any size. */
#include "fuzz.h"

#include <errno.h>

#include "server/collector/body.h"

enum { MAX = 4096 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int receive(struct body *body, const uint8_t *data, size_t size, size_t piece)
{
	int r = body_init(body, BODY_TEXT, MAX, true, NULL);

	for (size_t at = 0; r == 0 && at < size; at += piece) {
		const size_t n = size - at < piece ? size - at : piece;

		r = body_add(body, (const char *)data + at, n);
		assert(body->size <= MAX);
	}
	if (r == 0)
		r = body_end(body);
	assert(r == 0 || r == -E2BIG || r == -EBADMSG);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct body whole, pieces;
	const int r = receive(&whole, data, size, size == 0 ? 1 : size);

	if (receive(&pieces, data, size, 3) == 0 && r == 0) {
		assert(whole.size == pieces.size);
		assert(memcmp(whole.bytes, pieces.bytes, whole.size + 1) == 0);
		assert(whole.bytes[whole.size] == '\0');
	}
	body_finish(&whole);
	body_finish(&pieces);
	return 0;
}
