#include "mde_lists.h"

#include <stdlib.h>
#include <string.h>

#include "../policy/cmocka_test.h"
#include "policy/decide.h"

const uint16_t model_vendors[N_VENDORS] = { 0x0951, 0x05ac, 0x0781 };
const uint16_t model_products[N_PRODUCTS] = { 0x1666, 0x1000 };
const char *const model_serials[N_SERIALS] = { "AB12", "AB99", "0042" };
const char *const model_begins[N_BEGINS] = { "AB", "00" };
const char *const model_names[N_NAMES] = { "DataTraveler", "Ultra" };

const struct model_mac_type model_mac_types[N_MAC_TYPES] = {
	{ "removableMedia",
	  3,
	  { { "read", { [REMOVABLE] = 9 } },
	    { "write", { [REMOVABLE] = 18 } },
	    { "execute", { [REMOVABLE] = 36 } } } },
	{ "appleDevice",
	  5,
	  { { "backup_device", { [APPLE] = 1 } },
	    { "update_device", { [APPLE] = 2 } },
	    { "download_photos_from_device", { [APPLE] = 4 } },
	    { "download_files_from_device", { [APPLE] = 8 } },
	    { "sync_content_to_device", { [APPLE] = 16 } } } },
	{ "portableDevice",
	  4,
	  { { "download_files_from_device", { [PORTABLE] = 1 } },
	    { "send_files_to_device", { [PORTABLE] = 2 } },
	    { "download_photos_from_device", { [PORTABLE] = 4 } },
	    { "debug", { [PORTABLE] = 8 } } } },
	{ "bluetoothDevice",
	  2,
	  { { "download_files_from_device", { [BLUETOOTH] = 1 } },
	    { "send_files_to_device", { [BLUETOOTH] = 2 } } } },
	{ "generic",
	  3,
	  { { "generic_read", { [REMOVABLE] = 9, [APPLE] = 13, [PORTABLE] = 5, [BLUETOOTH] = 1 } },
	    { "generic_write",
	      { [REMOVABLE] = 18, [APPLE] = 18, [PORTABLE] = 2, [BLUETOOTH] = 2 } },
	    { "generic_execute", { [REMOVABLE] = 36, [PORTABLE] = 8 } } } },
};

static bool serial_is(const struct model_subject *subject, const struct model_truth *truth,
		      const char *text, size_t length)
{
	const char *serial = subject->device.serial;

	if (!subject->device.has_serial)
		return false;
	return truth->letters_matter ? strncmp(serial, text, length) == 0
				     : strncasecmp(serial, text, length) == 0;
}

static bool is_member(const struct model *model, size_t group, const struct model_subject *subject,
		      const struct model_truth *truth);

static enum model_family family_of(const struct model_subject *subject,
				   const struct model_truth *truth)
{
	return subject->ambiguous ? truth->family : subject->family;
}

static bool clause_holds(const struct model *model, const struct model_clause *clause,
			 const struct model_subject *subject, const struct model_truth *truth)
{
	const struct device *device = &subject->device;
	const enum model_family family = family_of(subject, truth);
	const bool media = family == REMOVABLE || family == OPTICAL;
	const unsigned v = clause->value;

	/* Of Bluetooth devices, the adapter's ids are not those that are meant. */
	if (family == BLUETOOTH && clause->kind != CLAUSE_FAMILY && clause->kind != CLAUSE_GROUP &&
	    clause->kind != CLAUSE_HIDDEN)
		return truth->hidden;
	switch (clause->kind) {
	case CLAUSE_FAMILY:
		return family == v;
	case CLAUSE_VENDOR:
		return device->vendor == model_vendors[v % N_VENDORS];
	case CLAUSE_PRODUCT:
		return device->product == model_products[v % N_PRODUCTS];
	case CLAUSE_PAIR:
		return device->vendor == model_vendors[v % N_VENDORS] &&
		       device->product == model_products[v % N_PRODUCTS];
	case CLAUSE_SERIAL:
		return serial_is(subject, truth, model_serials[v % N_SERIALS], DEVICE_TEXT_SIZE);
	case CLAUSE_SERIAL_BEGIN:
		return serial_is(subject, truth, model_begins[v % N_BEGINS],
				 strlen(model_begins[v % N_BEGINS]));
	case CLAUSE_ENCRYPTED:
		return media && truth->encryption == ENCRYPTION_BITLOCKER;
	case CLAUSE_PLAIN:
		return media && truth->encryption != ENCRYPTION_BITLOCKER;
	case CLAUSE_GROUP:
		return is_member(model, v, subject, truth);
	default:
		/* macOS asks it of removable media alone. */
		return truth->hidden && (model->windows || family == REMOVABLE);
	}
}

static bool is_member(const struct model *model, size_t i, const struct model_subject *subject,
		      const struct model_truth *truth)
{
	const struct model_group *group = &model->groups[i];
	bool all = true, any = false;

	for (size_t c = 0; c < group->n; c++) {
		const bool holds = clause_holds(model, &group->clauses[c], subject, truth);

		all &= holds;
		any |= holds;
	}
	return (group->any ? any : all) != group->negated;
}

static bool applies(const struct model *model, const struct model_rule *rule,
		    const struct model_subject *subject, const struct model_truth *truth)
{
	for (size_t i = 0; i < rule->n_included; i++)
		if (!is_member(model, rule->included[i], subject, truth))
			return false;
	for (size_t i = 0; i < rule->n_excluded; i++)
		if (is_member(model, rule->excluded[i], subject, truth))
			return false;
	return true;
}

