#include "fuzz.h"

#include <errno.h>

#include <sodium.h>

#include "policy/ledger_line.h"

static struct ledger_chain begin;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0 ||
	       ledger_chain_start(&begin, "00112233445566778899aabbccddeeff") < 0;
}

/* A line that somebody sends. */
static void check(const char *line, size_t size)
{
	struct ledger_chain chain = begin;
	uint64_t seq = 0;
	const int r = ledger_line_check(&chain, line, size, &seq);

	if (r == 0) {
		assert(seq == 1 && chain.next_seq == 2);
		assert(memchr(line, '\n', size) == NULL);
		return;
	}
	assert(r == -EBADMSG || r == -ESTALE || r == -EKEYREJECTED);
	assert(r != -ESTALE || (seq >= 1 && seq != 1));
	assert(memcmp(&chain, &begin, sizeof(chain)) == 0);
}

/* What is sealed checks, and with any byte of it changed it does not. */
static void seal(const char *body, size_t size)
{
	static char line[LEDGER_LINE_MAX];
	struct ledger_chain writer = begin, reader = begin;
	const ptrdiff_t n = ledger_line_seal(&writer, body, line, sizeof(line));

	if (n < 0) {
		assert(n == -EINVAL || n == -E2BIG);
		assert(memcmp(&writer, &begin, sizeof(writer)) == 0);
		return;
	}
	assert((size_t)n <= sizeof(line) && line[n - 1] == '\n');
	assert(ledger_line_check(&reader, line, (size_t)n - 1, NULL) == 0);
	assert(memcmp(&reader, &writer, sizeof(reader)) == 0);

	reader = begin;
	line[size % (size_t)(n - 1)] ^= 0x20;
	assert(ledger_line_check(&reader, line, (size_t)n - 1, NULL) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *body = malloc(size + 1);

	assert(body != NULL);
	memcpy(body, data, size);
	body[size] = '\0';
	check((const char *)data, size);
	seal(body, size);
	free(body);
	return 0;
}
