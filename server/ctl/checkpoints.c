/* checkpoints - list the signed checkpoints over all ledgers. */
#include <stdio.h>

#include "api.h"
#include "message.h"
#include "options.h"
#include "server/pki/cleanup.h"
#include "table.h"

static int print_checkpoints(const json_t *list)
{
	static const char *const head[] = { N_("NUMBER"), N_("TIME"), N_("LEDGER ENDS"),
					    N_("ROOT") };
	struct table *table = table_new_with_head(head, 4);
	const json_t *item;
	size_t i;

	if (!table)
		return STATUS_FAILURE;
	table_align_right(table, 0);
	table_align_right(table, 2);
	json_array_foreach (list, i, item) {
		const char *note = json_string_value(json_object_get(item, "note"));
		char root[64] = "", time[32] = "";

		/* As policy/checkpoint.h writes it; it is for the eye, and verified elsewhere. */
		if (note == NULL ||
		    sscanf(note, "%*[^\n]\n%*[^\n]\n%63[^\n]\ntime %31[^\n]", root, time) != 2)
			root[0] = time[0] = '\0';
		table_add_member(table, item, "number");
		table_add(table, time);
		table_add_member(table, item, "size");
		table_add(table, root);
	}
	return table_show(table);
}

int run_checkpoints(struct ctl *ctl, int argc, char **argv)
{
	const char *after = NULL;
	const struct option_row rows[] = {
		{ "after", OPTION_TEXT, &after, "NUMBER", N_("only those after this one") },
		{ 0 },
	};
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	struct api_path path;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	api_path_start(&path, "/api/v1/checkpoints");
	if (after)
		api_path_query(&path, "after", after);
	if (api_open(&api, ctl) < 0 || api_get(api, &path, &reply) < 0)
		return STATUS_FAILURE;
	if (ctl->json)
		return ctl_print_json(reply);
	return print_checkpoints(json_object_get(reply, "checkpoints"));
}
