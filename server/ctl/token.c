/* token - the tokens that enrol workstations: one, or each of a group. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "duration.h"
#include "enrolment.h"
#include "file.h"
#include "host.h"
#include "message.h"
#include "options.h"
#include "profile.h"
#include "reasoned.h"
#include "server/pki/cleanup.h"
#include "table.h"

enum { COUNT_MAX = 10000 };

/* What is asked for. */
struct order {
	const char *unit, *host; /* host: a name or id; NULL: any machine */
	const char *out;	 /* NULL: standard output */
	int64_t ttl_s;
	long count;
};

static int write_enrolment(const json_t *enrolment, const struct order *order)
{
	_cleanup_free_ char *text = json_dumps(enrolment, JSON_INDENT(2));

	if (!text) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	if (file_create(order->out, text, strlen(text), 0600) < 0)
		return STATUS_FAILURE;
	if (order->count == 1)
		fprintf(stderr,
			_("%s lets one workstation in, once: carry it there, run 'devgate enrol "
			  "%s' and delete it.\n"),
			order->out, order->out);
	else
		fprintf(stderr,
			_("%s lets %ld workstations in: run 'devgate enrol %s' on each.  Whoever "
			  "has the file can enrol a machine: 'devgatectl token revoke' ends it.\n"),
			order->out, order->count, order->out);
	return STATUS_OK;
}

static json_t *make_body(const struct order *order, const char *host)
{
	json_t *body = json_pack("{ss sI sI}", "unit", order->unit, "ttl_s",
				 (json_int_t)order->ttl_s, "machines", (json_int_t)order->count);

	if (body && host && json_object_set_new(body, "host", json_string(host)) < 0) {
		json_decref(body);
		return NULL;
	}
	return body;
}

static int send_order(struct api *api, const struct order *order, json_t **ret)
{
	_cleanup_json_ json_t *body = NULL;
	_cleanup_free_ char *host = NULL;
	struct api_path path;

	if (order->host && host_id(api, order->host, &host) < 0)
		return STATUS_FAILURE;
	body = make_body(order, host);
	if (!body) {
		complain(_("--unit: is not UTF-8 text"));
		return STATUS_USAGE;
	}
	api_path_start(&path, "/api/v1/tokens");
	return api_send(api, "POST", &path, body, ret) < 0 ? STATUS_FAILURE : STATUS_OK;
}

static int create(const struct ctl *ctl, const struct order *order)
{
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	json_t *enrolment;
	int status;

	if (order->out && file_check_absent(order->out) < 0)
		return STATUS_FAILURE;
	if (api_open(&api, ctl) < 0 || !api_trust(api))
		return STATUS_FAILURE;
	status = send_order(api, order, &reply);
	if (status != STATUS_OK)
		return status;
	enrolment = json_object_get(reply, "enrolment");
	if (enrolment_check(enrolment, api_profile(api)->ca, api_trust(api)) < 0)
		return STATUS_FAILURE;
	return order->out ? write_enrolment(enrolment, order) : ctl_print_json(enrolment);
}

static int check_order(const char *ttl, const char *count, struct order *order)
{
	char *end;

	if (duration_parse(ttl, &order->ttl_s) < 0) {
		complain(_("--ttl %s: give a number and a unit: 30m, 24h, 7d"), ttl);
		return STATUS_USAGE;
	}
	order->count = strtol(count, &end, 10);
	if (*count < '0' || *count > '9' || *end || order->count < 1 || order->count > COUNT_MAX) {
		complain(_("--count %s: give a number of workstations, 1 to %d"), count, COUNT_MAX);
		return STATUS_USAGE;
	}
	if (order->host && order->count != 1) {
		complain(_("--for-host: such a token lets one workstation in; leave --count out"));
		return STATUS_USAGE;
	}
	return OPTIONS_GO_ON;
}

int run_token_create(struct ctl *ctl, int argc, char **argv)
{
	struct order order = { 0 };
	const char *ttl = "24h", *count = "1";
	const struct option_row rows[] = {
		{ "unit", OPTION_TEXT, &order.unit, "UNIT", N_("the workstation's unit") },
		{ "count", OPTION_TEXT, &count, "N",
		  N_("how many workstations it lets in (default 1)") },
		{ "for-host", OPTION_TEXT, &order.host, "HOST",
		  N_("the workstation becomes this host again, with its history") },
		{ "ttl", OPTION_TEXT, &ttl, "SPAN", N_("how long it is good (default 24h)") },
		{ "out", OPTION_TEXT, &order.out, "FILE",
		  N_("write it there, not to the terminal") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "unit", order.unit);
	if (status == OPTIONS_GO_ON)
		status = check_order(ttl, count, &order);
	return status == OPTIONS_GO_ON ? create(ctl, &order) : status;
}

/* Whom it let in, by name. */
static void add_used(struct table *table, const json_t *used)
{
	char text[TABLE_CELL_MAX] = "";
	const json_t *use;
	size_t i, size = 0;

	json_array_foreach (used, i, use) {
		const char *name = json_string_value(json_object_get(use, "hostname"));
		int n = snprintf(text + size, sizeof(text) - size, "%s%s", i > 0 ? ", " : "",
				 name ? name : "?");

		if (n < 0 || (size_t)n >= sizeof(text) - size)
			break;
		size += (size_t)n;
	}
	table_add(table, text);
}

static int print_tokens(const json_t *list)
{
	static const char *const members[] = { "id",	     "unit",	 "state",
					       "remaining",  "machines", "created",
					       "created_by", "expires",	 "host" };
	static const char *const head[] = { N_("TOKEN"),   N_("UNIT"),	  N_("STATE"),
					    N_("LEFT"),	   N_("OF"),	  N_("CREATED"),
					    N_("BY"),	   N_("EXPIRES"), N_("FOR HOST"),
					    N_("ENROLLED") };
	enum { MEMBERS = sizeof(members) / sizeof(members[0]), COLUMNS = MEMBERS + 1 };
	struct table *table = table_new_with_head(head, COLUMNS);
	const json_t *item;
	size_t i;

	if (!table)
		return STATUS_FAILURE;
	json_array_foreach (list, i, item) {
		for (size_t c = 0; c < MEMBERS; c++)
			table_add_member(table, item, members[c]);
		add_used(table, json_object_get(item, "used"));
	}
	return table_show(table);
}

int run_token_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	struct api_path path;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	api_path_start(&path, "/api/v1/tokens");
	if (api_open(&api, ctl) < 0 || api_get(api, &path, &reply) < 0)
		return STATUS_FAILURE;
	return ctl->json ? ctl_print_json(reply) : print_tokens(json_object_get(reply, "tokens"));
}

static int revoke_token(const struct ctl *ctl, const char *id, const json_t *body)
{
	_cleanup_api_ struct api *api = NULL;
	struct api_path path;

	if (api_open(&api, ctl) < 0)
		return STATUS_FAILURE;
	api_path_start(&path, "/api/v1/tokens");
	api_path_segment(&path, id);
	api_path_segment(&path, "revoke");
	if (api_send(api, "POST", &path, body, NULL) < 0)
		return STATUS_FAILURE;
	printf(_("Revoked: token %s.  It lets nobody in any more; whom it let in stays.\n"), id);
	return STATUS_OK;
}

int run_token_revoke(struct ctl *ctl, int argc, char **argv)
{
	struct reasoned token;
	int status = reasoned_parse(ctl, argc, argv, &token);

	if (status != OPTIONS_GO_ON)
		return status;
	status = revoke_token(ctl, token.operand, token.body);
	json_decref(token.body);
	return status;
}
