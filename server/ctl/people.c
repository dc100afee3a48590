#include "people.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "message.h"
#include "policy/text.h"
#include "profile.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"

static int check_name(const struct people *people, const char *name)
{
	size_t size = strlen(name);

	if (people->n == PEOPLE_MAX) {
		complain(_("more than %d people"), PEOPLE_MAX);
		return -E2BIG;
	}
	if (size == 0 || size >= TRUST_NAME_SIZE || name[0] == '.' || strchr(name, '/') ||
	    !text_is_clean(name, size)) {
		complain(_("'%s' cannot be a person's name here: 1 to %d bytes, no slash, no "
			   "control "
			   "characters, no dot at the beginning"),
			 name, TRUST_NAME_SIZE - 1);
		return -EINVAL;
	}
	for (size_t i = 0; i < people->n; i++) {
		if (strcmp(people->list[i].name, name) == 0) {
			complain(_("'%s' is named twice; an auditor must not be an officer"), name);
			return -EEXIST;
		}
	}
	return 0;
}

static char *path_for(const struct people *people, const char *name, const char *profile)
{
	const char *slash = strrchr(profile, '/');
	int folder = slash ? (int)(slash + 1 - profile) : 0;
	char *path;
	int r = people->n == 0 ? asprintf(&path, "%s", profile)
			       : asprintf(&path, "%.*s%s.json", folder, profile, name);

	return r < 0 ? NULL : path;
}

int people_add(struct people *people, const char *name, const char *role, const char *profile)
{
	struct person *person = &people->list[people->n];
	int r = check_name(people, name);

	if (r < 0)
		return r;
	person->profile = path_for(people, name, profile);
	if (!person->profile) {
		complain(_("out of memory"));
		return -ENOMEM;
	}
	people->n++;
	r = file_check_absent(person->profile);
	if (r < 0)
		return r;
	snprintf(person->name, sizeof(person->name), "%s", name);
	person->role = role;
	api_token_generate(person->token);
	return 0;
}

int people_bootstrap(const struct people *people, char **ret)
{
	_cleanup_json_ json_t *json = NULL;
	json_t *list = json_array();

	for (size_t i = 0; i < people->n; i++) {
		const struct person *person = &people->list[i];
		uint8_t hash[API_TOKEN_HASH_SIZE];
		char hex[2 * API_TOKEN_HASH_SIZE + 1];

		if (api_token_hash(person->token, hash) < 0)
			break; /* our own token: cannot be; the list then lacks it */
		text_hex(hash, sizeof(hash), hex);
		json_array_append_new(list, json_pack("{ss ss ss}", "name", person->name, "role",
						      person->role, "sha256", hex));
	}
	if (json_array_size(list) != people->n) {
		json_decref(list);
		return -ENOMEM;
	}
	json = json_pack("{so}", "tokens", list);
	*ret = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	return *ret ? 0 : -ENOMEM;
}

int people_write_profiles(const struct people *people, const struct profile_site *site)
{
	for (size_t i = 0; i < people->n; i++) {
		const struct person *person = &people->list[i];
		int r = profile_create(person->profile, site, person->token);

		if (r == 0)
			continue;
		while (i-- > 0)
			if (atomic_file_remove(people->list[i].profile) < 0)
				complain(_("%s: is left over; remove it"), people->list[i].profile);
		return r;
	}
	return 0;
}

void people_finish(struct people *people)
{
	for (size_t i = 0; i < people->n; i++)
		free(people->list[i].profile);
	sodium_memzero(people, sizeof(*people));
}
