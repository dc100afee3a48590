#include "collector_notice.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "text.h"

enum { VALUE_SIZE = 768, CLOCK_LIMIT_S = 300 /* as the collector's */ };

int collector_notice_read(const char *run_dir, json_t **ret)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t size;
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s-reporter/status.json", run_dir) >=
	    sizeof(path))
		return -ENAMETOOLONG;
	r = file_read(AT_FDCWD, path, COLLECTOR_NOTICE_MAX, &text, &size);
	if (r < 0)
		return r;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return -EBADMSG;
	}
	*ret = root;
	return 0;
}

static void add(struct table *table, const char *name, const char *value)
{
	const char *const cells[] = { name, value };

	if (table_add(table, cells) < 0)
		fputs(_("devgate: out of memory\n"), stderr);
}

static void add_reached(struct table *table, const json_t *notice)
{
	char value[VALUE_SIZE], url[300], when[64], local[64];

	text_member(notice, "collector", url, sizeof(url));
	text_member(notice, "reached", when, sizeof(when));
	if (*when)
		snprintf(value, sizeof(value), _("%s, last reached %s"), url,
			 text_local_time(when, local, sizeof(local)));
	else
		snprintf(value, sizeof(value), _("%s, not reached yet"), url);
	add(table, _("Collector"), value);
}

static void add_clock(struct table *table, const json_t *notice)
{
	const json_t *offset = json_object_get(notice, "clock_offset_s");
	json_int_t offset_s = json_integer_value(offset);
	char value[VALUE_SIZE];

	if (!json_is_integer(offset))
		return;
	if (offset_s >= -CLOCK_LIMIT_S && offset_s <= CLOCK_LIMIT_S)
		snprintf(value, sizeof(value), _("right (%+lld s)"), offset_s);
	else
		snprintf(value, sizeof(value),
			 offset_s < 0 ? _("WRONG: %lld s behind the collector's; set it right "
					  "(timedatectl)")
				      : _("WRONG: %lld s ahead of the collector's; set it right "
					  "(timedatectl)"),
			 offset_s < 0 ? -offset_s : offset_s);
	add(table, _("Clock"), value);
}

void collector_notice_show(const json_t *notice, struct table *table)
{
	char text[VALUE_SIZE], local[64];

	if (notice == NULL)
		return;
	add_reached(table, notice);
	if (*text_member(notice, "trouble", text, sizeof(text)))
		add(table, _("Trouble"), text);
	text_member(notice, "certificate_expires", text, sizeof(text));
	if (*text)
		add(table, _("Certificate until"), text_local_time(text, local, sizeof(local)));
	add_clock(table, notice);
}
