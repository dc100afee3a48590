#include "trust.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "json_text.h"
#include "text.h"

#define SCHEMA "devgate-trust-1"

enum { BASE64 = sodium_base64_VARIANT_ORIGINAL, MAX_DEPTH = 4 };

static const char *const roles[_TRUST_ROLE_MAX] = {
	[ROLE_POLICY] = "policy",
	[ROLE_REVOCATIONS] = "revocations",
	[ROLE_GRANTS] = "grants",
};

const char *trust_role_to_text(enum trust_role role)
{
	return roles[role];
}

int trust_role_from_text(const char *text)
{
	for (int role = 0; role < _ROLE_MAX; role++)
		if (strcmp(text, roles[role]) == 0)
			return role;
	return -EINVAL;
}

static __attribute__((format(printf, 2, 3))) int refuse(char error[256], const char *format, ...)
{
	if (error != NULL) {
		va_list args;
		va_start(args, format);
		vsnprintf(error, 256, format, args);
		va_end(args);
	}
	return -EBADMSG;
}

/* A json_unpack_ex() of @what failed. */
static int refuse_unpack(char error[256], const char *what, const json_error_t *unpack)
{
	if (json_text_error(unpack) == -ENOMEM)
		return -ENOMEM;
	char reason[sizeof(unpack->text)];
	text_sanitise(unpack->text, strlen(unpack->text), reason, sizeof(reason));
	return refuse(error, "%s: %.200s.", what, reason);
}

static int parse_officer(json_t *object, struct trust *trust, char error[256])
{
	struct trust_officer *officer = &trust->officers[trust->n_officers];
	const char *name, *base64;
	size_t size = 0;
	json_error_t unpack;

	if (json_unpack_ex(object, &unpack, JSON_STRICT, "{s:s, s:s}", "name", &name, "key",
			   &base64) < 0)
		return refuse_unpack(error, "An officer of the trust root", &unpack);
	if (name[0] == '\0' || text_copy(name, officer->name, sizeof(officer->name)) < 0)
		return refuse(error,
			      "An officer's name must be 1 to %d bytes of printable characters.",
			      TRUST_NAME_SIZE - 1);
	if (text_unbase64(base64, officer->key, sizeof(officer->key), &size) < 0 ||
	    size != sizeof(officer->key))
		return refuse(error, "The key of officer \"%s\" is not 32 bytes in base64.",
			      officer->name);
	dsse_keyid(officer->key, officer->keyid);

	for (size_t i = 0; i < trust->n_officers; i++) {
		if (strcmp(trust->officers[i].name, officer->name) == 0)
			return refuse(error, "Officer \"%s\" appears twice.", officer->name);
		if (strcmp(trust->officers[i].keyid, officer->keyid) == 0)
			return refuse(error, "Officers \"%s\" and \"%s\" have the same key.",
				      trust->officers[i].name, officer->name);
	}
	trust->n_officers++;
	return 0;
}

static struct trust_officer *officer_of(struct trust *trust, const char *keyid)
{
	for (size_t i = 0; i < trust->n_officers; i++)
		if (strcmp(trust->officers[i].keyid, keyid) == 0)
			return &trust->officers[i];
	return NULL;
}

static int parse_role(json_t *object, enum trust_role role, struct trust *trust, char error[256])
{
	json_t *keys, *key;
	json_int_t threshold;
	size_t i;
	json_error_t unpack;

	if (json_unpack_ex(object, &unpack, JSON_STRICT, "{s:o, s:I}", "keys", &keys, "threshold",
			   &threshold) < 0)
		return refuse_unpack(error, roles[role], &unpack);
	if (!json_is_array(keys))
		return refuse(error, "The keys of role %s are not a list.", roles[role]);

	json_array_foreach (keys, i, key) {
		struct trust_officer *officer =
			json_is_string(key) ? officer_of(trust, json_string_value(key)) : NULL;

		if (officer == NULL)
			return refuse(error, "Key %zu of role %s is not the key id of an officer.",
				      i + 1, roles[role]);
		if (officer->roles[role])
			return refuse(error, "Role %s has the key of \"%s\" twice.", roles[role],
				      officer->name);
		officer->roles[role] = true;
	}
	if (threshold < 1 || threshold > (json_int_t)json_array_size(keys))
		return refuse(error,
			      "The threshold of role %s must be from 1 to the number of its keys.",
			      roles[role]);
	trust->threshold[role] = (unsigned)threshold;
	return 0;
}

