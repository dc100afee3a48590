/* officers - keys, a trust root and signed bundles for tests; the same in every run. */
#pragma once

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/bundle.h"

struct officer {
	const char *name;
	uint8_t key[DSSE_KEY_SIZE], secret[64];
	char keyid[DSSE_KEYID_SIZE];
};

/* The key of the officer whose name begins with a letter is made from that letter. */
static inline struct officer officer_of(const char *name)
{
	struct officer officer = { .name = name };
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, name[0], sizeof(seed));
	crypto_sign_seed_keypair(officer.key, officer.secret, seed);
	dsse_keyid(officer.key, officer.keyid);
	return officer;
}

enum { TRUST_EXPIRES = 2000000000 };

/* alice, bob, carol: any two for policy; carol and dave: any one for revocations; bob and dave: any
 * one for grants. */
static inline struct trust trust_of_four(void)
{
	static const struct {
		const char *name;
		bool policy, revocations, grants;
	} table[] = {
		{ "alice", true, false, false },
		{ "bob", true, false, true },
		{ "carol", true, true, false },
		{ "dave", false, true, true },
	};
	struct trust trust = { .version = 1, .expires = TRUST_EXPIRES, .threshold = { 2, 1, 1 } };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct officer officer = officer_of(table[i].name);
		struct trust_officer *entry = &trust.officers[trust.n_officers++];

		strcpy(entry->name, officer.name);
		memcpy(entry->key, officer.key, sizeof(entry->key));
		memcpy(entry->keyid, officer.keyid, sizeof(entry->keyid));
		entry->roles[ROLE_POLICY] = table[i].policy;
		entry->roles[ROLE_REVOCATIONS] = table[i].revocations;
		entry->roles[ROLE_GRANTS] = table[i].grants;
	}
	return trust;
}

static inline struct manifest manifest_of(enum trust_role role, uint64_t version)
{
	struct manifest manifest = {
		.role = role,
		.version = version,
		.issued = 1700000000,
		.expires = 1800000000,
		.drafted_by = "alice",
		.note = "年度檢討",
	};

	if (role == ROLE_POLICY) {
		manifest.n_sections = 2;
		strcpy(manifest.sections[0].name, "rules");
		strcpy(manifest.sections[1].name, "registered");
	} else {
		manifest.n_sections = 1;
		strcpy(manifest.sections[0].name, "revoked");
	}
	for (size_t i = 0; i < manifest.n_sections; i++) {
		memset(manifest.sections[i].sha256, 0xa0 + (int)i, 32);
		manifest.sections[i].size = 16 + i;
	}
	return manifest;
}

/* An envelope around @text; owns a copy of it. */
static inline struct dsse envelope_of(const char *type, const char *text)
{
	struct dsse dsse = { .payload_size = strlen(text) };

	strcpy(dsse.type, type);
	dsse.payload = malloc(dsse.payload_size + 1);
	assert(dsse.payload != NULL);
	memcpy(dsse.payload, text, dsse.payload_size);
	return dsse;
}

/* The JSON text of an envelope around @manifest, signed by those whose names begin with the letters
 * of @signers.  To be freed. */
static inline char *bundle_of(const struct manifest *manifest, const char *signers)
{
	char *text;

	if (manifest_encode(manifest, &text) < 0)
		abort();
	struct dsse dsse = envelope_of(MANIFEST_TYPE, text);
	free(text);
	for (; *signers != '\0'; signers++) {
		const struct officer officer = officer_of((const char[]){ *signers, '\0' });
		if (dsse_sign(&dsse, officer.secret) < 0)
			abort();
	}
	if (dsse_encode(&dsse, &text) < 0)
		abort();
	dsse_finish(&dsse);
	return text;
}
