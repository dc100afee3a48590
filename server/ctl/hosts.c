/* hosts - list the workstations; refuse one's certificate. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "host.h"
#include "message.h"
#include "options.h"
#include "reasoned.h"
#include "server/pki/cleanup.h"
#include "table.h"

/* What the collector makes of it; one that is older does not say. */
static const char *state_of(const json_t *host)
{
	static const char *const words[][2] = {
		{ "reporting", N_("reporting") }, { "off", N_("off") },
		{ "stopped", N_("STOPPED") },	  { "removed", N_("REMOVED") },
		{ "silent", N_("SILENT") },	  { "revoked", N_("REVOKED") },
	};
	const char *state = json_string_value(json_object_get(host, "state"));

	if (json_is_true(json_object_get(host, "cloned")) &&
	    !json_is_true(json_object_get(host, "revoked")))
		return _("CLONED");

	for (size_t i = 0; state != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], state) == 0)
			return _(words[i][1]);
	}
	return json_is_true(json_object_get(host, "revoked")) ? _("REVOKED") : _("enrolled");
}

/* How far its clock is ahead of the collector's (+) or behind (-). */
static void add_clock(struct table *table, const json_t *host)
{
	const json_t *offset = json_object_get(host, "clock_offset_s");

	if (json_is_integer(offset))
		table_addf(table, "%+" JSON_INTEGER_FORMAT " s", json_integer_value(offset));
	else
		table_add(table, NULL);
}

static void add_host(struct table *table, const json_t *host)
{
	table_add_member(table, host, "hostname");
	table_add_member(table, host, "unit");
	table_add(table, state_of(host));
	table_add_member(table, host, "last_seen");
	table_add_member(table, host, "version");
	table_add_member(table, host, "policy");
	table_add_member(table, host, "rolled_back");
	table_add_member(table, host, "revocations");
	table_add_member(table, host, "mode");
	table_add_member(table, host, "gate");
	table_add_member(table, host, "acked");
	table_add_member(table, host, "certificate_expires");
	add_clock(table, host);
	table_add_member(table, host, "address");
	table_add_member(table, host, "id");
}

static int print_hosts(const json_t *list)
{
	static const char *const head[] = {
		N_("HOST"),  N_("UNIT"),    N_("STATE"),      N_("LAST SEEN"),
		N_("AGENT"), N_("POLICY"),  N_("TAKEN BACK"), N_("REVOC"),
		N_("MODE"),  N_("GATE"),    N_("EVENTS"),     N_("CERTIFICATE UNTIL"),
		N_("CLOCK"), N_("ADDRESS"), N_("ID"),
	};
	enum {
		COLUMNS = sizeof(head) / sizeof(head[0]),
		POLICY = 5,
		TAKEN_BACK,
		REVOCATIONS,
		EVENTS = 10,
		CLOCK = 12
	};
	struct table *table = table_new_with_head(head, COLUMNS);
	const json_t *host;
	size_t i;

	if (!table)
		return STATUS_FAILURE;
	table_align_right(table, POLICY);
	table_align_right(table, TAKEN_BACK);
	table_align_right(table, REVOCATIONS);
	table_align_right(table, EVENTS);
	table_align_right(table, CLOCK);
	json_array_foreach (list, i, host) {
		add_host(table, host);
	}
	return table_show(table);
}

int run_hosts(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_json_ json_t *list = NULL;
	_cleanup_api_ struct api *api = NULL;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (api_open(&api, ctl) < 0 || host_list(api, &list) < 0)
		return STATUS_FAILURE;
	return ctl->json ? ctl_print_json(list) : print_hosts(json_object_get(list, "hosts"));
}

static int revoke_host(const struct ctl *ctl, const char *name, const json_t *body)
{
	_cleanup_api_ struct api *api = NULL;
	_cleanup_free_ char *id = NULL;
	struct api_path path;

	if (api_open(&api, ctl) < 0 || host_id(api, name, &id) < 0)
		return STATUS_FAILURE;
	api_path_start(&path, "/api/v1/hosts");
	api_path_segment(&path, id);
	api_path_segment(&path, "revoke");
	if (api_send(api, "POST", &path, body, NULL) < 0)
		return STATUS_FAILURE;
	printf(_("Revoked: %s.  It keeps the policy it has and goes on recording; the collector "
		 "takes nothing more from it.\n"),
	       name);
	return STATUS_OK;
}

int run_hosts_revoke(struct ctl *ctl, int argc, char **argv)
{
	struct reasoned host;
	int status = reasoned_parse(ctl, argc, argv, &host);

	if (status != OPTIONS_GO_ON)
		return status;
	status = revoke_host(ctl, host.operand, host.body);
	json_decref(host.body);
	return status;
}
