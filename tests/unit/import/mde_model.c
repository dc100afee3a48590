#include "mde_lists.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/cmocka_test.h"
#include "policy/decide.h"

static const char *const mac_families[N_FAMILIES] = {
	[REMOVABLE] = "removable_media_devices",
	[PORTABLE] = "portable_devices",
	[APPLE] = "apple_devices",
	[BLUETOOTH] = "bluetooth_devices",
};
static const char *const mac_features[N_FAMILIES] = { [REMOVABLE] = "removableMedia",
						      [PORTABLE] = "portableDevice",
						      [APPLE] = "appleDevice",
						      [BLUETOOTH] = "bluetoothDevice" };
static const char *const windows_families[N_FAMILIES] = { [REMOVABLE] = "RemovableMediaDevices",
							  [OPTICAL] = "CdRomDevices",
							  [PORTABLE] = "WpdDevices",
							  [PRINTER] = "PrinterDevices" };

uint32_t model_random(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 33) % below);
}

static enum model_family random_family(uint64_t *state, bool windows)
{
	static const enum model_family here[] = { REMOVABLE, OPTICAL, PORTABLE, PRINTER };
	static const enum model_family there[] = { REMOVABLE, APPLE, PORTABLE, BLUETOOTH };

	return windows ? here[model_random(state, 4)] : there[model_random(state, 4)];
}

static struct model_clause random_clause(uint64_t *state, const struct model *model, bool hidden)
{
	for (;;) {
		struct model_clause clause = { .kind = model_random(state, N_CLAUSE_KINDS) };
		const bool windows_only =
			clause.kind == CLAUSE_PAIR || clause.kind == CLAUSE_SERIAL_BEGIN ||
			clause.kind == CLAUSE_ENCRYPTED || clause.kind == CLAUSE_PLAIN;

		if ((windows_only && !model->windows) || (clause.kind == CLAUSE_HIDDEN && !hidden))
			continue;
		if (clause.kind == CLAUSE_GROUP && model->n_groups == 0)
			continue;
		clause.value = clause.kind == CLAUSE_FAMILY ? random_family(state, model->windows)
			       : clause.kind == CLAUSE_GROUP
				       ? model_random(state, (uint32_t)model->n_groups)
				       : model_random(state, 6);
		return clause;
	}
}

static void random_entry(uint64_t *state, bool windows, bool hidden, struct model_entry *entry)
{
	static const uint8_t masks[] = { 7, 63, 9, 1, 6, 56, 64, 127, 54, 16, 2, 4, 32 };

	entry->allow = model_random(state, 2);
	entry->audit = model_random(state, 6) == 0;
	if (windows) {
		entry->conditional = hidden && model_random(state, 4) == 0;
		entry->words = masks[model_random(state, sizeof(masks))];
		return;
	}
	entry->type = model_random(state, N_MAC_TYPES);
	entry->words =
		(uint8_t)(1 + model_random(state, (1u << model_mac_types[entry->type].n) - 1));
}

static void random_rule(uint64_t *state, const struct model *model, bool hidden,
			struct model_rule *rule)
{
	rule->n_included = model_random(state, 3);
	rule->n_excluded = model_random(state, 3);
	rule->n_entries = 1 + model_random(state, MAX_ENTRIES);
	for (size_t i = 0; i < 2; i++) {
		rule->included[i] = model_random(state, (uint32_t)model->n_groups);
		rule->excluded[i] = model_random(state, (uint32_t)model->n_groups);
	}
	for (size_t i = 0; i < rule->n_entries; i++)
		random_entry(state, model->windows, hidden, &rule->entries[i]);
}

void model_make(uint64_t *state, bool windows, bool hidden, struct model *ret)
{
	const size_t n_groups = 1 + model_random(state, MAX_GROUPS);

	*ret = (struct model){ .windows = windows, .default_allow = model_random(state, 2) };
	ret->governed = windows ? ~0u : model_random(state, 1u << N_FAMILIES) | 1u << REMOVABLE;
	for (; ret->n_groups < n_groups; ret->n_groups++) {
		struct model_group *group = &ret->groups[ret->n_groups];

		group->any = model_random(state, 2);
		group->negated = model_random(state, 4) == 0;
		group->n = 1 + model_random(state, MAX_CLAUSES);
		for (size_t i = 0; i < group->n; i++)
			group->clauses[i] = random_clause(state, ret, hidden);
	}
	ret->n_rules = 1 + model_random(state, MAX_RULES - 1);
	for (size_t i = 0; i < ret->n_rules; i++)
		random_rule(state, ret, hidden, &ret->rules[i]);
	if (windows && model_random(state, 2) == 0) /* all is decided in the end */
		ret->rules[ret->n_rules++] = (struct model_rule){
			.n_entries = 1,
			.entries = { { .allow = model_random(state, 2), .words = 127 } }
		};
}

