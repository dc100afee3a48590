/* A request for a certificate: what is not a self-signed P-256 request is refused. */
#include "fuzz.h"

#include <errno.h>

#include "server/pki/ca.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t key[CA_KEY_DIGEST_SIZE] = { 0 };
	static const uint8_t none[CA_KEY_DIGEST_SIZE];
	const int r = ca_request_key((const char *)data, size, key);

	assert(r == 0 || r == -EBADMSG || r == -EINVAL);
	assert((r == 0) == (memcmp(key, none, sizeof(key)) != 0));
	assert(r < 0 || size <= CA_CSR_MAX);
	return 0;
}
