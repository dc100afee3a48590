#include "host.h"

#include <errno.h>
#include <string.h>

#include "message.h"
#include "server/pki/cleanup.h"

int host_list(struct api *api, json_t **ret)
{
	struct api_path path;

	api_path_start(&path, "/api/v1/hosts");
	return api_get(api, &path, ret);
}

static bool has(const json_t *host, const char *member, const char *value)
{
	const char *text = json_string_value(json_object_get(host, member));

	return text && strcmp(text, value) == 0;
}

const json_t *host_find(const json_t *list, const char *name)
{
	const json_t *found = NULL, *host;
	size_t i, n = 0;

	json_array_foreach (json_object_get(list, "hosts"), i, host) {
		if (has(host, "id", name))
			return host;
		if (has(host, "hostname", name)) {
			found = host;
			n++;
		}
	}
	if (n == 1)
		return found;
	if (n == 0)
		complain(_("no workstation '%s'; see 'devgatectl hosts'"), name);
	else
		complain(_("%zu workstations are called '%s'; give the id that 'devgatectl hosts' "
			   "shows"),
			 n, name);
	return NULL;
}

int host_id(struct api *api, const char *name, char **ret)
{
	_cleanup_json_ json_t *list = NULL;
	const json_t *host;
	const char *id;
	int r;

	if (!name) {
		*ret = NULL;
		return 0;
	}
	r = host_list(api, &list);
	if (r < 0)
		return r;
	host = host_find(list, name);
	id = json_string_value(json_object_get(host, "id"));
	if (!id)
		return -ENOENT;
	*ret = strdup(id);
	return *ret ? 0 : -ENOMEM;
}
