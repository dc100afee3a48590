/* settings - what the reporter needs to know of the collector, read from the configuration
 * directory: collector.json and the CA certificate beside it. */
#pragma once

#include <limits.h>

#include "agent/common/collector_config.h"
#include "paths.h"

struct settings {
	struct collector_config collector;
	char ca_path[PATH_MAX]; /* collector-ca.pem; readable when it was loaded */
};

/* Returns 0; -ENOENT if there is no collector.json (not enrolled); -EBADMSG; what openat(2) gives.
 * @error gets a sentence that names the file. */
int settings_load(struct settings *ret, const struct paths *paths, char error[static 256])
	__attribute__((warn_unused_result));
