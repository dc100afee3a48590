#include "fuzz.h"

#include "tests/unit/policy/officers.h"

static struct trust trust;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (sodium_init() < 0)
		return 1;
	trust = trust_of_four();
	return 0;
}

static void encodes_to_the_same(const struct dsse *dsse)
{
	struct dsse back;
	char *text;

	assert(dsse_encode(dsse, &text) == 0);
	assert(dsse_parse(&back, text, strlen(text)) == 0);
	free(text);
	assert(strcmp(back.type, dsse->type) == 0);
	assert(back.payload_size == dsse->payload_size);
	assert(memcmp(back.payload, dsse->payload, dsse->payload_size) == 0);
	assert(back.n_signatures == dsse->n_signatures);
	assert(memcmp(back.signatures, dsse->signatures, sizeof(back.signatures)) == 0);
	dsse_finish(&back);
}

/* The seeds hold one manifest that two officers have signed; the fuzzer has none of their keys, and
 * whatever it makes of the seeds, nothing else may pass. */
static void only_what_was_signed_passes(const struct dsse *dsse, const char *text, size_t size)
{
	static const uint64_t held[_ROLE_MAX];
	const struct manifest seed = manifest_of(ROLE_POLICY, 3);
	struct manifest manifest;
	char *signed_text;

	if (bundle_verify(&trust, text, size, held, 1750000000, &manifest) != BUNDLE_OK)
		return;
	assert(manifest_encode(&seed, &signed_text) == 0);
	assert(strlen(signed_text) == dsse->payload_size);
	assert(memcmp(signed_text, dsse->payload, dsse->payload_size) == 0);
	free(signed_text);
	assert(trust_signers(&trust, ROLE_POLICY, dsse, NULL, 0) == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dsse dsse;

	if (dsse_parse(&dsse, (const char *)data, size) < 0)
		return 0;
	assert(dsse.n_signatures <= DSSE_MAX_SIGNATURES);
	encodes_to_the_same(&dsse);
	only_what_was_signed_passes(&dsse, (const char *)data, size);
	dsse_finish(&dsse);
	return 0;
}
