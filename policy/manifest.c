#include "bundle.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json_text.h"
#include "policy/risk/risk.h"
#include "registered.h"
#include "rules.h"
#include "text.h"

#define SCHEMA "devgate-manifest-1"

enum { MAX_DEPTH = 3 };

static const uint64_t table_max =
	REGISTERED_HEADER_SIZE + (uint64_t)REGISTERED_MAX_ENTRIES * REGISTERED_ENTRY_SIZE;

/* The sections of each role, the largest each may be, and whether it may be left out. */
static const struct {
	const char *name;
	uint64_t max;
	enum trust_role role;
	bool optional;
} known[] = {
	{ "rules", RULES_MAX_BYTES, ROLE_POLICY, false },
	{ "registered", table_max, ROLE_POLICY, false },
	{ "risk", RISK_MAX_BYTES, ROLE_POLICY, true },
	{ "revoked", table_max, ROLE_REVOCATIONS, false },
};

enum { N_KNOWN = sizeof(known) / sizeof(known[0]) };

_Static_assert((int)N_KNOWN <= (int)MANIFEST_MAX_SECTIONS, "the sections of any role fit");

const struct manifest_section *manifest_find(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->n_sections; i++)
		if (strcmp(manifest->sections[i].name, name) == 0)
			return &manifest->sections[i];
	return NULL;
}

static int parse_section(json_t *object, struct manifest *manifest)
{
	struct manifest_section *section = &manifest->sections[manifest->n_sections];
	const char *name, *hex;
	json_int_t size;
	json_error_t error;

	if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s:I}", "name", &name, "sha256",
			   &hex, "size", &size) < 0)
		return json_text_error(&error);
	if (text_unhex(hex, section->sha256, sizeof(section->sha256)) < 0)
		return -EBADMSG;

	for (size_t i = 0; i < N_KNOWN; i++) {
		if (known[i].role != manifest->role || strcmp(known[i].name, name) != 0)
			continue;
		if (size < 1 || (uint64_t)size > known[i].max ||
		    manifest_find(manifest, name) != NULL)
			return -EBADMSG;
		memcpy(section->name, name, strlen(name) + 1);
		section->size = (uint64_t)size;
		manifest->n_sections++;
		return 0;
	}
	return -EBADMSG;
}

/* None is unknown or there twice, so that there are never more than the role has. */
static int parse_sections(json_t *sections, struct manifest *manifest)
{
	json_t *object;
	size_t i;

	if (!json_is_array(sections))
		return -EBADMSG;
	json_array_foreach (sections, i, object) {
		int r = parse_section(object, manifest);
		if (r < 0)
			return r;
	}
	for (size_t k = 0; k < N_KNOWN; k++)
		if (known[k].role == manifest->role && !known[k].optional &&
		    manifest_find(manifest, known[k].name) == NULL)
			return -EBADMSG;
	return 0;
}

static int parse_document(json_t *root, struct manifest *manifest)
{
	const char *schema, *role, *issued, *expires, *drafted_by, *note = "";
	json_int_t version;
	json_t *sections;
	json_error_t error;

	if (json_unpack_ex(root, &error, JSON_STRICT, "{s:s, s:s, s:I, s:s, s:s, s:s, s?s, s:o}",
			   "schema", &schema, "role", &role, "version", &version, "issued", &issued,
			   "expires", &expires, "drafted_by", &drafted_by, "note", &note,
			   "sections", &sections) < 0)
		return json_text_error(&error);

	const int known_role = trust_role_from_text(role);
	if (strcmp(schema, SCHEMA) != 0 || known_role < 0 || version < 1 ||
	    text_time_parse(issued, &manifest->issued) < 0 ||
	    text_time_parse(expires, &manifest->expires) < 0 ||
	    manifest->expires <= manifest->issued || drafted_by[0] == '\0' ||
	    text_copy(drafted_by, manifest->drafted_by, sizeof(manifest->drafted_by)) < 0 ||
	    text_copy(note, manifest->note, sizeof(manifest->note)) < 0)
		return -EBADMSG;
	manifest->role = (enum trust_role)known_role;
	manifest->version = (uint64_t)version;
	return parse_sections(sections, manifest);
}

int manifest_parse(struct manifest *ret, const uint8_t *bytes, size_t size)
{
	struct manifest manifest = { 0 };
	json_t *root;
	json_error_t error;

	if (size > DSSE_MAX_BYTES)
		return -EBADMSG;
	int r = json_text_load((const char *)bytes, size, MAX_DEPTH, &root, &error);
	if (r < 0)
		return r;
	r = parse_document(root, &manifest);
	json_decref(root);
	if (r < 0)
		return r;
	*ret = manifest;
	return 0;
}

static json_t *section_to_json(const struct manifest_section *section)
{
	char hex[2 * sizeof(section->sha256) + 1];

	text_hex(section->sha256, sizeof(section->sha256), hex);
	return json_pack("{s:s, s:s, s:I}", "name", section->name, "sha256", hex, "size",
			 (json_int_t)section->size);
}

int manifest_encode(const struct manifest *manifest, char **ret)
{
	char issued[21], expires[21];
	json_t *sections = json_array();

	for (size_t i = 0; sections != NULL && i < manifest->n_sections; i++) {
		if (json_array_append_new(sections, section_to_json(&manifest->sections[i])) < 0) {
			json_decref(sections);
			sections = NULL;
		}
	}
	text_time(manifest->issued, issued);
	text_time(manifest->expires, expires);
	return json_text_dump(json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:o}", "schema",
					SCHEMA, "role", trust_role_to_text(manifest->role),
					"version", (json_int_t)manifest->version, "issued", issued,
					"expires", expires, "drafted_by", manifest->drafted_by,
					"note", manifest->note, "sections", sections),
			      ret);
}
