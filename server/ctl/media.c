/* media - enter, list and withdraw storage media of the collector's register. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "device_spec.h"
#include "media_body.h"
#include "media_csv.h"
#include "message.h"
#include "options.h"
#include "policy/text.h"
#include "reasoned.h"
#include "server/pki/cleanup.h"
#include "table.h"

struct registration {
	const char *bus, *vendor, *product, *serial, *tag, *name, *custodian, *unit, *digest;
	struct option_list modifiers;
	bool read_only;
};

/* Check @entry as a line of a list would be; the ids and the digest are sent in lower case. */
static int check(const struct registration *entry, struct device_spec *ret, char *ret_digest)
{
	char text[1024], error[128];
	uint8_t digest[32];

	if ((size_t)snprintf(text, sizeof(text), "%s/%s:%s:%s:%s", entry->bus ? entry->bus : "usb",
			     entry->vendor ? entry->vendor : "0000",
			     entry->product ? entry->product : "0000", entry->serial,
			     entry->tag) >= sizeof(text) ||
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

static int read_modifiers(const struct option_list *words, modifier_set *ret)
{
	for (size_t i = 0; i < words->n; i++) {
		int bit = modifier_from_text(words->values[i]);

		if (bit < 0) {
			complain(_("--modifier %s: must be noexec, trail, notify or justify"),
				 words->values[i]);
			return STATUS_USAGE;
		}
		*ret |= (modifier_set)bit;
	}
	return OPTIONS_GO_ON;
}

static json_t *make_body(const struct registration *entry, const struct device_spec *spec,
			 const char *digest, modifier_set modifiers)
{
	const struct media_body body = {
		.bus = spec->bus,
		.vendor = spec->vendor,
		.product = spec->product,
		.serial = spec->serial,
		.tag = spec->tag,
		.name = entry->name,
		.custodian = entry->custodian,
		.unit = entry->unit,
		.digest = digest[0] ? digest : NULL,
		.verdict = entry->read_only ? VERDICT_READ_ONLY : VERDICT_ALLOW,
		.modifiers = modifiers,
		.functions = FUNCTION_BIT(FUNCTION_STORAGE),
	};

	return media_body_to_json(&body);
}

static int enter(const struct ctl *ctl, const struct registration *entry)
{
	_cleanup_json_ json_t *body = NULL;
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_api_ struct api *api = NULL;
	struct device_spec spec;
	struct api_path path;
	char digest[65] = "";
	modifier_set modifiers = 0;
	int status = check(entry, &spec, digest);

	if (status == OPTIONS_GO_ON)
		status = read_modifiers(&entry->modifiers, &modifiers);
	if (status != OPTIONS_GO_ON)
		return status;
	body = make_body(entry, &spec, digest, modifiers);
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

/* Enter one medium, which must be named in full. */
static int enter_one(const struct ctl *ctl, const struct registration *entry)
{
	const struct {
		const char *name, *value;
	} needed[] = {
		{ "serial", entry->serial },
		{ "tag", entry->tag },
		{ "vendor", entry->vendor },
		{ "product", entry->product },
	};
	/* not every other bus has ids */
	const size_t n = entry->bus && strcmp(entry->bus, "usb") != 0 ? 2 : 4;
	int status = OPTIONS_GO_ON;

	for (size_t i = 0; i < n && status == OPTIONS_GO_ON; i++)
		status = options_need(ctl, needed[i].name, needed[i].value);
	return status == OPTIONS_GO_ON ? enter(ctl, entry) : status;
}

int run_media_register(struct ctl *ctl, int argc, char **argv)
{
	struct registration entry = { 0 };
	const char *csv = NULL;
	const struct option_row rows[] = {
		{ "bus", OPTION_TEXT, &entry.bus, "BUS",
		  N_("usb, mmc, optical, nvme, ata, thunderbolt or bluetooth; usb if not given") },
		{ "vendor", OPTION_TEXT, &entry.vendor, "VVVV", N_("vendor id") },
		{ "product", OPTION_TEXT, &entry.product, "PPPP", N_("product id") },
		{ "serial", OPTION_TEXT, &entry.serial, "SERIAL", N_("serial number") },
		{ "tag", OPTION_TEXT, &entry.tag, "TAG", N_("asset tag") },
		{ "name", OPTION_TEXT, &entry.name, "NAME", N_("what people call it") },
		{ "read-only", OPTION_FLAG, &entry.read_only, NULL, N_("permit reading alone") },
		{ "modifier", OPTION_LIST, &entry.modifiers, "WORD",
		  N_("noexec, trail, notify or justify; may be given again") },
		{ "custodian", OPTION_TEXT, &entry.custodian, "NAME", N_("who keeps it") },
		{ "unit", OPTION_TEXT, &entry.unit, "UNIT", N_("the unit it belongs to") },
		{ "digest", OPTION_TEXT, &entry.digest, "HEX",
		  N_("its descriptors' SHA-256, which it must then have") },
		{ "csv", OPTION_TEXT, &csv, "FILE",
		  N_("all that a list with a header line has, instead of one") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status != OPTIONS_GO_ON)
		return status;
	if (!csv)
		return enter_one(ctl, &entry);
	if (entry.bus || entry.vendor || entry.product || entry.serial || entry.tag || entry.name ||
	    entry.read_only || entry.modifiers.n || entry.custodian || entry.unit || entry.digest) {
		complain(_("--csv: the list says all; no other option goes with it"));
		return STATUS_USAGE;
	}
	return media_csv_register(ctl, csv);
}

/* The verdict and, after a plus, the modifiers. */
static void add_rule(struct table *table, const json_t *item)
{
	const char *verdict = json_string_value(json_object_get(item, "verdict"));
	char text[TABLE_CELL_MAX];
	const json_t *word;
	size_t i, n;

	n = (size_t)snprintf(text, sizeof(text), "%s", verdict ? verdict : "");
	json_array_foreach (json_object_get(item, "modifiers"), i, word) {
		if (n < sizeof(text) && json_is_string(word))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      i == 0 ? " + " : ", ", json_string_value(word));
	}
	table_add(table, text);
}

static int print_media(const json_t *list)
{
	static const char *const head[] = {
		N_("TAG"),  N_("BUS"),	N_("VENDOR"), N_("PRODUCT"),   N_("SERIAL"),
		N_("NAME"), N_("RULE"), N_("UNIT"),   N_("CUSTODIAN"), N_("STATE"),
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
		table_add_member(table, item, "bus");
		table_add_member(table, item, "vendor");
		table_add_member(table, item, "product");
		table_add_member(table, item, "serial");
		table_add_member(table, item, "name");
		add_rule(table, item);
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

static int withdraw(const struct ctl *ctl, const char *tag, const json_t *body)
{
	_cleanup_api_ struct api *api = NULL;
	struct api_path path;

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
	struct reasoned medium;
	int status = reasoned_parse(ctl, argc, argv, &medium);

	if (status != OPTIONS_GO_ON)
		return status;
	status = withdraw(ctl, medium.operand, medium.body);
	json_decref(medium.body);
	return status;
}
