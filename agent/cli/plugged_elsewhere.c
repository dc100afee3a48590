#include "plugged_elsewhere.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "plugged.h"
#include "policy/device_json.h"

enum { ANSWER_MS = 10 * 1000 };

static int ask(const char *run_dir, json_t **ret)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/control.sock", run_dir) >= sizeof(path))
		return -ENAMETOOLONG;
	r = control_connect(path, ANSWER_MS, &fd);
	return r < 0 ? r : control_call(fd, "devices", NULL, 0, ret);
}

/* What the packet says of its device, or "". */
static const char *says(const json_t *packet, const char *member)
{
	const char *text =
		json_string_value(json_object_get(json_object_get(packet, "device"), member));

	return text == NULL ? "" : text;
}

static int read_packet(const json_t *packet, struct device *ret)
{
	_cleanup_free_ char *text = json_dumps(packet, JSON_COMPACT);
	struct device_given given;
	struct rules_error error;
	int r = text == NULL ? -ENOMEM : device_json_parse(text, strlen(text), &given, &error);

	if (r == 0)
		*ret = given.device;
	return r;
}

int plugged_elsewhere(const char *run_dir, struct device **devices, size_t *n,
		      void (*skipped)(const char *port, int r))
{
	_cleanup_json_ json_t *packets = NULL;
	struct device *more;
	json_t *packet;
	size_t i, all = *n;
	int r = ask(run_dir, &packets);

	if (r < 0)
		return r;
	if (json_array_size(packets) > PLUGGED_MAX - *n)
		return -E2BIG;
	more = reallocarray(*devices, *n + json_array_size(packets) + 1, sizeof(*more));
	if (more == NULL)
		return -ENOMEM;
	*devices = more;
	json_array_foreach (packets, i, packet) {
		if (strcmp(says(packet, "bus"), bus_to_text(BUS_USB)) == 0)
			continue;
		r = read_packet(packet, &more[all]);
		if (r == 0)
			all++;
		else
			skipped(says(packet, "port"), r);
	}
	*n = all;
	return 0;
}
