#include "verify.h"

#include <errno.h>
#include <string.h>

int verify_start(struct verify *verify, const char *id)
{
	int r = ledger_chain_start(&verify->chain, id);

	if (r < 0)
		return r;
	memcpy(verify->id, id, sizeof(verify->id));
	verify->key = NULL;
	verify->lines = 0;
	verify->disposed = 0;
	verify->held = 0;
	verify->failure = 0;
	verify->mark = 0;
	memset(verify->marked, 0, sizeof(verify->marked));
	return 0;
}

static int check_disposal(struct verify *verify)
{
	const struct disposal_reader reader = { verify->id, verify->key };
	uint64_t first = verify->chain.next_seq;
	int r;

	if (verify->key == NULL)
		return -ENOKEY;
	r = disposal_check(&verify->chain, &reader, verify->line, verify->held, NULL);
	verify->disposed += verify->chain.next_seq - first;
	return r;
}

static int check(struct verify *verify)
{
	if (disposal_is_line(verify->line, verify->held)) {
		verify->failure = check_disposal(verify);
	} else {
		verify->failure =
			ledger_line_check(&verify->chain, verify->line, verify->held, NULL);
		verify->lines += verify->failure == 0;
	}
	verify->held = 0;
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
