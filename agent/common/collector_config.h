/* collector_config - /etc/devgate/collector.json: where the collector is, and which of the
 * organisation's units the workstation belongs to.
 * {"url":"https://HOST:8443","retry_max_ms":300000,"unit":"finance"}; all but the url may be
 * absent. Strict: an unknown member, a wrong type or a value out of range is an error, so that a
 * slip is seen at once. Pure; written by `devgate enrol`, read by the reporter and the enforcer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	COLLECTOR_CONFIG_MAX_BYTES = 4096,
	COLLECTOR_URL_SIZE = 300,
	COLLECTOR_UNIT_SIZE = 513,
	COLLECTOR_RETRY_MIN_MS = 1000,
	COLLECTOR_RETRY_MAX_MS = 24 * 3600 * 1000,
	COLLECTOR_RETRY_DEFAULT_MS = 300 * 1000,
};

struct collector_config {
	char url[COLLECTOR_URL_SIZE];	/* "https://host:port", no path and no slash at its end */
	uint32_t retry_max_ms;		/* COLLECTOR_RETRY_MIN_MS … COLLECTOR_RETRY_MAX_MS */
	char unit[COLLECTOR_UNIT_SIZE]; /* "" if it is not known */
};

/* True if @url is https://HOST or https://HOST:PORT: exactly what may stand before the paths of
 * the agents' port. */
bool collector_url_good(const char *url);

/* Parse the document.  Returns 0, or -EBADMSG with a sentence for people in @error; *@ret is then
 * untouched. */
int collector_config_parse(struct collector_config *ret, const char *text, size_t size,
			   char error[static 256]) __attribute__((warn_unused_result));
