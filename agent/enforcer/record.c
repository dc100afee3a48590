#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "clock.h"
#include "policy/text.h"
#include "policy/verdict_json.h"

json_t *record_event(const char *boot, const char *kind, json_t *members)
{
	_cleanup_json_ json_t *owned = members;
	char time[CLOCK_TEXT_SIZE];
	json_t *event;

	clock_text(clock_now_us(), time);
	event = json_pack("{s:s, s:s, s:I, s:s}", "time", time, "boot", boot, "mono_us",
			  (json_int_t)clock_mono_us(), "kind", kind);
	if (owned == NULL || json_object_update(event, owned) < 0) {
		json_decref(event);
		return NULL;
	}
	return event;
}

int record_append(struct ledger *ledger, const json_t *event)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (event == NULL)
		return -ENOMEM;
	text = json_dumps(event, JSON_COMPACT);
	if (text == NULL)
		return -ENOMEM;
	size = strlen(text);
	text[size - 1] = '\0'; /* the braces belong to the line */
	return ledger_append(ledger, text + 1);
}

json_t *record_text(const char *text)
{
	char clean[RECORD_TEXT_SIZE];

	text_sanitise(text, strlen(text), clean, sizeof(clean));
	return json_string(clean);
}

static json_t *text_or_null(const char *text)
{
	return text[0] == '\0' ? json_null() : record_text(text);
}

/* Before it is judged, and where its past is not known, all there is to say is what it claims. */
static enum identity identity_of(const struct usbdev *dev)
{
	if (dev->identity != IDENTITY_UNKNOWN)
		return dev->identity;
	return dev->device.has_serial ? IDENTITY_SERIAL : IDENTITY_NONE;
}

json_t *record_device(const struct usbdev *dev)
{
	const struct device *device = &dev->device;
	char vendor[5], product[5], release[5], digest[2 * DEVICE_DIGEST_SIZE + 1];

	text_hex((const uint8_t[]){ device->vendor >> 8, device->vendor & 0xff }, 2, vendor);
	text_hex((const uint8_t[]){ device->product >> 8, device->product & 0xff }, 2, product);
	text_hex((const uint8_t[]){ device->release >> 8, device->release & 0xff }, 2, release);
	text_hex(device->digest, DEVICE_DIGEST_SIZE, digest);
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:i, s:s}", "bus",
			 bus_to_text(device->bus), "vendor", vendor, "product", product, "release",
			 release, "serial",
			 device->has_serial ? record_text(device->serial) : json_null(),
			 "manufacturer", record_text(device->manufacturer), "name",
			 record_text(device->name), "digest", digest, "port", device->port,
			 "connect", connect_type_to_text(device->connect), "speed_mbps",
			 (int)device->speed_mbps, "identity", identity_to_text(identity_of(dev)));
}

static json_t *record_interface(const struct device_interface *interface,
				const struct decision *whole, size_t i)
{
	const struct interface_decision *decision = &whole->interfaces[i];
	char class[7];

	text_hex((const uint8_t[]){ interface->class, interface->subclass, interface->protocol }, 3,
		 class);
	return json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:o}", "config", interface->config,
			 "number", interface->number, "class", class, "function",
			 function_to_text(decision->function), "verdict",
			 verdict_to_text(decision->verdict), "effect",
			 verdict_to_text(decision_effect(whole, i)), "step",
			 decide_step_to_text(decision->step), "rule", record_text(decision->rule));
}

static json_t *record_interfaces(const struct device *device, const struct decision *decision)
{
	json_t *interfaces = json_array();

	for (size_t i = 0; i < decision->n && i < device->n_interfaces; i++) {
		/* Out of memory in one makes the whole NULL. */
		if (json_array_append_new(interfaces, record_interface(&device->interfaces[i],
								       decision, i)) < 0) {
			json_decref(interfaces);
			return NULL;
		}
	}
	return interfaces;
}

bool record_violation(const struct device *device, const struct decision *decision)
{
	if (decision->n == 0)
		return decision->verdict != VERDICT_ALLOW;
	for (size_t i = 0; i < decision->n && i < device->n_interfaces; i++) {
		enum verdict verdict = decision->interfaces[i].verdict;

		if (device->interfaces[i].functions != FUNCTION_BIT(FUNCTION_HUB) &&
		    verdict != VERDICT_ALLOW && verdict != VERDICT_CHARGE_ONLY)
			return true;
	}
	return false;
}

