#include "backup_last.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "policy/text.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"

enum { LAST_MAX = 2 * PATH_MAX };

static int path_of(const char *directory, char ret[static PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/last-backup.json", directory) < PATH_MAX ? 0
										    : -ENAMETOOLONG;
}

int backup_last_write(const char *directory, const char *to, int64_t now)
{
	_cleanup_json_ json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX], when[21];
	int r = path_of(directory, path);

	if (r < 0)
		return r;
	text_time(now, when);
	json = json_pack("{ss ss}", "time", when, "to", to);
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	return text ? atomic_file_write(path, text, strlen(text), 0600) : -ENOMEM;
}

int backup_last_read(const char *directory, int64_t *ret)
{
	_cleanup_json_ json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	const char *when;
	int r = path_of(directory, path);

	if (r == 0)
		r = atomic_file_read(path, LAST_MAX, &text, NULL);
	if (r < 0)
		return r;
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json || json_unpack(json, "{ss}", "time", &when) < 0 || text_time_parse(when, ret) < 0)
		return -EBADMSG;
	return 0;
}
