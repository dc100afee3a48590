/* retention - how long records are kept, what is held beyond that, and disposing of the rest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "host.h"
#include "message.h"
#include "options.h"
#include "reasoned.h"
#include "server/pki/cleanup.h"
#include "table.h"

static int get(const struct ctl *ctl, struct api **ret_api, const char *address, json_t **ret)
{
	struct api_path path;

	api_path_start(&path, address);
	if (api_open(ret_api, ctl) < 0 || api_get(*ret_api, &path, ret) < 0)
		return -EIO;
	return 0;
}

static void add_days(struct table *table, const char *what, const json_t *days)
{
	table_add(table, what);
	if (json_integer_value(days) == 0)
		table_add(table, _("for ever"));
	else
		table_addf(table, _("%lld days"), (long long)json_integer_value(days));
}

static int print_settings(const json_t *reply)
{
	static const char *const head[] = { N_("RECORDS"), N_("KEPT") };
	const json_t *settings = json_object_get(reply, "settings"), *days;
	struct table *table = table_new_with_head(head, 2);
	const char *time = json_string_value(json_object_get(reply, "time")), *kind;

	if (!table)
		return STATUS_FAILURE;
	json_object_foreach (json_object_get(settings, "kinds"), kind, days)
		add_days(table, kind, days);
	add_days(table, _("all other kinds of event"), json_object_get(settings, "days"));
	add_days(table, _("who it was, in daily reports"),
		 json_object_get(settings, "person_days"));
	if (time)
		printf(_("Version %lld, set by %s at %s.\n"),
		       (long long)json_integer_value(json_object_get(reply, "version")),
		       json_string_value(json_object_get(reply, "by")), time);
	else
		puts(_("Nobody has set anything: this holds by default."));
	return table_show(table);
}

int run_retention_show(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (get(ctl, &api, "/api/v1/retention", &reply) < 0)
		return STATUS_FAILURE;
	return ctl->json ? ctl_print_json(reply) : print_settings(reply);
}

/* @text into member @name of @object; what range it may be of is the collector's to say. */
static int set_days(json_t *object, const char *name, const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > 6 || strspn(text, "0123456789") != n) {
		complain(_("%s: give a number of days, or 0 for ever"), text);
		return STATUS_USAGE;
	}
	return json_object_set_new(object, name, json_integer(atoi(text))) < 0 ? STATUS_FAILURE
									       : OPTIONS_GO_ON;
}

/* KIND=DAYS */
static int set_kind(json_t *kinds, const char *text)
{
	const char *equals = strchr(text, '=');
	_cleanup_free_ char *kind = equals ? strndup(text, (size_t)(equals - text)) : NULL;

	if (!kind || !*kind) {
		complain(_("--kind %s: give KIND=DAYS, such as device.removed=365"), text);
		return STATUS_USAGE;
	}
	return set_days(kinds, kind, equals + 1);
}

static int send_settings(const struct ctl *ctl, struct api *api, const json_t *settings)
{
	_cleanup_json_ json_t *reply = NULL;
	struct api_path path;

	api_path_start(&path, "/api/v1/retention");
	if (api_send(api, "PUT", &path, settings, &reply) < 0)
		return STATUS_FAILURE;
	if (ctl->json)
		return ctl_print_json(reply);
	printf(_("Set, as version %lld.  What is over this time is disposed of within a day, "
		 "unless "
		 "a hold covers it.\n"),
	       (long long)json_integer_value(json_object_get(reply, "version")));
	return STATUS_OK;
}

int run_retention_set(struct ctl *ctl, int argc, char **argv)
{
	const char *days = NULL, *person_days = NULL;
	struct option_list kinds = { 0 };
	const struct option_row rows[] = {
		{ "days", OPTION_TEXT, &days, "DAYS",
		  N_("keep every other kind so long; 0: for ever") },
		{ "kind", OPTION_LIST, &kinds, "KIND=DAYS", N_("keep this kind so long") },
		{ "person-days", OPTION_TEXT, &person_days, "DAYS",
		  N_("say so long in daily reports who it was") },
		{ 0 },
	};
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	json_t *settings;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (!days && !person_days && kinds.n == 0) {
		complain(_("nothing to set: give --days, --kind or --person-days"));
		return STATUS_USAGE;
	}
	if (get(ctl, &api, "/api/v1/retention", &reply) < 0)
		return STATUS_FAILURE;
	settings = json_object_get(reply, "settings");
	if (days)
		status = set_days(settings, "days", days);
	if (status == OPTIONS_GO_ON && person_days)
		status = set_days(settings, "person_days", person_days);
	for (size_t i = 0; i < kinds.n && status == OPTIONS_GO_ON; i++)
		status = set_kind(json_object_get(settings, "kinds"), kinds.values[i]);
	return status == OPTIONS_GO_ON ? send_settings(ctl, api, settings) : status;
}