static void set_interface(struct model_subject *subject, uint8_t class, uint8_t subclass,
			  uint8_t protocol)
{
	struct device *device = &subject->device;

	device->n_interfaces = device->n_triples = 1;
	device->interfaces[0] =
		(struct device_interface){ .config = 1,
					   .class = class,
					   .subclass = subclass,
					   .protocol = protocol,
					   .functions = FUNCTION_BIT(subject->function) };
	device->triples[0] = (struct device_triple){ 1, 0, class, subclass, protocol };
}

void model_device(enum model_family family, uint16_t vendor, uint16_t product, const char *serial,
		  const char *name, struct model_subject *ret)
{
	static const struct {
		enum bus bus;
		enum function function;
		uint8_t class, subclass, protocol;
	} kinds[N_FAMILIES] = {
		[REMOVABLE] = { BUS_USB, FUNCTION_STORAGE, 8, 6, 0x50 },
		[OPTICAL] = { BUS_OPTICAL, FUNCTION_STORAGE, 0, 0, 0 },
		[PORTABLE] = { BUS_USB, FUNCTION_PHONE, 6, 1, 1 },
		[APPLE] = { BUS_USB, FUNCTION_PHONE, 0xff, 0xfe, 2 },
		[PRINTER] = { BUS_USB, FUNCTION_PRINTER, 7, 1, 2 },
		[BLUETOOTH] = { BUS_USB, FUNCTION_BLUETOOTH, 0xe0, 1, 1 },
	};

	*ret = (struct model_subject){ .family = family, .function = kinds[family].function };
	ret->device.bus = kinds[family].bus;
	ret->device.vendor = vendor;
	ret->device.product = product;
	ret->device.has_serial = serial != NULL;
	snprintf(ret->device.serial, sizeof(ret->device.serial), "%s",
		 serial == NULL ? "" : serial);
	snprintf(ret->device.name, sizeof(ret->device.name), "%s", name == NULL ? "" : name);
	set_interface(ret, kinds[family].class, kinds[family].subclass, kinds[family].protocol);
}

void model_drive(uint16_t vendor, uint16_t product, const char *serial, struct model_subject *ret)
{
	model_device(REMOVABLE, vendor, product, serial, NULL, ret);
	ret->ambiguous = true;
	set_interface(ret, 8, 2, 0x50);
}

void model_subject(uint64_t *state, bool windows, struct model_subject *ret)
{
	static const char *const more[] = { "ab12", "Ab99", "AB", "ZZ" };
	enum model_family family = random_family(state, windows);
	uint16_t vendor = model_vendors[model_random(state, N_VENDORS)];
	const uint16_t product = model_products[model_random(state, N_PRODUCTS)];
	const uint32_t i = model_random(state, N_SERIALS + COUNT(more) + 1);
	const char *serial = i < N_SERIALS		   ? model_serials[i]
			     : i < N_SERIALS + COUNT(more) ? more[i - N_SERIALS]
							   : NULL;

	if (!windows && family == APPLE)
		vendor = 0x05ac;
	if (!windows && family == PORTABLE && vendor == 0x05ac)
		vendor = 0x18d1;
	if (windows && family == REMOVABLE && model_random(state, 3) == 0)
		model_drive(vendor, product, serial, ret);
	else
		model_device(family, vendor, product, serial,
			     model_names[model_random(state, N_NAMES)], ret);
}

__attribute__((format(printf, 2, 3))) static void say(char *text, const char *format, ...)
{
	const size_t length = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	assert_true((size_t)vsnprintf(text + length, TEXT_ROOM - length, format, arguments) <
		    TEXT_ROOM - length);
	va_end(arguments);
}

