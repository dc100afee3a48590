#include "layout.h"

#include <string.h>

static const struct rules_layout plain = { 0 };

/* A glob, a range. */
static const struct rules_layout value = {
	.names = { "glob", "from", "to", "min", "max" },
	.members = { { "", &value } },
};

static const struct rules_layout times = {
	.names = { "days", "from", "to" },
	.members = { { "", &times } },
};

static const struct rules_layout interfaces = {
	.names = { "all-of", "one-of", "none-of", "only", "exactly" },
};

static const struct rules_layout match = {
	.names = { "function",	   "bus",	 "connect",	  "port",
		   "vendor",	   "product",	 "serial",	  "name",
		   "manufacturer", "digest",	 "usbguard-hash", "usbguard-parent-hash",
		   "interfaces",   "speed",	 "identity",	  "user",
		   "group",	   "host",	 "unit",	  "classification",
		   "time",	   "session",	 "site",	  "first-seen-days",
		   "count",	   "encryption", "size",	  "label",
		   "violations",   "hosts-seen", "history" },
	.members = { { "interfaces", &interfaces }, { "time", &times }, { "", &value } },
};

static const struct rules_layout outcome = { .names = { "verdict", "modifiers" } };

static const struct rules_layout reason = { .broken = true, .names = { "en", "zh-TW" } };

static const struct rules_layout rule = {
	.broken = true,
	.names = { "id", "match", "verdict", "modifiers", "even-if-last", "reason" },
	.members = { { "match", &match }, { "reason", &reason } },
};

static const struct rules_layout rules = { .broken = true, .members = { { "", &rule } } };

#define FUNCTIONS                                                                                  \
	"storage", "phone", "keyboard", "pointer", "hid", "network", "bluetooth", "serial",        \
		"printer", "audio", "video", "smartcard", "hub", "firmware", "vendor", "other",    \
		"*"

static const struct rules_layout defaults = {
	.broken = true,
	.names = { FUNCTIONS },
	.members = { { "", &outcome } },
};

static const struct rules_layout keyboard_guard = {
	.names = { "seconds", "keys-per-second", "code-digits", "code-seconds" },
};

static const struct rules_layout units = { .broken = true };
static const struct rules_layout assume = { .names = { "violations", "hosts-seen" } };
static const struct rules_layout grants = {
	.names = { "functions", "strongest", "longest-minutes" },
};

static const struct rules_layout points = { .names = { "likelihood", "impact" } };

/* Points by word, and a band of them. */
static const struct rules_layout factor = {
	.names = { "is", "from", "likelihood", "impact" },
	.members = { { "", &factor } },
};
static const struct rules_layout factor_function = {
	.names = { FUNCTIONS },
	.members = { { "", &points } },
};

static const struct rules_layout factors = {
	.broken = true,
	.names = { "function", "identity", "encryption", "first-seen", "unregistered",
		   "restricted-vendor", "classification", "violations", "hosts-seen", "history" },
	.members = { { "function", &factor_function }, { "", &factor } },
};

static const struct rules_layout threshold = { .names = { "from", "verdict", "modifiers" } };
static const struct rules_layout thresholds = { .broken = true, .members = { { "", &threshold } } };

static const struct rules_layout vendor = { .names = { "vendor", "brand", "origin", "ground" } };
static const struct rules_layout restricted = { .broken = true, .members = { { "", &vendor } } };

const struct rules_layout rules_layout_document = {
	.broken = true,
	.names = { "schema", "name", "mode", "site", "keyboard-guard", "units", "assume", "grants",
		   "rules", "defaults", "scale", "base", "factors", "thresholds", "restricted" },
	.members = { { "keyboard-guard", &keyboard_guard },
		     { "rules", &rules },
		     { "defaults", &defaults },
		     { "units", &units },
		     { "assume", &assume },
		     { "grants", &grants },
		     { "base", &points },
		     { "factors", &factors },
		     { "thresholds", &thresholds },
		     { "restricted", &restricted } },
};

const struct rules_layout *rules_layout_member(const struct rules_layout *layout, const char *name)
{
	size_t i = 0;

	while (layout->members[i].layout != NULL && layout->members[i].name[0] != '\0' &&
	       strcmp(layout->members[i].name, name) != 0)
		i++;
	return layout->members[i].layout != NULL ? layout->members[i].layout : &plain;
}
