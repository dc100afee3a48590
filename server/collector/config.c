#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <sodium.h>

#include "log.h"
#include "policy/text.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"
#include "server/store/tokens.h"

enum { SETTINGS_MAX_BYTES = 64 * 1024 };

static int read_file(const char *directory, const char *name, size_t max, char **ret)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int r = atomic_file_read(path, max, ret, NULL);
	if (r < 0 && r != -ENOENT)
		log_line(LOG_LEVEL_ERROR, "config-unreadable", "%s: %s", path, strerror(-r));
	return r;
}

static int read_needed(const char *directory, const char *name, size_t max, char **ret)
{
	int r = read_file(directory, name, max, ret);

	if (r == -ENOENT)
		log_line(LOG_LEVEL_ERROR, "config-missing",
			 "%s/%s is not there; make the data directory with"
			 " \"devgatectl init --data %s ...\"",
			 directory, name, directory);
	return r;
}

/* The port of "ADDRESS:PORT" or "[ADDRESS]:PORT". */
static const char *port_of(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon ? colon + 1 : "8443";
}

static int make_url(struct config *config, const char *name, const struct options *options)
{
	if (ca_name_check(name) < 0) {
		log_line(LOG_LEVEL_ERROR, "config-name", "\"%s\" is not a host name or address",
			 name);
		return -EINVAL;
	}
	bool v6 = strchr(name, ':') != NULL;
	snprintf(config->agents_url, sizeof(config->agents_url), "https://%s%s%s:%s", v6 ? "[" : "",
		 name, v6 ? "]" : "", port_of(options->agents));
	return 0;
}

static int load_settings(struct config *config, const struct options *options)
{
	_cleanup_free_ char *text = NULL;
	const char *name = NULL, *url = NULL;
	json_error_t error;
	int r = read_needed(options->data, "collector.json", SETTINGS_MAX_BYTES, &text);

	if (r < 0)
		return r;
	_cleanup_json_ json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!json ||
	    json_unpack_ex(json, &error, 0, "{ss s?s}", "name", &name, "agents_url", &url) < 0) {
		log_line(LOG_LEVEL_ERROR, "config-invalid", "%s/collector.json, line %d: %s",
			 options->data, error.line, error.text);
		return -EBADMSG;
	}
	if (options->name || !url)
		return make_url(config, options->name ? options->name : name, options);
	if (strncmp(url, "https://", 8) != 0 || strlen(url) >= sizeof(config->agents_url)) {
		log_line(LOG_LEVEL_ERROR, "config-invalid",
			 "%s/collector.json: agents_url must be an https:// address",
			 options->data);
		return -EBADMSG;
	}
	snprintf(config->agents_url, sizeof(config->agents_url), "%s", url);
	return 0;
}

static int load_trust(struct config *config, const char *directory)
{
	char error[256] = "malformed";
	int r = read_needed(directory, "trust-root.json", TRUST_MAX_BYTES, &config->trust_text);

	if (r < 0)
		return r;
	r = trust_parse(&config->trust, config->trust_text, strlen(config->trust_text), error);
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "config-invalid", "%s/trust-root.json: %s", directory,
			 error);
	return r;
}

static int write_key(const char *directory, const char *name, const char *text, mode_t mode)
{
	char path[PATH_MAX], line[CHECKPOINT_KEY_TEXT_SIZE + 1];
	int n = snprintf(line, sizeof(line), "%s\n", text), r;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = atomic_file_write(path, line, (size_t)n, mode);
	sodium_memzero(line, sizeof(line));
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "config-unwritable", "%s: %s", path, strerror(-r));
	return r;
}

/* A data directory from before there were checkpoints gets its key now. */
static int make_checkpoint_key(struct config *config, const char *directory, const char *site)
{
	char text[CHECKPOINT_KEY_TEXT_SIZE], public_text[NOTE_VERIFIER_SIZE];
	int r = checkpoint_key_generate(&config->checkpoint_key, site);

	if (r < 0)
		return r;
	checkpoint_key_to_text(&config->checkpoint_key, text);
	note_key_to_text(&config->checkpoint_key.key, public_text);
	r = write_key(directory, "checkpoint.pub", public_text, 0644);
	if (r == 0)
		r = write_key(directory, "checkpoint.key", text, 0600);
	sodium_memzero(text, sizeof(text));
	return r;
}

/* The host of the agents' URL, "https://HOST:PORT". */
static void site_of(const struct config *config, char ret[static CONFIG_URL_SIZE])
{
	const char *host = config->agents_url + strlen("https://");
	const char *colon = strrchr(host, ':');

	snprintf(ret, CONFIG_URL_SIZE, "%.*s",
		 colon ? (int)(colon - host) : (int)strcspn(host, "/"), host);
}

static int load_checkpoint_key(struct config *config, const char *directory)
{
	_cleanup_free_ char *text = NULL;
	char site[CONFIG_URL_SIZE];
	int r = read_file(directory, "checkpoint.key", CHECKPOINT_KEY_TEXT_SIZE, &text);

	if (r == -ENOENT) {
		site_of(config, site);
		return make_checkpoint_key(config, directory, site);
	}
	if (r < 0)
		return r;
	r = checkpoint_key_parse(&config->checkpoint_key, text);
	sodium_memzero(text, strlen(text));
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "config-invalid", "%s/checkpoint.key is not a key",
			 directory);
	return r;
}