static json_t *fact_words(fact_set facts)
{
	json_t *words = json_array();

	for (; facts != 0; facts &= facts - 1)
		json_array_append_new(words,
				      json_string(fact_to_text((enum fact)(facts & -facts))));
	return words;
}

/* Add to @members, which is taken; NULL out of memory. */
static json_t *with(json_t *members, const char *name, json_t *value)
{
	if (members != NULL && json_object_set_new(members, name, value) == 0)
		return members;
	if (members == NULL)
		json_decref(value);
	json_decref(members);
	return NULL;
}

/* What was found on the disks; null for what is not known. */
static json_t *record_medium(const struct medium *medium)
{
	return json_pack(
		"{s:s?, s:o, s:o}", "encryption",
		medium->encryption == ENCRYPTION_UNKNOWN ? NULL
							 : encryption_to_text(medium->encryption),
		"bytes", medium->bytes < 0 ? json_null() : json_integer((json_int_t)medium->bytes),
		"label", medium->has_label ? record_text(medium->label) : json_null());
}

/* Where the decision hangs on what is on the disks. */
static json_t *with_medium(json_t *members, const struct usbdev *dev)
{
	if (dev->examination.waits)
		members = with(members, "examining", json_true());
	if (dev->examination.asked && dev->medium.state == MEDIUM_PRESENT)
		members = with(members, "medium", record_medium(&dev->medium));
	return members;
}

/* Where it worked before there was an agent to judge it. */
static json_t *with_pre_agent(json_t *members, const struct usbdev *dev)
{
	if (!dev->pre_agent)
		return members;
	members = with(members, "pre_agent", json_true());
	if (dev->since_us >= 0)
		members = with(members, "since_us", json_integer((json_int_t)dev->since_us));
	return members;
}

/* What the decision asks beside its verdict, and what it depended on. */
static json_t *with_grounds(json_t *members, const struct decision *decision)
{
	if (decision->modifiers != 0)
		members = with(members, "modifiers", modifiers_to_json(decision->modifiers));
	if (decision->risk >= 0)
		members = with(members, "risk", json_integer(decision->risk));
	if (decision->unknown != 0)
		members = with(members, "unknown", fact_words(decision->unknown));
	return members;
}

json_t *record_change(json_t *members, const char *before, fact_set changed)
{
	members = with(members, "before", json_string(before));
	members = with(members, "cause",
		       json_string(changed == 0		      ? "policy"
				   : changed & CHANGED_GRANTS ? "grant"
							      : "circumstances"));
	changed &= (fact_set)_FACT_ALL;
	if (changed != 0)
		members = with(members, "facts", fact_words(changed));
	return members;
}

json_t *record_decision(const struct usbdev *dev, const struct decision *decision, uint64_t policy)
{
	json_t *members = json_pack(
		"{s:s, s:o, s:b, s:s, s:b, s:b, s:s, s:o, s:{s:o, s:o}, s:o, s:o, s:I, s:b}",
		"instance", dev->instance, "device", record_device(dev), "present", dev->present,
		"verdict", verdict_to_text(decision->verdict), "partial", decision->partial,
		"audit", decision->audit_only, "step", decide_step_to_text(decision->step), "rule",
		record_text(decision->rule), "reason", "en", json_string(decision->reason_en),
		"zh-TW", json_string(decision->reason_zh), "interfaces",
		record_interfaces(&dev->device, decision), "person", text_or_null(dev->person),
		"policy", (json_int_t)policy, "violation",
		!dev->examination.waits && record_violation(&dev->device, decision));

	return with_medium(with_pre_agent(with_grounds(members, decision), dev), dev);
}

json_t *record_removal(const struct usbdev *dev, uint64_t duration_s)
{
	return json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:o}", "instance", dev->instance, "device",
			 record_device(dev), "verdict", verdict_to_text(dev->decision.verdict),
			 "duration_s", (json_int_t)duration_s, "bytes_read",
			 (json_int_t)dev->bytes_read, "bytes_written",
			 (json_int_t)dev->bytes_written, "person", text_or_null(dev->person));
}
