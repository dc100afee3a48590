/* audit - who did what at the collector: its own log, checked as a chain as it comes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "message.h"
#include "options.h"
#include "policy/ledger_line.h"
#include "server/pki/cleanup.h"
#include "table.h"

struct audit_log {
	struct ledger_chain chain;
	json_t *entries; /* owned */
	bool broken;
};

/* The first line says the ledger's id. */
static int take(struct audit_log *log, const json_t *text)
{
	const char *line = json_string_value(text), *id;
	size_t size = json_string_length(text);
	json_t *entry = line ? json_loadb(line, size, 0, NULL) : NULL;

	if (!entry || json_array_append_new(log->entries, entry) < 0)
		return -EBADMSG;
	if (log->chain.next_seq == 0) {
		id = json_string_value(json_object_get(entry, "ledger"));
		if (!id || ledger_chain_start(&log->chain, id) < 0)
			return -EBADMSG;
	}
	return ledger_line_check(&log->chain, line, size, NULL);
}

static int fetch_page(struct audit_log *log, struct api *api, uint64_t *after)
{
	_cleanup_json_ json_t *reply = NULL;
	const json_t *lines, *line;
	struct api_path path;
	char number[24];
	size_t i;
	int r;

	snprintf(number, sizeof(number), "%" PRIu64, *after);
	api_path_start(&path, "/api/v1/audit");
	api_path_query(&path, "after", number);
	r = api_get(api, &path, &reply);
	if (r < 0)
		return r;
	lines = json_object_get(reply, "lines");
	json_array_foreach (lines, i, line) {
		if (take(log, line) < 0) {
			log->broken = true;
			return 0;
		}
		(*after)++;
	}
	return json_array_size(lines) > 0;
}

static void add_entry(struct table *table, const json_t *entry)
{
	const json_t *detail = json_object_get(entry, "detail");
	_cleanup_free_ char *text =
		json_object_size(detail) ? json_dumps(detail, JSON_COMPACT) : NULL;

	table_add_member(table, entry, "seq");
	table_add_member(table, entry, "time");
	table_add_member(table, entry, "who");
	table_add_member(table, entry, "action");
	table_add(table, text);
}

static int print_log(const struct audit_log *log)
{
	static const char *const head[] = { N_("SEQ"), N_("TIME"), N_("WHO"), N_("ACTION"),
					    N_("DETAIL") };
	struct table *table = table_new_with_head(head, 5);
	const json_t *entry;
	size_t i;

	if (!table)
		return STATUS_FAILURE;
	table_align_right(table, 0);
	json_array_foreach (log->entries, i, entry)
		add_entry(table, entry);
	return table_show(table);
}

int run_audit(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_json_ json_t *entries = json_array(), *json = NULL;
	struct audit_log log = { .entries = entries };
	_cleanup_api_ struct api *api = NULL;
	uint64_t after = 0;
	int r, status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (api_open(&api, ctl) < 0)
		return STATUS_FAILURE;
	do
		r = fetch_page(&log, api, &after);
	while (r > 0);
	if (r < 0)
		return STATUS_FAILURE;
	if (ctl->json) {
		json = json_pack("{sb sO}", "good", !log.broken, "entries", entries);
		status = ctl_print_json(json);
	} else {
		status = print_log(&log);
	}
	if (!log.broken)
		return status;
	complain(
		_("the audit log is broken after line %llu: a line is missing or was changed; keep "
		  "the collector's data as evidence"),
		(unsigned long long)after);
	return STATUS_FAILURE;
}
