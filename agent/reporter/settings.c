#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"

int settings_load(struct settings *ret, const struct paths *paths, char error[static 256])
{
	_cleanup_free_ char *text = NULL;
	struct settings settings;
	char path[PATH_MAX], why[256];
	size_t size;
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/collector.json", paths->config_dir) >=
		    sizeof(path) ||
	    (size_t)snprintf(settings.ca_path, sizeof(settings.ca_path), "%s/collector-ca.pem",
			     paths->config_dir) >= sizeof(settings.ca_path)) {
		snprintf(error, 256, "the name of the configuration directory is too long");
		return -ENAMETOOLONG;
	}
	r = file_read(AT_FDCWD, path, COLLECTOR_CONFIG_MAX_BYTES, &text, &size);
	if (r < 0) {
		snprintf(error, 256, "%.150s cannot be read: %s", path, strerror(-r));
		return r;
	}
	r = collector_config_parse(&settings.collector, text, size, why);
	if (r < 0) {
		snprintf(error, 256, "%.100s: %.150s", path, why);
		return r;
	}
	if (access(settings.ca_path, R_OK) < 0) {
		r = -errno;
		snprintf(error, 256, "%.150s cannot be read: %s", settings.ca_path, strerror(-r));
		return r;
	}
	*ret = settings;
	return 0;
}
