/* The conditions of a rule, one small function each. */
#include "reference.h"

#include <string.h>

#include "policy/text.h"

/* One value of a condition against the device. */
typedef bool (*holds)(json_t *value, const struct reference_question *question);

static bool any(json_t *value, holds one, const struct reference_question *question)
{
	json_t *element;
	size_t i;

	if (!json_is_array(value))
		return one(value, question);
	json_array_foreach (value, i, element)
		if (one(element, question))
			return true;
	return false;
}

/* Bytes of the UTF-8 character at @text, 1 where there is none. */
static size_t character(const char *text)
{
	const uint8_t *b = (const uint8_t *)text;
	const size_t n = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : b[0] >= 0xc2 ? 2 : 1;
	uint32_t code = b[0] & (0xffU >> (n + 1));

	if (n == 1 || b[0] > 0xf4)
		return 1;
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (b[i] & 0x3f);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff)) ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 1;
	return n;
}

/* A run of '*' ends between characters, too: "?" is no half of one. */
bool reference_glob(const char *glob, const char *text)
{
	if (*glob == '*')
		return reference_glob(glob + 1, text) ||
		       (*text != '\0' && reference_glob(glob, text + character(text)));
	if (*glob == '\0' || *text == '\0')
		return *glob == *text;
	if (*glob == '?')
		return reference_glob(glob + 1, text + character(text));
	if (*glob == '\\')
		glob++;
	return *glob == *text && reference_glob(glob + 1, text + 1);
}

static const char *member(json_t *value, const char *name)
{
	return json_string_value(json_object_get(value, name));
}

/* Exact, { "glob" }, or { "from", "to" } of one length. */
static bool text_holds(json_t *value, const char *text)
{
	const char *from = member(value, "from"), *to = member(value, "to");

	if (json_is_string(value))
		return strcmp(json_string_value(value), text) == 0;
	if (from == NULL)
		return reference_glob(member(value, "glob"), text);
	return strlen(text) == strlen(from) && strcmp(from, text) <= 0 && strcmp(text, to) <= 0;
}

static unsigned id_of(const char *hex)
{
	uint8_t bytes[2] = { 0 };

	return text_unhex(hex, bytes, 2) < 0 ? 0x10000 : (unsigned)(bytes[0] << 8 | bytes[1]);
}

static bool id_holds(json_t *value, unsigned id)
{
	if (json_is_string(value))
		return id_of(json_string_value(value)) == id;
	return id_of(member(value, "from")) <= id && id <= id_of(member(value, "to"));
}

/* { "min", "max" }, each optional. */
static bool number_holds(json_t *value, int64_t number)
{
	json_t *min = json_object_get(value, "min"), *max = json_object_get(value, "max");

	return (min == NULL || json_integer_value(min) <= number) &&
	       (max == NULL || json_integer_value(max) >= number);
}

static bool bytes_hold(json_t *value, const uint8_t *bytes, size_t n)
{
	uint8_t wanted[64];

	return text_unhex(json_string_value(value), wanted, n) == 0 &&
	       memcmp(wanted, bytes, n) == 0;
}

#define HOLDS_IF(name, condition)                                                                  \
	static bool name(json_t *value, const struct reference_question *question)                 \
	{                                                                                          \
		const struct device *device = question->device;                                    \
		const struct circumstances *now = question->circumstances;                         \
		(void)device, (void)now;                                                           \
		return condition;                                                                  \
	}

#define WORD json_string_value(value)

HOLDS_IF(function, function_from_text(WORD) == (int)question->function)
HOLDS_IF(bus, bus_from_text(WORD) == (int)device->bus)
HOLDS_IF(connect, connect_type_from_text(WORD) == (int)device->connect)
HOLDS_IF(port, text_holds(value, device->port))
HOLDS_IF(vendor, id_holds(value, device->vendor))
HOLDS_IF(product, id_holds(value, device->product))
HOLDS_IF(serial, device->has_serial &&text_holds(value, device->serial))
HOLDS_IF(name, text_holds(value, device->name))
HOLDS_IF(manufacturer, text_holds(value, device->manufacturer))
HOLDS_IF(digest, bytes_hold(value, device->digest, sizeof(device->digest)))
HOLDS_IF(identity, identity_from_text(WORD) == (int)now->identity)
/* Nobody is no user. */
HOLDS_IF(user, now->user[0] != '\0' && text_holds(value, now->user))
HOLDS_IF(host, text_holds(value, now->host))
HOLDS_IF(unit, text_holds(value, now->unit))
HOLDS_IF(classification, text_holds(value, now->classification))
HOLDS_IF(session, session_from_text(WORD) == (int)now->session)
HOLDS_IF(site, site_from_text(WORD) == (int)now->site)
HOLDS_IF(first_seen, number_holds(value, now->known_days))
HOLDS_IF(count, number_holds(value, now->count[question->function]))
HOLDS_IF(encryption, encryption_from_text(WORD) == (int)now->encryption)
HOLDS_IF(label, text_holds(value, now->label))
HOLDS_IF(violations, number_holds(value, now->violations))
HOLDS_IF(hosts_seen, number_holds(value, now->hosts_seen))
HOLDS_IF(history, number_holds(value, now->denials))

