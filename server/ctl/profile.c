#include "profile.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "message.h"
#include "server/pki/cleanup.h"

enum { PROFILE_MAX = 256 * 1024 };

char *profile_path(const char *path)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *found;
	int r;

	if (path)
		r = asprintf(&found, "%s", path);
	else if (base && base[0] == '/')
		r = asprintf(&found, "%s/devgatectl/" PROFILE_NAME, base);
	else if (home && home[0] == '/')
		r = asprintf(&found, "%s/.config/devgatectl/" PROFILE_NAME, home);
	else {
		complain(_("HOME is not set, so there is no default profile; give --profile FILE"));
		return NULL;
	}
	if (r < 0)
		complain(_("out of memory"));
	return r < 0 ? NULL : found;
}

static int check_private(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		int r = -errno;

		if (r == -ENOENT)
			complain(_("%s: no such profile; make one with 'devgatectl init', ask an "
				   "officer for yours, or give --profile FILE"),
				 path);
		else
			file_complain_read(path, r);
		return r;
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		complain(_("%s: others may read this profile and the token in it; "
			   "run: chmod 600 %s"),
			 path, path);
		return -EPERM;
	}
	return 0;
}

static int bad(const char *path, const char *what)
{
	complain(_("%s: is not a profile: %s"), path, what);
	return -EBADMSG;
}

static int take_trust(struct profile *profile, const json_t *json)
{
	_cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);
	char error[256] = "";

	if (!text)
		return -ENOMEM;
	if (trust_parse(&profile->trust, text, strlen(text), error) < 0)
		return bad(profile->path, error);
	profile->has_trust = true;
	return 0;
}

static int parse(struct profile *profile, const char *text, size_t size)
{
	const char *url, *ca, *token;
	uint8_t hash[API_TOKEN_HASH_SIZE];
	json_t *trust = NULL;
	const char *key = NULL;
	json_error_t error;
	_cleanup_json_ json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		return bad(profile->path, error.text);
	if (json_unpack_ex(json, &error, 0, "{ss ss ss s?o s?s !}", "url", &url, "ca", &ca, "token",
			   &token, "trust_root", &trust, "checkpoint_key", &key) < 0)
		return bad(profile->path, error.text);
	if (strncmp(url, "https://", 8) != 0 || strcspn(url + 8, "/?#@ ") != strlen(url + 8))
		return bad(profile->path, _("url must be https://HOST:PORT"));
	if (api_token_hash(token, hash) < 0)
		return bad(profile->path, _("token has not the form of one"));
	if (key && note_key_parse(&profile->checkpoint_key, key) < 0)
		return bad(profile->path, _("checkpoint_key has not the form of one"));
	profile->has_checkpoint_key = key != NULL;
	memcpy(profile->token, token, API_TOKEN_SIZE);
	profile->url = strdup(url);
	profile->ca = strdup(ca);
	if (!profile->url || !profile->ca)
		return -ENOMEM;
	return trust ? take_trust(profile, trust) : 0;
}

int profile_load(struct profile *ret, const char *path)
{
	struct profile profile = { .path = profile_path(path) };
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r;

	if (!profile.path)
		return -ENOENT;
	r = check_private(profile.path);
	if (r == 0)
		r = file_read(profile.path, PROFILE_MAX, &text, &size);
	if (r == 0)
		r = parse(&profile, text, size);
	sodium_memzero(text, size);
	if (r < 0) {
		profile_finish(&profile);
		return r;
	}
	*ret = profile;
	sodium_memzero(profile.token, sizeof(profile.token));
	return 0;
}

void profile_finish(struct profile *profile)
{
	free(profile->path);
	free(profile->url);
	free(profile->ca);
	sodium_memzero(profile, sizeof(*profile));
}

/* Make the folder that @path is in, and the one above it (~/.config). */
static int make_folders(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int profile_create(const char *path, const struct profile_site *site, const char *token)
{
	_cleanup_free_ char *trust_text = NULL, *text = NULL;
	char key[NOTE_VERIFIER_SIZE];
	_cleanup_json_ json_t *json = NULL;
	int r = make_folders(path);

	if (r < 0) {
		file_complain_write(path, r);
		return r;
	}
	note_key_to_text(site->checkpoint_key, key);
	r = trust_encode(site->trust, &trust_text);
	if (r == 0)
		json = json_pack("{ss ss ss so ss}", "url", site->url, "ca", site->ca, "token",
				 token, "trust_root", json_loads(trust_text, 0, NULL),
				 "checkpoint_key", key);
	text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	if (!text) {
		complain(_("out of memory"));
		return -ENOMEM;
	}
	r = file_create(path, text, strlen(text), 0600);
	sodium_memzero(text, strlen(text));
	return r;
}
