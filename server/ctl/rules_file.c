#include "rules_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "file.h"
#include "message.h"
#include "server/pki/cleanup.h"

void rules_file_complain(const char *path, const struct rules_error *error)
{
	char where[64] = "";

	if (error->line > 0 && error->column > 0)
		snprintf(where, sizeof(where), ":%d:%d", error->line, error->column);
	else if (error->line > 0)
		snprintf(where, sizeof(where), ":%d", error->line);
	complain("%s%s: %s%s%s", path, where, error->path, error->path[0] ? ": " : "",
		 error->message);
}

int rules_file_print_fault(const struct rules_error *error)
{
	_cleanup_json_ json_t *json =
		json_pack("{sb si si ss ss}", "ok", 0, "line", error->line, "column", error->column,
			  "path", error->path, "message", error->message);

	ctl_print_json(json);
	return STATUS_FAILURE;
}

int rules_file_read(const char *path, char **ret_text, size_t *ret_size, struct rules **ret_rules,
		    struct rules_error *error)
{
	_cleanup_free_ char *text = NULL;
	struct rules *rules;
	size_t size;
	int r = file_read(path, RULES_MAX_BYTES, &text, &size);

	memset(error, 0, sizeof(*error));
	if (r < 0)
		return r;
	r = rules_parse(text, size, &rules, error);
	if (r == -EBADMSG)
		rules_file_complain(path, error);
	else if (r == -E2BIG)
		complain(_("%s: has more rules than the %d allowed"), path, RULES_MAX_RULES);
	else if (r < 0)
		complain(_("%s: the rules cannot be read: %s"), path, strerror(-r));
	if (r < 0)
		return r;
	*ret_text = TAKE_PTR(text);
	*ret_size = size;
	*ret_rules = rules;
	return 0;
}