/* USBGuard's base64 (RFC 4648 with padding) of 32 bytes. */
static bool hash_holds(json_t *value, const uint8_t hash[static 32])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[45];

	for (size_t i = 0; i < 43; i++) {
		unsigned six = 0;

		for (size_t bit = 6 * i; bit < 6 * i + 6; bit++)
			six = six << 1 | (bit < 256 && (hash[bit / 8] >> (7 - bit % 8) & 1));
		text[i] = digits[six];
	}
	strcpy(text + 43, "=");
	return strcmp(json_string_value(value), text) == 0;
}

HOLDS_IF(usbguard_hash, device->has_usbguard_hash &&hash_holds(value, device->usbguard_hash))
HOLDS_IF(usbguard_parent_hash,
	 device->has_usbguard_parent_hash &&hash_holds(value, device->usbguard_parent_hash))

static bool speed(json_t *value, const struct reference_question *question)
{
	static const struct {
		const char *word;
		uint32_t min, max;
	} words[] = {
		{ "low", 1, 1 },
		{ "full", 12, 12 },
		{ "high", 480, 480 },
		{ "super", 5000, 5000 },
		{ "super-plus", 10000, UINT32_MAX },
	};
	const uint32_t mbps = question->device->speed_mbps;

	if (mbps == 0)
		return false;
	if (json_is_object(value))
		return number_holds(value, mbps);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, WORD) == 0)
			return words[i].min <= mbps && mbps <= words[i].max;
	return false;
}

static bool group(json_t *value, const struct reference_question *question)
{
	for (size_t i = 0; i < question->circumstances->n_groups; i++)
		if (text_holds(value, question->circumstances->groups[i]))
			return true;
	return false;
}

static int minutes(const char *clock)
{
	return ((clock[0] - '0') * 10 + clock[1] - '0') * 60 + (clock[3] - '0') * 10 + clock[4] -
	       '0';
}

static bool time_of_week(json_t *value, const struct reference_question *question)
{
	static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	const int from = minutes(member(value, "from")), to = minutes(member(value, "to"));
	const int length = to > from ? to - from : to - from + MINUTES_OF_DAY;
	json_t *days = json_object_get(value, "days"), *day;
	size_t i;

	for (int d = 0; d < 7; d++) {
		const int since = (question->circumstances->minute - d * MINUTES_OF_DAY - from +
				   2 * MINUTES_OF_WEEK) %
				  MINUTES_OF_WEEK;
		bool named = days == NULL;

		json_array_foreach (days, i, day)
			named = named || strcmp(json_string_value(day), names[d]) == 0;
		if (named && since < length)
			return true;
	}
	return false;
}

static int64_t bytes_of(json_t *value)
{
	static const struct {
		const char *unit;
		int64_t bytes;
	} units[] = {
		{ "kB", 1000 },		 { "MB", 1000000 },	      { "GB", 1000000000 },
		{ "TB", 1000000000000 }, { "KiB", 1 << 10 },	      { "MiB", 1 << 20 },
		{ "GiB", 1 << 30 },	 { "TiB", (int64_t)1 << 40 },
	};
	char *unit;

	if (json_is_integer(value))
		return json_integer_value(value);
	const int64_t number = strtoll(WORD, &unit, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].unit) == 0)
			return number * units[i].bytes;
	return -1;
}

static bool size(json_t *value, const struct reference_question *question)
{
	const int64_t bytes = question->circumstances->media_bytes;
	json_t *min = json_object_get(value, "min"), *max = json_object_get(value, "max");

	return (min == NULL || bytes_of(min) <= bytes) && (max == NULL || bytes_of(max) >= bytes);
}

/* "cc:ss:pp", where '*' stands for any. */
static bool triple_holds(const char *pattern, const struct device_triple *triple)
{
	const uint8_t codes[] = { triple->class, triple->subclass, triple->protocol };

	for (int i = 0; i < 3; i++) {
		char hex[3] = { pattern[0], pattern[1], '\0' };
		uint8_t code;

		if (pattern[0] == '*') {
			pattern += 2;
			continue;
		}
		if (text_unhex(hex, &code, 1) < 0 || code != codes[i])
			return false;
		pattern += 3;
	}
	return true;
}

/* How many of the device's interfaces match some pattern of @list. */
static size_t matched(json_t *list, const struct device *device)
{
	size_t n = 0, i;
	json_t *pattern;

	for (size_t t = 0; t < device->n_triples; t++)
		json_array_foreach (list, i, pattern)
			if (triple_holds(json_string_value(pattern), &device->triples[t])) {
				n++;
				break;
			}
	return n;
}

/* Whether each pattern of @list is matched by some interface. */
static bool each_matched(json_t *list, const struct device *device)
{
	json_t *pattern;
	size_t i;

	json_array_foreach (list, i, pattern) {
		bool found = false;

		for (size_t t = 0; t < device->n_triples; t++)
			found = found ||
				triple_holds(json_string_value(pattern), &device->triples[t]);
		if (!found)
			return false;
	}
	return true;
}

