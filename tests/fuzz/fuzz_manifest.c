#include "fuzz.h"

#include "policy/bundle.h"
#include "policy/text.h"

static void check(const struct manifest *manifest)
{
	assert(manifest->role < _ROLE_MAX);
	assert(manifest->version >= 1);
	assert(manifest->issued >= 0 && manifest->issued < manifest->expires);
	assert(manifest->drafted_by[0] != '\0');
	assert(text_is_clean(manifest->drafted_by, strlen(manifest->drafted_by)));
	assert(text_is_clean(manifest->note, strlen(manifest->note)));
	if (manifest->role == ROLE_POLICY)
		assert(manifest_find(manifest, "rules") != NULL &&
		       manifest_find(manifest, "registered") != NULL &&
		       manifest->n_sections == (manifest_find(manifest, "risk") == NULL ? 2 : 3));
	else
		assert(manifest->n_sections == 1 && manifest_find(manifest, "revoked") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest manifest, back;
	char *text;

	if (manifest_parse(&manifest, data, size) < 0)
		return 0;
	check(&manifest);
	assert(manifest_encode(&manifest, &text) == 0);
	assert(manifest_parse(&back, (const uint8_t *)text, strlen(text)) == 0);
	free(text);
	assert(memcmp(&manifest, &back, sizeof(back)) == 0);
	return 0;
}
