#include "ask.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "text.h"

enum { ASK_TIMEOUT_MS = 10 * 1000 };

static void say_failure(const char *path, int error)
{
	if (error == -ENOENT || error == -ECONNREFUSED)
		fprintf(stderr,
			_("devgate: the enforcer is not running (%s: %s).  Devices that were "
			  "refused stay refused.\nLook at: systemctl status devgate-enforcer\n"),
			path, strerror(-error));
	else
		fprintf(stderr, _("devgate: the enforcer cannot be asked (%s: %s)\n"), path,
			strerror(-error));
}

static int say_refusal(const json_t *packets)
{
	const json_t *error = json_object_get(json_array_get(packets, 0), "error");
	char text[512];

	if (error == NULL)
		return 0;
	fprintf(stderr, "devgate: %s\n", text_member(error, "text", text, sizeof(text)));
	return -EPERM;
}

int ask_enforcer(const struct arguments *arguments, const char *request, json_t **ret)
{
	_cleanup_json_ json_t *packets = NULL;
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/control.sock", arguments->run_dir) >=
	    sizeof(path))
		return -ENAMETOOLONG;
	r = control_connect(path, ASK_TIMEOUT_MS, &fd);
	if (r >= 0)
		r = control_call(fd, request, NULL, 0, &packets);
	if (r < 0) {
		say_failure(path, r);
		return r;
	}
	r = say_refusal(packets);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(packets);
	return 0;
}

void ask_print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
}