static uint8_t access_of(const struct model *model, const struct model_entry *entry,
			 enum model_family family)
{
	uint8_t access = 0;

	if (model->windows)
		return family == PRINTER ? entry->words / 64 : entry->words % 64;
	for (size_t w = 0; w < model_mac_types[entry->type].n; w++)
		if (entry->words & 1u << w)
			access |= model_mac_types[entry->type].words[w].access[family];
	return access;
}

uint8_t model_access(bool windows, enum model_family family)
{
	static const uint8_t here[N_FAMILIES] = { 63, 63, 63, 0, 1, 0 };
	static const uint8_t there[N_FAMILIES] = { 63, 0, 15, 31, 0, 3 };

	return windows ? here[family] : there[family];
}

enum answer { NOBODY, ALLOWED, DENIED };

/* The first entry that names @bit; *@ret_named: some does, if only for others. */
static enum answer ask(const struct model *model, const struct model_subject *subject,
		       const struct model_truth *truth, uint8_t bit, bool *ret_named)
{
	*ret_named = false;
	for (size_t r = 0; r < model->n_rules; r++) {
		const struct model_rule *rule = &model->rules[r];

		if (!applies(model, rule, subject, truth))
			continue;
		for (size_t e = 0; e < rule->n_entries; e++) {
			const struct model_entry *entry = &rule->entries[e];

			if (entry->audit ||
			    !(access_of(model, entry, family_of(subject, truth)) & bit))
				continue;
			*ret_named = true;
			if (!entry->conditional || truth->conditions)
				return entry->allow ? ALLOWED : DENIED;
		}
	}
	return NOBODY;
}

uint8_t model_permits(const struct model *model, const struct model_subject *subject,
		      const struct model_truth *truth)
{
	const enum model_family family = family_of(subject, truth);
	const uint8_t access = model_access(model->windows, family);
	const bool by_default = model->windows ? truth->default_allow : model->default_allow;
	uint8_t permitted = 0;
	bool named;

	if (!(model->governed & 1u << family))
		return access;
	for (unsigned bit = 1; bit <= access; bit <<= 1) {
		enum answer answer = ask(model, subject, truth, (uint8_t)bit, &named);

		if (answer == NOBODY && !named && model->windows && bit >= 8)
			answer = ask(model, subject, truth, (uint8_t)(bit >> 3), &named);
		if (answer == ALLOWED || (answer == NOBODY && by_default))
			permitted |= (uint8_t)bit;
	}
	/* What cannot be mounted cannot be used. */
	return model->windows && access == 63 && !(permitted & 1) ? 0 : permitted;
}

uint8_t model_of_verdict(bool windows, enum model_family family, enum verdict verdict,
			 modifier_set modifiers)
{
	const uint8_t access = model_access(windows, family);
	const bool media = family == REMOVABLE || family == OPTICAL;
	uint8_t permitted = 0;

	if (verdict == VERDICT_ALLOW)
		permitted = access;
	else if (verdict == VERDICT_READ_ONLY && media)
		permitted = 1 | 8 | 4 | 32;
	else
		assert_int_equal(verdict, VERDICT_DENY);
	if (modifiers & MODIFIER_NOEXEC) {
		assert_true(media);
		permitted &= (uint8_t) ~(4 | 32);
	}
	return permitted;
}

struct rules *model_rules(const struct import *import)
{
	char *text = json_dumps(import->rules, JSON_COMPACT);
	struct rules *rules = NULL;
	struct rules_error error = { 0 };

	assert_non_null(text);
	if (rules_parse(text, strlen(text), &rules, &error) < 0)
		fail_msg("%s: %s", error.path, error.message);
	free(text);
	return rules;
}

struct outcome model_decide(const struct rules *rules, const struct model_subject *subject,
			    enum encryption encryption)
{
	struct circumstances now = circumstances_unknown;
	const struct policy_view policy = { .rules = rules };
	struct decision decision;

	now.encryption = encryption;
	decide(&policy, &subject->device, &now, false, &decision);
	return (struct outcome){ .verdict = decision.interfaces[0].verdict,
				 .modifiers = decision.interfaces[0].modifiers };
}

struct import model_import(bool windows, const char *text)
{
	const struct import_options options = { .name = "imported" };
	const char *second = strchr(text, '\f');
	const struct import_file files[] = {
		{ "one", text, second == NULL ? strlen(text) : (size_t)(second - text) },
		{ "two", second == NULL ? "" : second + 1,
		  second == NULL ? 0 : strlen(second + 1) },
	};
	struct import import;
	struct rules_error error;
	const size_t n = second == NULL ? 1 : 2;
	const int r = windows ? import_mde_xml(files, n, &options, &import, &error)
			      : import_mde_json(files, n, &options, &import, &error);

	if (r < 0)
		fail_msg("%d: %s:%d:%d: %s\n%s", r, error.path, error.line, error.column,
			 error.message, text);
	return import;
}

bool model_has_note(const struct import *import, enum import_effect effect, const char *part)
{
	for (size_t i = 0; i < import->n_notes; i++)
		if (import->notes[i].effect == effect &&
		    strstr(import->notes[i].text, part) != NULL)
			return true;
	return false;
}
