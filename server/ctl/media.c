/* media - enter, list and withdraw storage media of the collector's register. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "device_spec.h"
#include "message.h"
#include "options.h"
#include "policy/text.h"
#include "server/pki/cleanup.h"
#include "table.h"

struct registration {
	const char *vendor, *product, *serial, *tag, *custodian, *unit, *digest;
	bool read_only;
};

/* Check @entry as a line of a list would be; the ids and the digest are sent in lower case. */
static int check(const struct registration *entry, struct device_spec *ret, char *ret_digest)
{
	char text[1024], error[128];
	uint8_t digest[32];

	if ((size_t)snprintf(text, sizeof(text), "%s:%s:%s:%s", entry->vendor, entry->product,
			     entry->serial, entry->tag) >= sizeof(text) ||
	    strchr(entry->tag, ':')) {
		complain(_("--serial or --tag is too long, or the tag holds a colon"));
		return STATUS_USAGE;
	}
	if (device_spec_parse(ret, text, error) < 0) {
		complain(_("the medium cannot be registered: %s"), error);
		return STATUS_USAGE;
	}
	if (entry->digest && text_unhex(entry->digest, digest, sizeof(digest)) < 0) {
		complain(_("--digest: must be the 64 hexadecimal digits that "
			   "'devgate devices --json' shows"));
		return STATUS_USAGE;
	}
	if (entry->digest)
		text_hex(digest, sizeof(digest), ret_digest);
	return OPTIONS_GO_ON;
}

static json_t *make_body(const struct registration *entry, const struct device_spec *spec,
			 const char *digest)
{
	char vendor[5], product[5];
	json_t *body;

	snprintf(vendor, sizeof(vendor), "%04x", spec->vendor);
	snprintf(product, sizeof(product), "%04x", spec->product);
	body = json_pack("{ss ss ss ss ss s[s]}", "tag", spec->tag, "vendor", vendor, "product",
			 product, "serial", spec->serial, "verdict",
			 entry->read_only ? "read-only" : "allow", "functions", "storage");
	if (body && entry->custodian)
		json_object_set_new(body, "custodian", json_string(entry->custodian));
	if (body && entry->unit)
		json_object_set_new(body, "unit", json_string(entry->unit));
	if (body && digest[0])
		json_object_set_new(body, "digest", json_string(digest));
	return body;
}

static int enter(const struct ctl *ctl, const struct registration *entry)
{
	_cleanup_json_ json_t *body = NULL;
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	struct device_spec spec;
	struct api_path path;
	char digest[65] = "";
	int status = check(entry, &spec, digest);

	if (status != OPTIONS_GO_ON)
		return status;
	body = make_body(entry, &spec, digest);
	if (!body) {
		complain(_("one of the values is not UTF-8 text"));
		return STATUS_USAGE;
	}
	api_path_start(&path, "/api/v1/media");
	if (api_open(&api, ctl) < 0 || api_send(api, "POST", &path, body, &reply) < 0)
		return STATUS_FAILURE;
	if (ctl->json)
		return ctl_print_json(reply);
	printf(_("Registered %s.  It holds on the workstations once a policy with it is signed and "
		 "published.\n"),
	       entry->tag);
	return STATUS_OK;
}

int run_media_register(struct ctl *ctl, int argc, char **argv)
{
	struct registration entry = { 0 };
	const struct option_row rows[] = {
		{ "vendor", OPTION_TEXT, &entry.vendor, "VVVV", N_("USB vendor id") },
		{ "product", OPTION_TEXT, &entry.product, "PPPP", N_("USB product id") },
		{ "serial", OPTION_TEXT, &entry.serial, "SERIAL", N_("serial number") },
		{ "tag", OPTION_TEXT, &entry.tag, "TAG", N_("asset tag") },
		{ "read-only", OPTION_FLAG, &entry.read_only, NULL, N_("permit reading alone") },
		{ "custodian", OPTION_TEXT, &entry.custodian, "NAME", N_("who keeps it") },
		{ "unit", OPTION_TEXT, &entry.unit, "UNIT", N_("the unit it belongs to") },
		{ "digest", OPTION_TEXT, &entry.digest, "HEX",
		  N_("its descriptors' SHA-256, which it must then have") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "vendor", entry.vendor);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "product", entry.product);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "serial", entry.serial);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "tag", entry.tag);
	return status == OPTIONS_GO_ON ? enter(ctl, &entry) : status;
}

static int print_media(const json_t *list)
{
	static const char *const head[] = {
		N_("TAG"),  N_("VENDOR"), N_("PRODUCT"),   N_("SERIAL"),
		N_("RULE"), N_("UNIT"),	  N_("CUSTODIAN"), N_("STATE")
	};
	enum { COLUMNS = sizeof(head) / sizeof(head[0]) };
	struct table *table = table_new_with_head(head, COLUMNS);
	const json_t *item;
	size_t i;

	if (!table)
		return STATUS_FAILURE;
	json_array_foreach (list, i, item) {
		const char *withdrawn = json_string_value(json_object_get(item, "withdrawn"));

		table_add_member(table, item, "tag");
		table_add_member(table, item, "vendor");
		table_add_member(table, item, "product");
		table_add_member(table, item, "serial");
		table_add_member(table, item, "verdict");
		table_add_member(table, item, "unit");
		table_add_member(table, item, "custodian");
		if (withdrawn)
			table_addf(table, _("withdrawn %s"), withdrawn);
		else
			table_add(table, _("in use"));
	}
	return table_show(table);
}

int run_media_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	struct api_path path;
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	api_path_start(&path, "/api/v1/media");
	if (api_open(&api, ctl) < 0 || api_get(api, &path, &reply) < 0)
		return STATUS_FAILURE;
	return ctl->json ? ctl_print_json(reply) : print_media(json_object_get(reply, "media"));
}

static int withdraw(const struct ctl *ctl, const char *tag, const char *reason)
{
	_cleanup_json_ json_t *body = json_pack("{ss}", "reason", reason);
	_cleanup_api_ struct api *api = NULL;
	struct api_path path;

	if (!body) {
		complain(_("--reason: is not UTF-8 text"));
		return STATUS_USAGE;
	}
	api_path_start(&path, "/api/v1/media");
	api_path_segment(&path, tag);
	if (api_open(&api, ctl) < 0 || api_send(api, "DELETE", &path, body, NULL) < 0)
		return STATUS_FAILURE;
	printf(_("Withdrawn: %s.  Workstations refuse it once a policy without it is signed and "
		 "published; if it is lost, 'devgatectl revoke sign' is faster.\n"),
	       tag);
	return STATUS_OK;
}

int run_media_withdraw(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL;
	const struct option_row rows[] = {
		{ "reason", OPTION_TEXT, &reason, "TEXT", N_("why, for the record") },
		{ 0 },
	};
	char **operands;
	int status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "reason", reason);
	return status == OPTIONS_GO_ON ? withdraw(ctl, operands[0], reason) : status;
}
