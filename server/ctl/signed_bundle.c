#include "signed_bundle.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* The section that holds the table of @role. */
static const char *table_name(enum trust_role role)
{
	return role == ROLE_POLICY ? "registered" : "revoked";
}

int signed_bundle_take_envelope(struct signed_bundle *bundle, char *text, size_t size,
				const char *origin)
{
	int r;

	free(bundle->text);
	bundle->text = text;
	bundle->text_size = size;
	r = dsse_parse(&bundle->dsse, text, size);
	if (r < 0) {
		complain(_("%s: the envelope is not one of DSSE; it was changed or cut off"),
			 origin);
		return r == -ENOMEM ? r : -EBADMSG;
	}
	if (strcmp(bundle->dsse.type, MANIFEST_TYPE) != 0) {
		complain(_("%s: the envelope holds something else than a manifest"), origin);
		return -EBADMSG;
	}
	if (manifest_parse(&bundle->manifest, bundle->dsse.payload, bundle->dsse.payload_size) <
	    0) {
		complain(_("%s: the manifest is malformed; it was changed, or made by a newer "
			   "version"),
			 origin);
		return -EBADMSG;
	}
	return 0;
}

int signed_bundle_take_section(struct signed_bundle *bundle, size_t i, uint8_t *bytes, size_t size,
			       const char *origin)
{
	const struct manifest_section *section = &bundle->manifest.sections[i];
	uint8_t digest[32];

	assert(i < bundle->manifest.n_sections);
	free(bundle->sections[i].bytes);
	bundle->sections[i] = (struct bundle_section){ bytes, size };
	crypto_hash_sha256(digest, bytes, size);
	if (size == section->size && memcmp(digest, section->sha256, sizeof(digest)) == 0)
		return 0;
	complain(_("%s: section '%s' is not the one that the manifest names; "
		   "it was changed after signing"),
		 origin, section->name);
	return -EBADMSG;
}

static const struct bundle_section *find_section(const struct signed_bundle *bundle,
						 const char *name)
{
	const struct manifest_section *section = manifest_find(&bundle->manifest, name);

	return section ? &bundle->sections[section - bundle->manifest.sections] : NULL;
}

static int open_rules(struct signed_bundle *bundle, const char *origin)
{
	const struct bundle_section *section = find_section(bundle, "rules");
	struct rules_error error = { 0 };
	int r;

	if (!section || !section->bytes) {
		complain(_("%s: there are no rules in it"), origin);
		return -EBADMSG;
	}
	r = rules_parse((const char *)section->bytes, section->size, &bundle->rules, &error);
	if (r == -EBADMSG)
		complain(_("%s: the rules are malformed: line %d, column %d: %s"), origin,
			 error.line, error.column, error.message);
	else if (r < 0)
		complain(_("%s: the rules cannot be read: %s"), origin, strerror(-r));
	return r;
}

/* A policy may be without a model. */
static int open_risk(struct signed_bundle *bundle, const char *origin)
{
	const struct bundle_section *section = find_section(bundle, "risk");
	struct rules_error error = { 0 };
	int r;

	if (!section)
		return 0;
	r = !section->bytes ? -EBADMSG
			    : risk_parse((const char *)section->bytes, section->size, &bundle->risk,
					 &error);
	if (r == -EBADMSG)
		complain(_("%s: the risk model is malformed: line %d, column %d: %s"), origin,
			 error.line, error.column, error.message);
	else if (r < 0)
		complain(_("%s: the risk model cannot be read: %s"), origin, strerror(-r));
	return r;
}

const char *signed_bundle_risk_text(const struct signed_bundle *bundle)
{
	const struct bundle_section *section = find_section(bundle, "risk");

	return section ? (const char *)section->bytes : NULL;
}

int signed_bundle_open_sections(struct signed_bundle *bundle, const char *origin)
{
	const char *name = table_name(bundle->manifest.role);
	const struct bundle_section *section = find_section(bundle, name);
	int r;

	if (!section || !section->bytes ||
	    registered_open(&bundle->table, section->bytes, section->size, true) < 0) {
		complain(_("%s: the table of devices ('%s') is missing or malformed"), origin,
			 name);
		return -EBADMSG;
	}
	if (bundle->manifest.role != ROLE_POLICY)
		return 0;
	r = open_rules(bundle, origin);
	return r < 0 ? r : open_risk(bundle, origin);
}

void signed_bundle_add_section(struct signed_bundle *bundle, const char *name, uint8_t *bytes,
			       size_t size)
{
	size_t i = bundle->manifest.n_sections++;
	struct manifest_section *section = &bundle->manifest.sections[i];

	assert(i < MANIFEST_MAX_SECTIONS);
	snprintf(section->name, sizeof(section->name), "%s", name);
	section->size = size;
	crypto_hash_sha256(section->sha256, bytes, size);
	bundle->sections[i] = (struct bundle_section){ bytes, size };
}

int signed_bundle_compose(struct signed_bundle *bundle)
{
	char *payload;
	int r = manifest_encode(&bundle->manifest, &payload);

	if (r < 0)
		return r;
	free(bundle->dsse.payload);
	bundle->dsse.payload = (uint8_t *)payload;
	bundle->dsse.payload_size = strlen(payload);
	strcpy(bundle->dsse.type, MANIFEST_TYPE);
	return 0;
}

int signed_bundle_sign(struct signed_bundle *bundle, const uint8_t secret[static 64])
{
	char *text;
	int r = dsse_sign(&bundle->dsse, secret);

	if (r == 0)
		r = dsse_encode(&bundle->dsse, &text);
	if (r < 0)
		return r;
	free(bundle->text);
	bundle->text = text;
	bundle->text_size = strlen(text);
	return 0;
}

void signed_bundle_finish(struct signed_bundle *bundle)
{
	for (size_t i = 0; i < MANIFEST_MAX_SECTIONS; i++)
		free(bundle->sections[i].bytes);
	rules_free(bundle->rules);
	risk_free(bundle->risk);
	dsse_finish(&bundle->dsse);
	free(bundle->text);
	*bundle = (struct signed_bundle){ 0 };
}
