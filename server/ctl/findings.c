/* findings - gaps, forks and breaks that the collector met in the agents' ledgers, and agents that
 * were stopped, removed, or fell silent. */
#include <stdio.h>

#include "api.h"
#include "message.h"
#include "options.h"
#include "server/pki/cleanup.h"
#include "table.h"

static int print_findings(const json_t *list)
{
	static const char *const members[] = { "time", "host", "ledger", "seq", "kind", "text" };
	static const char *const head[] = { N_("TIME"), N_("HOST"), N_("LEDGER"),
					    N_("SEQ"),	N_("KIND"), N_("FINDING") };
	enum { COLUMNS = sizeof(head) / sizeof(head[0]) };
	struct table *table = table_new_with_head(head, COLUMNS);
	const json_t *item;
	size_t i;

	if (!table)
		return STATUS_FAILURE;
	json_array_foreach (list, i, item) {
		for (size_t c = 0; c < COLUMNS; c++)
			table_add_member(table, item, members[c]);
	}
	return table_show(table);
}

int run_findings(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	const json_t *list;
	struct api_path path;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	api_path_start(&path, "/api/v1/findings");
	if (api_open(&api, ctl) < 0 || api_get(api, &path, &reply) < 0)
		return STATUS_FAILURE;
	if (ctl->json)
		return ctl_print_json(reply);
	list = json_object_get(reply, "findings");
	if (json_is_array(list) && json_array_size(list) == 0) {
		puts(_("No findings: every ledger is whole, and no agent is missing."));
		return STATUS_OK;
	}
	return print_findings(list);
}
