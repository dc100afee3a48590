/* grant list, withdraw - what was granted, and its end before its time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "confirm.h"
#include "message.h"
#include "options.h"
#include "server/pki/cleanup.h"
#include "signed_grant.h"
#include "signer.h"
#include "table.h"

static int fetch(struct api *api, json_t **ret)
{
	struct api_path path;

	api_path_start(&path, "/api/v1/grants");
	return api_get(api, &path, ret);
}

static void add_grant(struct table *table, const json_t *grant)
{
	const json_t *device = json_object_get(grant, "device");
	char text[512];

	snprintf(text, sizeof(text), "%s:%s:%s",
		 json_string_value(json_object_get(device, "vendor")),
		 json_string_value(json_object_get(device, "product")),
		 json_string_value(json_object_get(device, "serial")));
	table_add_member(table, grant, "id");
	table_add_member(table, grant, "state");
	table_add_member(table, grant, "hostname");
	table_add(table, text);
	table_add_member(table, grant, "verdict");
	table_add_member(table, grant, "from");
	table_add_member(table, grant, "until");
	table_add_member(table, grant, "issued_by");
	table_add_member(table, grant, "reason");
}

static int print_grants(const json_t *list)
{
	static const char *const head[] = {
		N_("GRANT"), N_("STATE"), N_("HOST"),	   N_("DEVICE"), N_("VERDICT"),
		N_("FROM"),  N_("UNTIL"), N_("ISSUED BY"), N_("REASON"),
	};
	struct table *table = table_new_with_head(head, sizeof(head) / sizeof(head[0]));
	const json_t *grant;
	size_t i;

	if (!table)
		return STATUS_FAILURE;
	json_array_foreach (list, i, grant) {
		add_grant(table, grant);
	}
	return table_show(table);
}

int run_grant_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_json_ json_t *list = NULL;
	_cleanup_api_ struct api *api = NULL;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (api_open(&api, ctl) < 0 || fetch(api, &list) < 0)
		return STATUS_FAILURE;
	return ctl->json ? ctl_print_json(list) : print_grants(json_object_get(list, "grants"));
}

/* The grant in the collector's answer, without what the collector adds to it. */
static int read_grant(const json_t *shown, struct grant *ret)
{
	static const char *const members[] = { "id",	   "version",	"host",	     "machine",
					       "device",   "functions", "verdict",   "modifiers",
					       "from",	   "until",	"issued_by", "reason",
					       "withdrawn" };
	_cleanup_json_ json_t *json = json_pack("{ss}", "schema", "devgate-grant-1");
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; json && i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = json_object_get(shown, members[i]);

		if (value && json_object_set(json, members[i], value) < 0)
			return -ENOMEM;
	}
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	return text ? grant_parse(ret, (const uint8_t *)text, strlen(text)) : -ENOMEM;
}

static int find(struct api *api, const char *id, struct grant *ret)
{
	_cleanup_json_ json_t *list = NULL;
	const json_t *grant;
	size_t i;
	int r = fetch(api, &list);

	if (r < 0)
		return r;
	json_array_foreach (json_object_get(list, "grants"), i, grant) {
		const char *name = json_string_value(json_object_get(grant, "id"));

		if (!name || strcmp(name, id) != 0)
			continue;
		r = read_grant(grant, ret);
		if (r < 0)
			complain(_("the collector's answer is not a grant"));
		return r;
	}
	complain(_("no grant '%s'; see 'devgatectl grant list'"), id);
	return -ENOENT;
}

struct withdrawal {
	const char *id, *key, *passphrase_file;
	bool yes;
};

static int withdraw(const struct ctl *ctl, const struct withdrawal *withdrawal)
{
	_cleanup_signer_ struct officer_key key = { 0 };
	_cleanup_api_ struct api *api = NULL;
	_cleanup_free_ char *text = NULL;
	const struct trust_officer *officer;
	struct grant grant;

	if (api_open(&api, ctl) < 0 || !api_trust(api) || find(api, withdrawal->id, &grant) < 0)
		return STATUS_FAILURE;
	if (grant.withdrawn || grant.until <= time(NULL)) {
		complain(_("grant %s is over already"), grant.id);
		return STATUS_FAILURE;
	}
	if (!confirm(_("Withdraw it?"), withdrawal->yes) ||
	    signer_open(&key, withdrawal->key, withdrawal->passphrase_file, api_trust(api),
			ROLE_GRANTS, &officer) < 0)
		return STATUS_FAILURE;
	grant.version++;
	grant.withdrawn = true;
	strcpy(grant.issued_by, officer->name);
	if (signed_grant_make(&grant, &key, &text) < 0 ||
	    signed_grant_publish(api, text, strlen(text), grant.id, &grant) < 0)
		return STATUS_FAILURE;
	if (!ctl->json)
		printf(_("Withdrew %s.\n"), grant.id);
	return STATUS_OK;
}

int run_grant_withdraw(struct ctl *ctl, int argc, char **argv)
{
	struct withdrawal withdrawal = { 0 };
	const struct option_row rows[] = {
		{ "key", OPTION_TEXT, &withdrawal.key, "FILE", N_("your private key") },
		{ "passphrase-file", OPTION_TEXT, &withdrawal.passphrase_file, "FILE",
		  N_("read the passphrase from its first line") },
		{ "yes", OPTION_FLAG, &withdrawal.yes, NULL, N_("do not ask") },
		{ 0 },
	};
	char **operands;
	int status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "key", withdrawal.key);
	if (status != OPTIONS_GO_ON)
		return status;
	withdrawal.id = operands[0];
	return withdraw(ctl, &withdrawal);
}
