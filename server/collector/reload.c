#include "reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "collector.h"
#include "log.h"
#include "policy/text.h"
#include "server/pki/cleanup.h"

void reload_apply(struct collector *collector, const struct settings *settings)
{
	rates_change(&collector->rates, settings->agent_rates);
	budget_change(&collector->budget, settings->uploads_memory);
	rates_change_memory(&collector->rates, settings->uploads_memory);
	patience_change(&collector->patience, settings->patience_s);
	atomic_store(&collector->silent_after_s, settings->silent_after_s);
	atomic_store(&collector->certificate_life_s, settings->certificate_life_s);
}

/* Show the new files, if workstations would accept them. */
static int show(struct collector *collector, const struct server_files *files,
		char error[static SERVER_CERTIFICATE_ERROR_SIZE])
{
	int r = server_certificate_check(files, (int64_t)time(NULL), error);

	return r < 0 ? r : server_certificate_show(&collector->certificate, files, error);
}

static int read_and_show(struct collector *collector, const char *directory)
{
	_cleanup_free_ char *certificate = NULL;
	char *key = NULL;
	char host[CONFIG_URL_SIZE], error[SERVER_CERTIFICATE_ERROR_SIZE];
	int r = config_read_server(directory, &certificate, &key);

	if (r < 0) {
		log_line(LOG_LEVEL_ERROR, "reload-refused", "%s: %s; nothing has changed",
			 directory, strerror(-r));
		return r;
	}
	config_host(&collector->config, host);
	const struct server_files files = { certificate, key, ca_certificate(collector->config.ca),
					    host };
	r = show(collector, &files, error);
	sodium_memzero(key, strlen(key));
	free(key);
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "reload-refused", "%s; nothing has changed", error);
	return r;
}

int reload(struct collector *collector, const struct options *options)
{
	char error[SETTINGS_ERROR_SIZE], expires[21];
	struct settings settings;
	int r = config_read_settings(options, &settings, error);

	if (r < 0) {
		log_line(LOG_LEVEL_ERROR, "reload-refused",
			 "%s/collector.json: %s; nothing has changed", options->data, error);
		return r;
	}
	r = read_and_show(collector, options->data);
	if (r < 0)
		return r;
	reload_apply(collector, &settings);
	text_time(server_certificate_expires(&collector->certificate), expires);
	log_about(LOG_LEVEL_INFO, "reloaded", LOG_ABOUT(LOG_TEXT("expires", expires)),
		  "New connections are shown the certificate that "
		  "expires %s; each machine may ask %llu requests, %llu events and %llu bytes a "
		  "second",
		  expires, (unsigned long long)settings.agent_rates[RATE_REQUESTS],
		  (unsigned long long)settings.agent_rates[RATE_EVENTS],
		  (unsigned long long)settings.agent_rates[RATE_BYTES]);
	return 0;
}
