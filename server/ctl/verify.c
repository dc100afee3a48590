#include "verify.h"

#include <errno.h>
#include <string.h>

int verify_start(struct verify *verify, const char *id)
{
	verify->lines = 0;
	verify->held = 0;
	verify->failure = 0;
	verify->mark = 0;
	memset(verify->marked, 0, sizeof(verify->marked));
	return ledger_chain_start(&verify->chain, id);
}

static int check(struct verify *verify)
{
	verify->failure = ledger_line_check(&verify->chain, verify->line, verify->held, NULL);
	verify->held = 0;
	if (verify->failure == 0)
		verify->lines++;
	if (verify->failure == 0 && verify->chain.next_seq - 1 == verify->mark)
		memcpy(verify->marked, verify->chain.hash, sizeof(verify->marked));
	return verify->failure;
}

int verify_bytes(struct verify *verify, const char *bytes, size_t size)
{
	while (size > 0 && verify->failure == 0) {
		const char *end = memchr(bytes, '\n', size);
		size_t n = end ? (size_t)(end - bytes) : size;

		if (n >= sizeof(verify->line) - verify->held) {
			verify->failure = -E2BIG;
			break;
		}
		memcpy(verify->line + verify->held, bytes, n);
		verify->held += n;
		bytes += n;
		size -= n;
		if (end) {
			bytes++;
			size--;
			check(verify);
		}
	}
	return verify->failure;
}

int verify_end(struct verify *verify)
{
	if (verify->failure == 0 && verify->held > 0)
		verify->failure = -EBADMSG;
	return verify->failure;
}