int run_hold_add(struct ctl *ctl, int argc, char **argv)
{
	const char *host = NULL, *person = "", *device = "", *from = "", *to = "", *reason = NULL;
	const struct option_row rows[] = {
		{ "host", OPTION_TEXT, &host, "HOST", N_("records of this workstation alone") },
		{ "person", OPTION_TEXT, &person, "NAME", N_("of this person alone") },
		{ "device", OPTION_TEXT, &device, "DEVICE",
		  N_("of this device alone, as events show it: \"0951:1666 SERIAL\"") },
		{ "from", OPTION_TEXT, &from, "DAY", N_("from this day on") },
		{ "to", OPTION_TEXT, &to, "DAY", N_("up to and with this day") },
		{ "reason", OPTION_TEXT, &reason, "TEXT", N_("why, for the record") },
		{ 0 },
	};
	_cleanup_json_ json_t *body = NULL, *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	_cleanup_free_ char *id = NULL;
	struct api_path path;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "reason", reason);
	if (status != OPTIONS_GO_ON)
		return status;
	if (api_open(&api, ctl) < 0 || host_id(api, host, &id) < 0)
		return STATUS_FAILURE;
	body = json_pack("{ss ss ss ss ss ss}", "host", id ? id : "", "person", person, "device",
			 device, "from", from, "to", to, "reason", reason);
	if (!body) {
		complain(_("one of the values is not UTF-8 text"));
		return STATUS_USAGE;
	}
	api_path_start(&path, "/api/v1/holds");
	if (api_send(api, "POST", &path, body, &reply) < 0)
		return STATUS_FAILURE;
	if (ctl->json)
		return ctl_print_json(reply);
	printf(_("Hold %lld: nothing that it covers is disposed of until it is released.\n"),
	       (long long)json_integer_value(json_object_get(reply, "id")));
	return STATUS_OK;
}

static int print_holds(const json_t *list)
{
	static const char *const members[] = { "id",	     "host",	    "person",
					       "device",     "from",	    "to",
					       "created_by", "created",	    "reason",
					       "released",   "released_by", "released_reason" };
	static const char *const head[] = { N_("HOLD"),	    N_("HOST"),	 N_("PERSON"),
					    N_("DEVICE"),   N_("FROM"),	 N_("TO"),
					    N_("BY"),	    N_("SINCE"), N_("REASON"),
					    N_("RELEASED"), N_("BY"),	 N_("WHY") };
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

int run_hold_list(struct ctl *ctl, int argc, char **argv)
{
	bool all = false;
	const struct option_row rows[] = {
		{ "all", OPTION_FLAG, &all, NULL, N_("those that were released, too") },
		{ 0 },
	};
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (get(ctl, &api, all ? "/api/v1/holds?all=1" : "/api/v1/holds", &reply) < 0)
		return STATUS_FAILURE;
	if (ctl->json)
		return ctl_print_json(reply);
	if (json_array_size(json_object_get(reply, "holds")) == 0) {
		puts(_("No holds."));
		return STATUS_OK;
	}
	return print_holds(json_object_get(reply, "holds"));
}

int run_hold_release(struct ctl *ctl, int argc, char **argv)
{
	_cleanup_api_ struct api *api = NULL;
	struct reasoned hold;
	struct api_path path;
	int status = reasoned_parse(ctl, argc, argv, &hold);

	if (status != OPTIONS_GO_ON)
		return status;
	api_path_start(&path, "/api/v1/holds");
	api_path_segment(&path, hold.operand);
	api_path_segment(&path, "release");
	status = api_open(&api, ctl) < 0 || api_send(api, "POST", &path, hold.body, NULL) < 0
			 ? STATUS_FAILURE
			 : STATUS_OK;
	json_decref(hold.body);
	if (status == STATUS_OK && !ctl->json)
		printf(_("Released hold %s.\n"), hold.operand);
	return status;
}
