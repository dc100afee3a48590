#include "device_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "policy/verdict.h"
#include "text.h"

const char *device_text_id(const json_t *device, char *ret, size_t size)
{
	char bus[16], vendor[16], product[16], serial[300];
	bool usb = strcmp(text_member(device, "bus", bus, sizeof(bus)), "usb") == 0;

	text_member(device, "vendor", vendor, sizeof(vendor));
	text_member(device, "product", product, sizeof(product));
	text_member(device, "serial", serial, sizeof(serial));
	snprintf(ret, size, "%s%s%s:%s%s%s", usb ? "" : bus, usb || *bus == '\0' ? "" : "/", vendor,
		 product, *serial ? " " : "", serial);
	return ret;
}

const char *device_text_name(const json_t *device, char *ret, size_t size)
{
	char manufacturer[300], name[300];

	text_member(device, "manufacturer", manufacturer, sizeof(manufacturer));
	text_member(device, "name", name, sizeof(name));
	snprintf(ret, size, "%s%s%s", manufacturer, *manufacturer && *name ? " " : "", name);
	return ret;
}

static const char *verdict_word(const char *verdict)
{
	switch (verdict_from_text(verdict)) {
	case VERDICT_ALLOW:
		return _("allowed");
	case VERDICT_READ_ONLY:
		return _("read-only");
	case VERDICT_ENCRYPTED_ONLY:
		return _("encrypted only");
	case VERDICT_CHARGE_ONLY:
		return _("charging only");
	case VERDICT_DENY:
		return _("refused");
	default:
		return verdict;
	}
}

const char *device_text_verdict(const json_t *decision, char *ret, size_t size)
{
	char verdict[32];
	const char *word = verdict_word(text_member(decision, "verdict", verdict, sizeof(verdict)));

	if (json_is_true(json_object_get(decision, "audit")) &&
	    json_is_true(json_object_get(decision, "violation")))
		snprintf(ret, size, _("%s (audit only: it works)"), word);
	else if (json_is_true(json_object_get(decision, "partial")))
		snprintf(ret, size, _("%s in part"), word);
	else
		snprintf(ret, size, "%s", word);
	if (json_is_true(json_object_get(decision, "pre_agent")) && strlen(ret) < size)
		strncat(ret, _(" (worked before the agent)"), size - strlen(ret) - 1);
	return ret;
}

const char *device_text_rule(const json_t *decision, char *ret, size_t size)
{
	char step[32], rule[128];

	text_member(decision, "step", step, sizeof(step));
	text_member(decision, "rule", rule, sizeof(rule));
	snprintf(ret, size, "%s%s%s", step, *rule ? ":" : "", rule);
	return ret;
}

int device_text_add_interface(struct table *table, const json_t *interface)
{
	char number[64], function[64], class[16], verdict[128], rule[192];
	const char *const cells[] = {
		number,
		text_member(interface, "function", function, sizeof(function)),
		text_member(interface, "class", class, sizeof(class)),
		device_text_verdict(interface, verdict, sizeof(verdict)),
		device_text_rule(interface, rule, sizeof(rule)),
	};

	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(interface, "config")),
		 json_integer_value(json_object_get(interface, "number")));
	return table_add(table, cells);
}
