/* policy check - is this rules document one that could be signed? */
#include <errno.h>
#include <stdio.h>

#include "ctl.h"
#include "message.h"
#include "options.h"
#include "rules_file.h"
#include "server/pki/cleanup.h"

static int print_fault(const struct rules_error *error)
{
	_cleanup_json_ json_t *json =
		json_pack("{sb si si ss ss}", "ok", 0, "line", error->line, "column", error->column,
			  "path", error->path, "message", error->message);

	ctl_print_json(json);
	return STATUS_FAILURE;
}

static int print_good(const struct ctl *ctl, const char *path, const struct rules *rules)
{
	const char *mode = rules_audit_only(rules) ? "audit" : "enforce";
	_cleanup_json_ json_t *json = NULL;
	char name[RULES_NAME_SIZE];

	message_clean(rules_name(rules), name, sizeof(name));
	if (!ctl->json) {
		printf(_("%s: good: %s, %zu rules, mode %s\n"), path, name, rules_count(rules),
		       mode);
		return STATUS_OK;
	}
	json = json_pack("{sb ss sI ss}", "ok", 1, "name", rules_name(rules), "count",
			 (json_int_t)rules_count(rules), "mode", mode);
	return ctl_print_json(json);
}

int run_policy_check(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_free_ char *text = NULL;
	struct rules_error error;
	struct rules *rules;
	char **operands;
	size_t size;
	int r, status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status != OPTIONS_GO_ON)
		return status;
	r = rules_file_read(operands[0], &text, &size, &rules, &error);
	if (r == -EBADMSG && ctl->json)
		return print_fault(&error);
	if (r < 0)
		return STATUS_FAILURE;
	status = print_good(ctl, operands[0], rules);
	rules_free(rules);
	return status;
}