static void say_guid(char *text, const char *before, size_t n, const char *after)
{
	say(text, "%s00000000-0000-4000-8000-%012zx%s", before, n, after);
}

static void write_mac_clause(const struct model_clause *clause, char *text)
{
	switch (clause->kind) {
	case CLAUSE_FAMILY:
		say(text, "{\"$type\":\"primaryId\",\"value\":\"%s\"}",
		    mac_families[clause->value]);
		break;
	case CLAUSE_VENDOR:
		say(text, "{\"$type\":\"vendorId\",\"value\":\"%04X\"}",
		    model_vendors[clause->value % N_VENDORS]);
		break;
	case CLAUSE_PRODUCT:
		say(text, "{\"$type\":\"productId\",\"value\":\"%04x\"}",
		    model_products[clause->value % N_PRODUCTS]);
		break;
	case CLAUSE_SERIAL:
		say(text, "{\"$type\":\"serialNumber\",\"value\":\"%s\"}",
		    model_serials[clause->value % N_SERIALS]);
		break;
	case CLAUSE_GROUP:
		say_guid(text, "{\"$type\":\"groupId\",\"value\":\"", clause->value, "\"}");
		break;
	default:
		say(text, "{\"$type\":\"encryption\",\"value\":\"apfs\"}");
		break;
	}
}

static void write_mac_group(const struct model_group *group, size_t n, char *text)
{
	say_guid(text, "{\"$type\":\"device\",\"id\":\"", n, "\",\"name\":\"g\",\"query\":");
	say(text, "%s{\"$type\":\"%s\",\"clauses\":[",
	    group->negated ? "{\"$type\":\"not\",\"query\":" : "", group->any ? "or" : "all");
	for (size_t i = 0; i < group->n; i++) {
		say(text, "%s", i == 0 ? "" : ",");
		write_mac_clause(&group->clauses[i], text);
	}
	say(text, "]}%s}", group->negated ? "}" : "");
}

static void write_mac_entry(const struct model_entry *entry, char *text)
{
	const char *comma = "";

	say(text, "{\"$type\":\"%s\",\"enforcement\":{\"$type\":\"%s\"%s},\"access\":[",
	    model_mac_types[entry->type].type,
	    entry->audit ? (entry->allow ? "auditAllow" : "auditDeny")
			 : (entry->allow ? "allow" : "deny"),
	    entry->audit ? ",\"options\":[\"send_event\"]" : "");
	for (size_t i = 0; i < model_mac_types[entry->type].n; i++) {
		if (!(entry->words & 1u << i))
			continue;
		say(text, "%s\"%s\"", comma, model_mac_types[entry->type].words[i].word);
		comma = ",";
	}
	say(text, "]}");
}

static void write_mac_rule(const struct model_rule *rule, size_t n, char *text)
{
	say_guid(text, "{\"id\":\"", n, "\",\"name\":\"rule\",\"includeGroups\":[");
	for (size_t i = 0; i < rule->n_included; i++)
		say_guid(text, i == 0 ? "\"" : ",\"", rule->included[i], "\"");
	say(text, "],\"excludeGroups\":[");
	for (size_t i = 0; i < rule->n_excluded; i++)
		say_guid(text, i == 0 ? "\"" : ",\"", rule->excluded[i], "\"");
	say(text, "],\"entries\":[");
	for (size_t i = 0; i < rule->n_entries; i++) {
		say(text, "%s", i == 0 ? "" : ",");
		write_mac_entry(&rule->entries[i], text);
	}
	say(text, "]}");
}

static void write_mac(const struct model *model, char *text)
{
	const char *comma = "";

	say(text, "{\"groups\":[");
	for (size_t i = 0; i < model->n_groups; i++) {
		say(text, "%s", i == 0 ? "" : ",");
		write_mac_group(&model->groups[i], i, text);
	}
	say(text, "],\"rules\":[");
	for (size_t i = 0; i < model->n_rules; i++) {
		say(text, "%s", i == 0 ? "" : ",");
		write_mac_rule(&model->rules[i], i, text);
	}
	say(text, "],\"settings\":{\"features\":{");
	for (int f = 0; f < N_FAMILIES; f++) {
		if (mac_features[f] == NULL || !(model->governed & 1u << f))
			continue;
		say(text, "%s\"%s\":{\"disable\":false}", comma, mac_features[f]);
		comma = ",";
	}
	say(text, "},\"global\":{\"defaultEnforcement\":\"%s\"}}}",
	    model->default_allow ? "allow" : "deny");
}

