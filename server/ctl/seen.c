#include "seen.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "message.h"
#include "policy/text.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"

enum { SEEN_MAX = 4096, DIGEST_SIZE = 2 * crypto_hash_sha256_BYTES + 1 };

static char *path_of(const struct profile *profile)
{
	char *path;

	return asprintf(&path, "%s.seen", profile->path) < 0 ? NULL : path;
}

/* "" if there is no memory for it: equal to no digest in a file. */
static void digest_of(const struct trust *trust, char ret[static DIGEST_SIZE])
{
	_cleanup_free_ char *text = NULL;
	uint8_t hash[crypto_hash_sha256_BYTES];

	ret[0] = '\0';
	if (trust_encode(trust, &text) < 0)
		return;
	crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	text_hex(hash, sizeof(hash), ret);
}

static void read_versions(const struct profile *profile, const char *path, const char *digest,
			  uint64_t ret[static _ROLE_MAX])
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ json_t *json = NULL;
	const char *trust;
	size_t size;

	memset(ret, 0, _ROLE_MAX * sizeof(*ret));
	if (!path || !profile->has_trust || atomic_file_read(path, SEEN_MAX, &text, &size) < 0)
		return;
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	trust = json_string_value(json_object_get(json, "trust"));
	if (!trust || strcmp(trust, digest) != 0)
		return;
	for (enum trust_role role = 0; role < _ROLE_MAX; role++)
		ret[role] = (uint64_t)json_integer_value(
			json_object_get(json, trust_role_to_text(role)));
}

uint64_t seen_version(const struct profile *profile, enum trust_role role)
{
	_cleanup_free_ char *path = path_of(profile);
	uint64_t versions[_ROLE_MAX];
	char digest[DIGEST_SIZE];

	digest_of(&profile->trust, digest);
	read_versions(profile, path, digest, versions);
	return versions[role];
}

void seen_note(const struct profile *profile, enum trust_role role, uint64_t version)
{
	_cleanup_free_ char *path = path_of(profile), *text = NULL;
	_cleanup_json_ json_t *json = NULL;
	uint64_t versions[_ROLE_MAX];
	char digest[DIGEST_SIZE];
	int r;

	digest_of(&profile->trust, digest);
	read_versions(profile, path, digest, versions);
	if (version <= versions[role])
		return;
	versions[role] = version;
	json = json_pack("{ss}", "trust", digest);
	for (enum trust_role i = 0; i < _ROLE_MAX; i++)
		json_object_set_new(json, trust_role_to_text(i),
				    json_integer((json_int_t)versions[i]));
	text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	if (!path || !text) {
		complain(_("out of memory"));
		return;
	}
	r = atomic_file_write(path, text, strlen(text), 0600);
	if (r < 0)
		file_complain_write(path, r);
}
