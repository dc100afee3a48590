#include "collector_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

static int fail(char error[static 256], const char *text)
{
	snprintf(error, 256, "%s", text);
	return -EBADMSG;
}

bool collector_url_good(const char *url)
{
	static const char prefix[] = "https://";
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-:[]";
	const char *host;

	if (strlen(url) >= COLLECTOR_URL_SIZE || strncmp(url, prefix, strlen(prefix)) != 0)
		return false;
	host = url + strlen(prefix);
	return *host && *host != ':' && host[strspn(host, allowed)] == '\0';
}

static int take_url(struct collector_config *config, const json_t *value, char error[static 256])
{
	const char *url = json_string_value(value);

	if (!url)
		return fail(error, "\"url\" is missing or not a text");
	if (!collector_url_good(url))
		return fail(error, "\"url\" must be of the form https://HOST:PORT, with no path");
	strcpy(config->url, url);
	return 0;
}

static int take_retry(struct collector_config *config, const json_t *value, char error[static 256])
{
	json_int_t ms;

	if (!value)
		return 0;
	ms = json_integer_value(value);
	if (!json_is_integer(value) || ms < COLLECTOR_RETRY_MIN_MS || ms > COLLECTOR_RETRY_MAX_MS)
		return fail(error, "\"retry_max_ms\" must be a whole number, 1000 to 86400000");
	config->retry_max_ms = (uint32_t)ms;
	return 0;
}

static int take_unit(struct collector_config *config, const json_t *value, char error[static 256])
{
	const char *unit = json_string_value(value);

	if (!value)
		return 0;
	if (!unit || strlen(unit) >= sizeof(config->unit))
		return fail(error, "\"unit\" must be a text of at most 512 bytes");
	strcpy(config->unit, unit);
	return 0;
}

static int take_members(struct collector_config *config, json_t *root, char error[static 256])
{
	const char *name;
	json_t *value;
	int r;

	if (!json_is_object(root))
		return fail(error, "the document is not a JSON object");
	json_object_foreach (root, name, value) {
		if (strcmp(name, "url") != 0 && strcmp(name, "retry_max_ms") != 0 &&
		    strcmp(name, "unit") != 0) {
			snprintf(error, 256, "unknown member \"%.64s\"", name);
			return -EBADMSG;
		}
	}
	r = take_url(config, json_object_get(root, "url"), error);
	if (r < 0)
		return r;
	r = take_retry(config, json_object_get(root, "retry_max_ms"), error);
	if (r < 0)
		return r;
	return take_unit(config, json_object_get(root, "unit"), error);
}

int collector_config_parse(struct collector_config *ret, const char *text, size_t size,
			   char error[static 256])
{
	struct collector_config config = { .retry_max_ms = COLLECTOR_RETRY_DEFAULT_MS };
	json_error_t where;
	json_t *root;
	int r;

	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	if (!root) {
		snprintf(error, 256, "line %d, column %d: %.160s", where.line, where.column,
			 where.text);
		return -EBADMSG;
	}
	r = take_members(&config, root, error);
	json_decref(root);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}