static int parse_officers(json_t *officers, struct trust *trust, char error[256])
{
	json_t *object;
	size_t i;

	if (!json_is_array(officers) || json_array_size(officers) == 0)
		return refuse(error, "The officers are not a list of at least one.");
	if (json_array_size(officers) > TRUST_MAX_OFFICERS) {
		(void)refuse(error, "There are more than %d officers.", TRUST_MAX_OFFICERS);
		return -E2BIG;
	}
	json_array_foreach (officers, i, object) {
		int r = parse_officer(object, trust, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_document(json_t *root, struct trust *trust, char error[256])
{
	const char *schema, *expires;
	json_int_t version;
	json_t *officers, *by_role[_TRUST_ROLE_MAX] = { NULL };
	json_error_t unpack;

	if (json_unpack_ex(root, &unpack, JSON_STRICT, "{s:s, s:I, s:s, s:o, s:{s:o, s:o, s?o}}",
			   "schema", &schema, "version", &version, "expires", &expires, "officers",
			   &officers, "roles", "policy", &by_role[ROLE_POLICY], "revocations",
			   &by_role[ROLE_REVOCATIONS], "grants", &by_role[ROLE_GRANTS]) < 0)
		return refuse_unpack(error, "The trust root", &unpack);
	if (strcmp(schema, SCHEMA) != 0)
		return refuse(error, "The schema is not \"" SCHEMA "\".");
	if (version < 1)
		return refuse(error, "The version must be 1 or more.");
	if (text_time_parse(expires, &trust->expires) < 0)
		return refuse(error, "The expiry is not a UTC time like 2028-01-01T00:00:00Z.");
	trust->version = (uint64_t)version;

	int r = parse_officers(officers, trust, error);
	for (int role = 0; r == 0 && role < _TRUST_ROLE_MAX; role++)
		if (by_role[role] != NULL)
			r = parse_role(by_role[role], (enum trust_role)role, trust, error);
	return r;
}

int trust_parse(struct trust *ret, const char *text, size_t size, char error[256])
{
	struct trust trust = { 0 };
	json_t *root;
	json_error_t load;

	if (size > TRUST_MAX_BYTES) {
		(void)refuse(error, "The trust root is larger than %d bytes.", TRUST_MAX_BYTES);
		return -E2BIG;
	}
	int r = json_text_load(text, size, MAX_DEPTH, &root, &load);
	if (r < 0)
		return r == -ENOMEM ? r : refuse_unpack(error, "The trust root is not JSON", &load);
	r = parse_document(root, &trust, error);
	json_decref(root);
	if (r < 0)
		return r;
	*ret = trust;
	return 0;
}

static json_t *officers_to_json(const struct trust *trust)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < trust->n_officers; i++) {
		const struct trust_officer *officer = &trust->officers[i];
		char base64[sodium_base64_ENCODED_LEN(DSSE_KEY_SIZE, BASE64)];

		sodium_bin2base64(base64, sizeof(base64), officer->key, sizeof(officer->key),
				  BASE64);
		if (json_array_append_new(list, json_pack("{s:s, s:s}", "name", officer->name,
							  "key", base64)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *role_to_json(const struct trust *trust, enum trust_role role)
{
	json_t *keys = json_array();

	for (size_t i = 0; keys != NULL && i < trust->n_officers; i++) {
		if (!trust->officers[i].roles[role])
			continue;
		if (json_array_append_new(keys, json_string(trust->officers[i].keyid)) < 0) {
			json_decref(keys);
			return NULL;
		}
	}
	return json_pack("{s:o, s:I}", "keys", keys, "threshold",
			 (json_int_t)trust->threshold[role]);
}

/* A role that nobody has is left out. */
static json_t *roles_to_json(const struct trust *trust)
{
	json_t *object = json_object();

	for (int role = 0; object != NULL && role < _TRUST_ROLE_MAX; role++) {
		if (trust->threshold[role] == 0 && role >= _ROLE_MAX)
			continue;
		if (json_object_set_new(object, roles[role],
					role_to_json(trust, (enum trust_role)role)) < 0) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

int trust_encode(const struct trust *trust, char **ret)
{
	char expires[21];

	text_time(trust->expires, expires);
	return json_text_dump(json_pack("{s:s, s:I, s:s, s:o, s:o}", "schema", SCHEMA, "version",
					(json_int_t)trust->version, "expires", expires, "officers",
					officers_to_json(trust), "roles", roles_to_json(trust)),
			      ret);
}

static bool has_signed(const struct trust_officer *officer, const struct dsse *dsse)
{
	for (size_t i = 0; i < dsse->n_signatures; i++)
		if (strcmp(dsse->signatures[i].keyid, officer->keyid) == 0 &&
		    dsse_signature_good(dsse, &dsse->signatures[i], officer->key))
			return true;
	return false;
}

size_t trust_signers(const struct trust *trust, enum trust_role role, const struct dsse *dsse,
		     const char **ret_names, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < trust->n_officers; i++) {
		const struct trust_officer *officer = &trust->officers[i];

		if (!officer->roles[role] || !has_signed(officer, dsse))
			continue;
		if (n < max)
			ret_names[n] = officer->name;
		n++;
	}
	return n;
}
