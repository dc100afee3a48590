#include "policy_decision.h"

#include <stdio.h>
#include <string.h>

#include "device_text.h"
#include "policy/text.h"
#include "table.h"
#include "text.h"

enum { CLAIM_SIZE = 4 * DEVICE_TEXT_SIZE };

static json_t *claim(const char *text)
{
	char clean[CLAIM_SIZE];

	text_sanitise(text, strlen(text), clean, sizeof(clean));
	return json_string(clean);
}

static json_t *words(uint32_t set, const char *(*word)(uint32_t bit))
{
	json_t *list = json_array();

	for (; set != 0; set &= set - 1)
		(void)json_array_append_new(list, json_string(word(set & -set)));
	return list;
}

static const char *modifier_word(uint32_t bit)
{
	return modifier_to_text((enum modifier)bit);
}

static const char *fact_word(uint32_t bit)
{
	return fact_to_text((enum fact)bit);
}

static json_t *device_json(const struct device *device)
{
	char vendor[8], product[8], digest[2 * DEVICE_DIGEST_SIZE + 1];

	snprintf(vendor, sizeof(vendor), "%04x", device->vendor);
	snprintf(product, sizeof(product), "%04x", device->product);
	text_hex(device->digest, DEVICE_DIGEST_SIZE, digest);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:I}", "bus",
			 bus_to_text(device->bus), "vendor", vendor, "product", product, "serial",
			 device->has_serial ? claim(device->serial) : json_null(), "manufacturer",
			 claim(device->manufacturer), "name", claim(device->name), "digest", digest,
			 "port", device->port, "connect", connect_type_to_text(device->connect),
			 "speed_mbps", (json_int_t)device->speed_mbps);
}

static json_t *interface_json(const struct device_interface *interface,
			      const struct decision *whole, size_t i)
{
	const struct interface_decision *decision = &whole->interfaces[i];
	char class[7];

	text_hex((const uint8_t[]){ interface->class, interface->subclass, interface->protocol }, 3,
		 class);
	return json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "config",
			 interface->config, "number", interface->number, "class", class, "function",
			 function_to_text(decision->function), "verdict",
			 verdict_to_text(decision->verdict), "effect",
			 verdict_to_text(decision_effect(whole, i)), "step",
			 decide_step_to_text(decision->step), "rule", claim(decision->rule),
			 "modifiers", words(decision->modifiers, modifier_word));
}

json_t *policy_decision_json(const struct policy_case *policy_case, const struct decision *decision)
{
	const struct device *device = &policy_case->device.device;
	json_t *interfaces = json_array();

	for (size_t i = 0; i < decision->n; i++)
		(void)json_array_append_new(interfaces,
					    interface_json(&device->interfaces[i], decision, i));
	return json_pack("{s:o, s:s, s:b, s:b, s:s, s:o, s:{s:s, s:s}, s:o, s:o, s:o, s:i}",
			 "device", device_json(device), "verdict",
			 verdict_to_text(decision->verdict), "partial", decision->partial, "audit",
			 decision->audit_only, "step", decide_step_to_text(decision->step), "rule",
			 claim(decision->rule), "reason", "en", decision->reason_en, "zh-TW",
			 decision->reason_zh, "interfaces", interfaces, "modifiers",
			 words(decision->modifiers, modifier_word), "unknown",
			 words(decision->unknown, fact_word), "risk", decision->risk);
}

static int add_pair(struct table *table, const char *name, const char *value)
{
	const char *const cells[] = { name, value };

	return *value == '\0' ? 0 : table_add(table, cells);
}

/* The texts of a list, with commas between. */
static const char *join(const json_t *list, char *ret, size_t size)
{
	json_t *element;
	size_t i, length = 0;

	ret[0] = '\0';
	json_array_foreach (list, i, element) {
		if (length < size)
			length += (size_t)snprintf(ret + length, size - length, "%s%s",
						   i == 0 ? "" : ", ", json_string_value(element));
	}
	return ret;
}

static int add_device(struct table *table, const json_t *packet)
{
	const json_t *device = json_object_get(packet, "device");
	const json_int_t risk = json_integer_value(json_object_get(packet, "risk"));
	char text[DEVICE_CELL_SIZE], reason[2048];
	int r = add_pair(table, _("Device"), device_text_id(device, text, sizeof(text)));

	if (r >= 0)
		r = add_pair(table, _("Name"), device_text_name(device, text, sizeof(text)));
	if (r >= 0)
		r = add_pair(table, _("Verdict"), device_text_verdict(packet, text, sizeof(text)));
	if (r >= 0)
		r = add_pair(table, _("Rule"), device_text_rule(packet, text, sizeof(text)));
	if (r >= 0)
		r = add_pair(table, _("Asked beside"),
			     join(json_object_get(packet, "modifiers"), text, sizeof(text)));
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, risk);
	if (r >= 0)
		r = add_pair(table, _("Risk"), risk < 0 ? "" : text);
	if (r >= 0)
		r = add_pair(table, _("Not known"),
			     join(json_object_get(packet, "unknown"), text, sizeof(text)));
	if (r >= 0)
		r = add_pair(
			table, _("Reason"),
			text_reason(json_object_get(packet, "reason"), reason, sizeof(reason)));
	return r;
}

static int add_interfaces(struct table *table, const json_t *interfaces)
{
	const char *const header[] = { _("INTERFACE"), _("FUNCTION"), _("CLASS"), _("VERDICT"),
				       _("RULE") };
	json_t *interface;
	size_t i;
	int r = table_add(table, header);

	json_array_foreach (interfaces, i, interface)
		if (r >= 0)
			r = device_text_add_interface(table, interface);
	return r;
}

/* Print the table that @add makes of @value. */
static int print(const json_t *value, size_t n_columns,
		 int (*add)(struct table *table, const json_t *value))
{
	struct table table;
	int r;

	table_init(&table, n_columns);
	r = add(&table, value);
	if (r >= 0)
		table_print(&table, stdout);
	else
		fputs(_("devgate: out of memory\n"), stderr);
	table_finish(&table);
	return r;
}

int policy_decision_print(const json_t *packet)
{
	const json_t *interfaces = json_object_get(packet, "interfaces");
	int r = print(packet, 2, add_device);

	if (r < 0 || json_array_size(interfaces) == 0)
		return r;
	putchar('\n');
	return print(interfaces, 5, add_interfaces);
}

const char *policy_outcome_text(const struct outcome *outcome, char *ret, size_t size)
{
	size_t length = (size_t)snprintf(
		ret, size, "%s", outcome->by_risk ? "by-risk" : verdict_to_text(outcome->verdict));

	for (unsigned left = outcome->modifiers; left != 0 && length < size; left &= left - 1)
		length += (size_t)snprintf(ret + length, size - length, ", %s",
					   modifier_to_text((enum modifier)(left & -left)));
	return ret;
}

const char *policy_facts_text(fact_set facts, char *ret, size_t size)
{
	size_t length = 0;

	ret[0] = '\0';
	for (; facts != 0 && length < size; facts &= facts - 1)
		length += (size_t)snprintf(ret + length, size - length, "%s%s",
					   length == 0 ? "" : ", ",
					   fact_to_text((enum fact)(facts & -facts)));
	return ret;
}
