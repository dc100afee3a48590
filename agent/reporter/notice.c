#include "notice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"
#include "policy/text.h"

int notice_init(struct notice *notice, const char *run_dir)
{
	*notice = (struct notice){ 0 };
	return (size_t)snprintf(notice->path, sizeof(notice->path), "%s-reporter/status.json",
				run_dir) >= sizeof(notice->path)
		       ? -ENAMETOOLONG
		       : 0;
}

static json_t *time_to_json(int64_t seconds)
{
	char text[21];

	if (seconds == 0)
		return json_null();
	text_time(seconds, text);
	return json_string(text);
}

void notice_write(struct notice *notice)
{
	_cleanup_json_ json_t *root =
		json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "collector", notice->url, "host",
			  notice->host, "certificate_expires", time_to_json(notice->expires),
			  "reached", time_to_json(notice->reached), "clock_offset_s",
			  notice->has_offset ? json_integer(notice->offset_s) : json_null(),
			  "trouble", notice->trouble);
	_cleanup_free_ char *text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	int r = text != NULL ? file_write_atomic(AT_FDCWD, notice->path, text, strlen(text), 0644)
			     : -ENOMEM;

	if (r < 0 && r != -ENOENT)
		log_warning("notice", "%s: %s", notice->path, strerror(-r));
}
