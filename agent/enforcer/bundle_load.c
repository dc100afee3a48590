#include "bundle_load.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "agent/common/cleanup.h"

static void cleanup_dsse(struct dsse *dsse)
{
	dsse_finish(dsse);
}

enum bundle_refusal bundle_load_envelope(struct loaded_bundle *ret, const struct trust *trust,
					 enum trust_role role, const char *text, size_t size,
					 const uint64_t held[static _ROLE_MAX], int64_t now)
{
	_cleanup_(cleanup_dsse) struct dsse dsse = { 0 };
	struct loaded_bundle bundle = { 0 };
	const char *names[DSSE_MAX_SIGNATURES];
	enum bundle_refusal refusal;

	refusal = bundle_verify(trust, text, size, held, now, &bundle.manifest);
	if (refusal != BUNDLE_OK)
		return refusal;
	if (bundle.manifest.role != role)
		return BUNDLE_WRONG_TYPE;
	if (dsse_parse(&dsse, text, size) < 0)
		return BUNDLE_MALFORMED;
	crypto_hash_sha256(bundle.envelope, (const uint8_t *)text, size);
	crypto_hash_sha256(bundle.payload, dsse.payload, dsse.payload_size);
	bundle.n_signers = trust_signers(trust, role, &dsse, names, DSSE_MAX_SIGNATURES);
	for (size_t i = 0; i < bundle.n_signers && i < DSSE_MAX_SIGNATURES; i++)
		snprintf(bundle.signers[i], sizeof(bundle.signers[i]), "%s", names[i]);
	*ret = bundle;
	return BUNDLE_OK;
}

const char *bundle_table_name(enum trust_role role)
{
	return role == ROLE_POLICY ? "registered" : "revoked";
}

static enum bundle_refusal open_document(struct loaded_bundle *bundle, const char *name,
					 const struct section *section,
					 char why[static BUNDLE_TEXT_SIZE])
{
	const char *text = (const char *)section->bytes;
	struct rules_error error = { 0 };
	int r;

	if (strcmp(name, "rules") == 0)
		r = rules_parse(text, section->size, &bundle->rules, &error);
	else
		r = risk_parse(text, section->size, &bundle->risk, &error);
	if (r >= 0)
		return BUNDLE_OK;
	snprintf(why, BUNDLE_TEXT_SIZE, "Section \"%s\" is in error at line %d, column %d, %s: %s",
		 name, error.line, error.column, error.path, error.message);
	return BUNDLE_BAD_SECTION;
}

static void unload_sections(struct loaded_bundle *bundle)
{
	rules_free(bundle->rules);
	risk_free(bundle->risk);
	section_finish(&bundle->table);
	bundle->rules = NULL;
	bundle->risk = NULL;
	bundle->media = (struct registered){ 0 };
}

static enum bundle_refusal open_table(struct loaded_bundle *bundle, struct section *section,
				      bool full, char why[static BUNDLE_TEXT_SIZE])
{
	if (registered_open(&bundle->media, section->bytes, section->size, full) < 0) {
		snprintf(why, BUNDLE_TEXT_SIZE, "The table \"%s\" is not in the right form.",
			 bundle_table_name(bundle->manifest.role));
		return BUNDLE_BAD_SECTION;
	}
	section_will_search(section);
	bundle->table = *section;
	*section = (struct section){ 0 };
	return BUNDLE_OK;
}

static enum bundle_refusal open_section(struct loaded_bundle *bundle, size_t i,
					struct section *section, bool full,
					char why[static BUNDLE_TEXT_SIZE])
{
	const struct manifest_section *named = &bundle->manifest.sections[i];

	if (section->bytes == NULL || section_check(section, named) < 0) {
		snprintf(why, BUNDLE_TEXT_SIZE,
			 "The bytes of section \"%s\" are not those that the manifest names.",
			 named->name);
		return BUNDLE_BAD_SECTION;
	}
	if (strcmp(named->name, bundle_table_name(bundle->manifest.role)) == 0)
		return open_table(bundle, section, full, why);
	if (bundle->manifest.role == ROLE_POLICY &&
	    (strcmp(named->name, "rules") == 0 || strcmp(named->name, "risk") == 0))
		return open_document(bundle, named->name, section, why);
	snprintf(why, BUNDLE_TEXT_SIZE, "Section \"%s\" does not belong in this role.",
		 named->name);
	return BUNDLE_BAD_SECTION;
}

enum bundle_refusal bundle_load_sections(struct loaded_bundle *bundle,
					 struct section sections[static MANIFEST_MAX_SECTIONS],
					 bool full, char why[static BUNDLE_TEXT_SIZE])
{
	enum bundle_refusal refusal = BUNDLE_OK;
	bool complete;

	for (size_t i = 0; i < bundle->manifest.n_sections && refusal == BUNDLE_OK; i++)
		refusal = open_section(bundle, i, &sections[i], full, why);
	complete = bundle->table.bytes != NULL &&
		   (bundle->manifest.role != ROLE_POLICY || bundle->rules != NULL);
	if (refusal == BUNDLE_OK && !complete) {
		snprintf(why, BUNDLE_TEXT_SIZE, "A section that this role needs is missing.");
		refusal = BUNDLE_BAD_SECTION;
	}
	if (refusal != BUNDLE_OK)
		unload_sections(bundle);
	return refusal;
}

void bundle_unload(struct loaded_bundle *bundle)
{
	unload_sections(bundle);
	*bundle = (struct loaded_bundle){ 0 };
}
