#include "fuzz.h"

#include "policy/text.h"
#include "policy/trust.h"

static void check(const struct trust *trust)
{
	assert(trust->version >= 1);
	assert(trust->n_officers >= 1 && trust->n_officers <= TRUST_MAX_OFFICERS);
	for (int role = 0; role < _TRUST_ROLE_MAX; role++) {
		unsigned keys = 0;

		if (role == ROLE_GRANTS && trust->threshold[role] == 0)
			continue;
		for (size_t i = 0; i < trust->n_officers; i++)
			keys += trust->officers[i].roles[role];
		assert(trust->threshold[role] >= 1 && trust->threshold[role] <= keys);
	}
	for (size_t i = 0; i < trust->n_officers; i++) {
		char keyid[DSSE_KEYID_SIZE];

		dsse_keyid(trust->officers[i].key, keyid);
		assert(strcmp(keyid, trust->officers[i].keyid) == 0);
		assert(text_is_clean(trust->officers[i].name, strlen(trust->officers[i].name)));
		for (size_t j = 0; j < i; j++)
			assert(strcmp(trust->officers[j].keyid, keyid) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trust trust, back;
	char *text, error[256] = "";

	if (trust_parse(&trust, (const char *)data, size, error) < 0) {
		assert(error[0] != '\0');
		return 0;
	}
	check(&trust);
	assert(trust_encode(&trust, &text) == 0);
	assert(trust_parse(&back, text, strlen(text), error) == 0);
	free(text);
	assert(memcmp(&trust, &back, sizeof(back)) == 0);
	return 0;
}