static void write_windows_clause(const struct model_clause *clause, char *text)
{
	const unsigned v = clause->value;

	switch (clause->kind) {
	case CLAUSE_FAMILY:
		say(text, "<PrimaryId>%s</PrimaryId>", windows_families[v]);
		break;
	case CLAUSE_VENDOR:
		say(text, "<VID>%04X</VID>", model_vendors[v % N_VENDORS]);
		break;
	case CLAUSE_PRODUCT:
		say(text, "<VID_PID>_%04X</VID_PID>", model_products[v % N_PRODUCTS]);
		break;
	case CLAUSE_PAIR:
		say(text, "<DeviceId>USB\\VID_%04X&amp;PID_%04x</DeviceId>",
		    model_vendors[v % N_VENDORS], model_products[v % N_PRODUCTS]);
		break;
	case CLAUSE_SERIAL:
		say(text, "<SerialNumberId>%s</SerialNumberId>", model_serials[v % N_SERIALS]);
		break;
	case CLAUSE_SERIAL_BEGIN:
		say(text, "<SerialNumberId>%s*</SerialNumberId>", model_begins[v % N_BEGINS]);
		break;
	case CLAUSE_ENCRYPTED:
	case CLAUSE_PLAIN:
		say(text, "<DeviceEncryptionStateId>%s</DeviceEncryptionStateId>",
		    clause->kind == CLAUSE_PLAIN ? "Plain" : "BitlockerEncrypted");
		break;
	case CLAUSE_GROUP:
		say_guid(text, "<GroupId>{", v, "}</GroupId>");
		break;
	default:
		say(text, "<BusId>SCSI</BusId>");
		break;
	}
}

static void write_windows_entry(const struct model_entry *entry, size_t n, char *text)
{
	say_guid(text, "<Entry Id=\"{", n, "}\">");
	say(text, "<Type>%s</Type><AccessMask>%u</AccessMask><Options>0</Options>%s</Entry>",
	    entry->audit ? (entry->allow ? "AuditAllowed" : "AuditDenied")
			 : (entry->allow ? "Allow" : "Deny"),
	    entry->words, entry->conditional ? "<Sid>S-1-5-21-1</Sid>" : "");
}

static void write_windows_rule(const struct model_rule *rule, size_t n, char *text)
{
	say_guid(text, "<PolicyRule Id=\"{", n, "}\"><Name>rule</Name><IncludedIdList>");
	for (size_t i = 0; i < rule->n_included; i++)
		say_guid(text, "<GroupId>{", rule->included[i], "}</GroupId>");
	say(text, "</IncludedIdList><ExcludedIdList>");
	for (size_t i = 0; i < rule->n_excluded; i++)
		say_guid(text, "<GroupId>{", rule->excluded[i], "}</GroupId>");
	say(text, "</ExcludedIdList>");
	for (size_t i = 0; i < rule->n_entries; i++)
		write_windows_entry(&rule->entries[i], i, text);
	say(text, "</PolicyRule>");
}

static void write_windows_group(const struct model_group *group, size_t n, char *text)
{
	say_guid(text, "<Group Id=\"{", n, "}\">");
	say(text, "<MatchType>Match%s%s</MatchType><DescriptorIdList>",
	    group->negated ? "Exclude" : "", group->any ? "Any" : "All");
	for (size_t i = 0; i < group->n; i++)
		write_windows_clause(&group->clauses[i], text);
	say(text, "</DescriptorIdList></Group>");
}

void model_write(const struct model *model, char ret[static TEXT_ROOM])
{
	*ret = '\0';
	if (!model->windows) {
		write_mac(model, ret);
		return;
	}
	/* Groups in one file, rules in the other: model_import() parts them. */
	say(ret, "<Groups>");
	for (size_t i = 0; i < model->n_groups; i++)
		write_windows_group(&model->groups[i], i, ret);
	say(ret, "</Groups>\f<PolicyRules>");
	for (size_t i = 0; i < model->n_rules; i++)
		write_windows_rule(&model->rules[i], i, ret);
	say(ret, "</PolicyRules>");
}