int config_read_server(const char *directory, char **ret_certificate, char **ret_key)
{
	_cleanup_free_ char *certificate = NULL;
	int r = read_needed(directory, "server.crt", CA_PEM_MAX, &certificate);

	if (r == 0)
		r = read_needed(directory, "server.key", CA_PEM_MAX, ret_key);
	if (r < 0)
		return r;
	*ret_certificate = certificate;
	certificate = NULL;
	return 0;
}

int config_read_settings(const struct options *options, struct settings *ret,
			 char error[static SETTINGS_ERROR_SIZE])
{
	_cleanup_free_ char *text = NULL;
	json_error_t where;
	int r = read_needed(options->data, "collector.json", SETTINGS_MAX_BYTES, &text);

	if (r < 0) {
		snprintf(error, SETTINGS_ERROR_SIZE, "%s", strerror(-r));
		return r;
	}
	_cleanup_json_ json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(json)) {
		snprintf(error, SETTINGS_ERROR_SIZE, "line %d: %.120s", where.line,
			 json ? "not an object" : where.text);
		return -EBADMSG;
	}
	return settings_merge(ret, &options->settings, json, error);
}

void config_host(const struct config *config, char ret[static CONFIG_URL_SIZE])
{
	const char *from = config->agents_url + strlen("https://");
	const char *colon = strrchr(from, ':');
	size_t size = colon && !strchr(colon, ']') ? (size_t)(colon - from) : strcspn(from, "/");

	if (*from == '[' && size > 1 && from[size - 1] == ']') {
		from++;
		size -= 2;
	}
	snprintf(ret, CONFIG_URL_SIZE, "%.*s", (int)size, from);
}

static int load(struct config *config, const struct options *options)
{
	int r = load_settings(config, options);

	if (r == 0)
		r = load_trust(config, options->data);
	if (r == 0)
		r = load_checkpoint_key(config, options->data);
	if (r == 0)
		r = config_read_server(options->data, &config->server_certificate,
				       &config->server_key);
	if (r < 0)
		return r;
	r = ca_load(&config->ca, options->data);
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "config-ca", "%s/ca.crt and ca.key: %s", options->data,
			 r == -EBADMSG ? "not a certificate and its key" : strerror(-r));
	return r;
}

int config_load(struct config *ret, const struct options *options)
{
	struct config config = { 0 };
	int r = load(&config, options);

	if (r < 0)
		config_finish(&config);
	else
		*ret = config;
	return r;
}

void config_finish(struct config *config)
{
	sodium_memzero(&config->checkpoint_key, sizeof(config->checkpoint_key));
	free(config->server_certificate);
	if (config->server_key)
		sodium_memzero(config->server_key, strlen(config->server_key));
	free(config->server_key);
	free(config->trust_text);
	ca_free(config->ca);
	*config = (struct config){ 0 };
}

int config_read_verifier(const char *directory, struct note_key *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/checkpoint.pub", directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = atomic_file_read(path, NOTE_VERIFIER_SIZE, &text, NULL);
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	return note_key_parse(ret, text);
}

static int take_token(struct store *store, json_t *entry)
{
	struct api_identity identity;
	uint8_t hash[STORE_HASH_SIZE];
	const char *name, *role, *sha256;

	if (json_unpack(entry, "{ss ss ss !}", "name", &name, "role", &role, "sha256", &sha256) <
		    0 ||
	    strlen(name) >= sizeof(identity.name) ||
	    (strcmp(role, "officer") != 0 && strcmp(role, "auditor") != 0) ||
	    text_unhex(sha256, hash, sizeof(hash)) < 0)
		return -EBADMSG;
	snprintf(identity.name, sizeof(identity.name), "%s", name);
	snprintf(identity.role, sizeof(identity.role), "%s", role);
	return tokens_add_api(store, hash, &identity, (int64_t)time(NULL));
}

static int take_tokens(struct store *store, const char *text)
{
	_cleanup_json_ json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	json_t *tokens = json_object_get(json, "tokens"), *entry;
	size_t i;

	if (!json_is_array(tokens))
		return -EBADMSG;
	json_array_foreach (tokens, i, entry) {
		int r = take_token(store, entry);
		if (r < 0)
			return r;
	}
	return 0;
}

int config_bootstrap(const char *directory, struct store *store)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	int r = read_file(directory, "bootstrap.json", SETTINGS_MAX_BYTES, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	snprintf(path, sizeof(path), "%s/bootstrap.json", directory);
	r = take_tokens(store, text);
	if (r == 0)
		r = atomic_file_remove(path);
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "bootstrap-refused", "%s: %s", path,
			 r == -EBADMSG ? "not {\"tokens\": [{\"name\", \"role\", \"sha256\"}]}"
				       : strerror(-r));
	else
		log_line(LOG_LEVEL_INFO, "bootstrap-taken", "%s taken in and removed", path);
	return r;
}