static bool interfaces(json_t *value, const struct reference_question *question)
{
	const struct device *device = question->device;
	const char *set;
	json_t *list;

	json_object_foreach (value, set, list) {
		const size_t n = matched(list, device);
		const bool only = n == device->n_triples, all = each_matched(list, device);

		if ((strcmp(set, "all-of") == 0 && !all) ||
		    (strcmp(set, "one-of") == 0 && n == 0) ||
		    (strcmp(set, "none-of") == 0 && n > 0) || (strcmp(set, "only") == 0 && !only) ||
		    (strcmp(set, "exactly") == 0 && !(only && all)))
			return false;
	}
	return true;
}

/* Which facts of those that conditions ask for are not known. */
static fact_set not_known(const struct reference_question *question)
{
	const struct circumstances *now = question->circumstances;

	return (now->user == NULL ? FACT_USER : 0U) | (now->groups == NULL ? FACT_GROUP : 0U) |
	       (now->host == NULL ? FACT_HOST : 0U) | (now->unit == NULL ? FACT_UNIT : 0U) |
	       (now->minute < 0 ? FACT_TIME : 0U) |
	       (now->session == SESSION_UNKNOWN ? FACT_SESSION : 0U) |
	       (now->site == SITE_UNKNOWN ? FACT_SITE : 0U) |
	       (now->known_days < 0 ? FACT_FIRST_SEEN : 0U) |
	       (now->count[question->function] < 0 ? FACT_COUNT : 0U) |
	       (now->identity == IDENTITY_UNKNOWN ? FACT_IDENTITY : 0U) |
	       (now->encryption == ENCRYPTION_UNKNOWN ? FACT_ENCRYPTION : 0U) |
	       (now->media_bytes < 0 ? FACT_SIZE : 0U) | (now->label == NULL ? FACT_LABEL : 0U) |
	       (now->classification == NULL ? FACT_CLASSIFICATION : 0U) |
	       (now->violations < 0 ? FACT_VIOLATIONS : 0U) |
	       (now->hosts_seen < 0 ? FACT_HOSTS_SEEN : 0U) |
	       (now->denials < 0 ? FACT_HISTORY : 0U);
}

static const struct {
	const char *name;
	holds one;
	fact_set fact; /* that it asks for; 0: the device itself */
} conditions[] = {
	{ "function", function, 0 },
	{ "bus", bus, 0 },
	{ "connect", connect, 0 },
	{ "port", port, 0 },
	{ "vendor", vendor, 0 },
	{ "product", product, 0 },
	{ "serial", serial, 0 },
	{ "name", name, 0 },
	{ "manufacturer", manufacturer, 0 },
	{ "digest", digest, 0 },
	{ "usbguard-hash", usbguard_hash, 0 },
	{ "usbguard-parent-hash", usbguard_parent_hash, 0 },
	{ "interfaces", interfaces, 0 },
	{ "speed", speed, 0 },
	{ "identity", identity, FACT_IDENTITY },
	{ "user", user, FACT_USER },
	{ "group", group, FACT_GROUP },
	{ "host", host, FACT_HOST },
	{ "unit", unit, FACT_UNIT },
	{ "classification", classification, FACT_CLASSIFICATION },
	{ "time", time_of_week, FACT_TIME },
	{ "session", session, FACT_SESSION },
	{ "site", site, FACT_SITE },
	{ "first-seen-days", first_seen, FACT_FIRST_SEEN },
	{ "count", count, FACT_COUNT },
	{ "encryption", encryption, FACT_ENCRYPTION },
	{ "size", size, FACT_SIZE },
	{ "label", label, FACT_LABEL },
	{ "violations", violations, FACT_VIOLATIONS },
	{ "hosts-seen", hosts_seen, FACT_HOSTS_SEEN },
	{ "history", history, FACT_HISTORY },
};

enum {
	N_CONDITIONS = sizeof(conditions) / sizeof(conditions[0]),
	MEDIA_FACTS = FACT_ENCRYPTION | FACT_SIZE | FACT_LABEL,
};

enum truth reference_match(json_t *rule, const struct reference_question *question,
			   fact_set *ret_unknown)
{
	const fact_set not_there = not_known(question);
	json_t *match = json_object_get(rule, "match");
	fact_set unknown = 0;

	*ret_unknown = 0;
	for (size_t i = 0; i < N_CONDITIONS; i++) {
		const fact_set fact = conditions[i].fact;
		json_t *value = json_object_get(match, conditions[i].name);

		if (value == NULL)
			continue;
		if ((fact & MEDIA_FACTS) && question->function != FUNCTION_STORAGE)
			return FAILS;
		if (fact & not_there)
			unknown |= fact;
		else if (!any(value, conditions[i].one, question))
			return FAILS;
	}
	*ret_unknown = unknown;
	return unknown == 0 ? HOLDS : UNKNOWN;
}
