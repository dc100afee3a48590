/* findings - what the collector found wrong: gaps, forks and breaks in the agents' ledgers,
 * machines with one identity, and agents that were stopped, removed, or fell silent; and closing a
 * finding that was seen to. */
#include <stdio.h>

#include "api.h"
#include "message.h"
#include "options.h"
#include "reasoned.h"
#include "server/pki/cleanup.h"
#include "table.h"

static int print_findings(const json_t *list, bool all)
{
	static const char *const members[] = { "id",	 "time",      "host",
					       "ledger", "seq",	      "kind",
					       "closed", "closed_by", "closed_reason",
					       "text" };
	static const char *const head[] = { N_("NO"),  N_("TIME"),   N_("HOST"),   N_("LEDGER"),
					    N_("SEQ"), N_("KIND"),   N_("CLOSED"), N_("BY"),
					    N_("WHY"), N_("FINDING") };
	enum { COLUMNS = sizeof(head) / sizeof(head[0]), FIRST_OF_CLOSED = 6, N_OF_CLOSED = 3 };
	const char *shown[COLUMNS], *names[COLUMNS];
	size_t n = 0, i;
	const json_t *item;

	for (size_t c = 0; c < COLUMNS; c++) {
		if (!all && c >= FIRST_OF_CLOSED && c < FIRST_OF_CLOSED + N_OF_CLOSED)
			continue;
		shown[n] = head[c];
		names[n++] = members[c];
	}
	struct table *table = table_new_with_head(shown, n);
	if (!table)
		return STATUS_FAILURE;
	json_array_foreach (list, i, item) {
		for (size_t c = 0; c < n; c++)
			table_add_member(table, item, names[c]);
	}
	return table_show(table);
}

int run_findings(struct ctl *ctl, int argc, char **argv)
{
	bool all = false;
	const struct option_row rows[] = {
		{ "all", OPTION_FLAG, &all, NULL, N_("those that were closed, too") },
		{ 0 },
	};
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	const json_t *list;
	struct api_path path;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	api_path_start(&path, all ? "/api/v1/findings?all=1" : "/api/v1/findings");
	if (api_open(&api, ctl) < 0 || api_get(api, &path, &reply) < 0)
		return STATUS_FAILURE;
	if (ctl->json)
		return ctl_print_json(reply);
	list = json_object_get(reply, "findings");
	if (json_is_array(list) && json_array_size(list) == 0) {
		puts(all ? _("No findings: every ledger is whole, and no agent is missing.")
			 : _("No open findings; 'findings --all' shows those that were closed."));
		return STATUS_OK;
	}
	return print_findings(list, all);
}

int run_finding_close(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_api_ struct api *api = NULL;
	struct reasoned finding;
	struct api_path path;
	int status = reasoned_parse(ctl, argc, argv, &finding);

	if (status != OPTIONS_GO_ON)
		return status;
	api_path_start(&path, "/api/v1/findings");
	api_path_segment(&path, finding.operand);
	api_path_segment(&path, "close");
	status = api_open(&api, ctl) < 0 || api_send(api, "POST", &path, finding.body, NULL) < 0
			 ? STATUS_FAILURE
			 : STATUS_OK;
	json_decref(finding.body);
	if (status == STATUS_OK && !ctl->json)
		printf(_("Closed finding %s.\n"), finding.operand);
	return status;
}
