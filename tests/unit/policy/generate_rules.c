/* Rules documents from a seed. */
#include "generate_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"

typedef json_t *(*make)(struct generator *generator);

/* One value, or a list of up to three that differ. */
static json_t *one_or_list(struct generator *generator, make one)
{
	const size_t n = generate_once_in(generator, 3) ? 1 + generate_below(generator, 3) : 0;
	json_t *list, *element;
	size_t i;

	if (n == 0)
		return one(generator);
	list = json_array();
	for (size_t left = n; left > 0; left--) {
		json_t *made = one(generator);
		bool there = false;

		json_array_foreach (list, i, element)
			there = there || json_equal(element, made);
		if (!there)
			json_array_append(list, made);
		json_decref(made);
	}
	return list;
}

static json_t *hex_id(uint16_t id, bool upper)
{
	char text[5];

	snprintf(text, sizeof(text), upper ? "%04X" : "%04x", id);
	return json_string(text);
}

static json_t *id_of(struct generator *generator, uint16_t a, uint16_t b)
{
	const bool upper = generate_once_in(generator, 5);

	if (!generate_once_in(generator, 4))
		return hex_id(a, upper);
	return json_pack("{s:o, s:o}", "from", hex_id(a < b ? a : b, upper), "to",
			 hex_id(a < b ? b : a, upper));
}

static json_t *make_vendor(struct generator *generator)
{
	const uint16_t a = PICK(generator, vendors), b = PICK(generator, vendors);

	return id_of(generator, a, b);
}

static json_t *make_product(struct generator *generator)
{
	const uint16_t a = PICK(generator, products), b = PICK(generator, products);

	return id_of(generator, a, b);
}

/* A glob made of @text by putting wildcards in it. */
static json_t *glob_of(struct generator *generator, const char *text)
{
	char glob[64];
	size_t n = 0;

	while (*text != '\0' && n < sizeof(glob) - 6) {
		const bool whole = ((uint8_t)*text & 0x80) == 0;
		const uint32_t kind = generate_below(generator, 5);

		if (kind == 0)
			glob[n++] = '*';
		else if (kind == 1 && whole)
			glob[n++] = '?';
		else if (strchr("*?\\", *text) != NULL)
			n += (size_t)snprintf(glob + n, 3, "\\%c", *text);
		else
			glob[n++] = *text;
		/* Not into the middle of a character: the document is UTF-8. */
		for (text++; ((uint8_t)*text & 0xc0) == 0x80; text++)
			if (kind != 0)
				glob[n++] = *text;
	}
	if (generate_once_in(generator, 4))
		glob[n++] = '*';
	return json_pack("{s:s%}", "glob", glob, n);
}

static json_t *text_of(struct generator *generator, const char *text)
{
	return generate_once_in(generator, 3) ? glob_of(generator, text) : json_string(text);
}

static json_t *make_serial(struct generator *generator)
{
	static const char *const ranges[][2] = {
		{ "A001", "A016" }, { "A000", "A999" }, { "A1", "A9" }, { "A002", "A002" }
	};
	const char *const *range = PICK(generator, ranges);

	if (generate_once_in(generator, 3))
		return json_pack("{s:s, s:s}", "from", range[0], "to", range[1]);
	return text_of(generator, PICK(generator, serials));
}

static json_t *make_name(struct generator *generator)
{
	return text_of(generator, PICK(generator, names));
}

static json_t *make_port(struct generator *generator)
{
	static const char *const globs[] = { "1-*", "1-2*", "*-1", "?-2.3" };

	if (generate_once_in(generator, 3))
		return json_pack("{s:s}", "glob", PICK(generator, globs));
	return json_string(PICK(generator, ports));
}

static json_t *make_person(struct generator *generator)
{
	return text_of(generator, PICK(generator, people));
}

static json_t *make_host(struct generator *generator)
{
	return text_of(generator, PICK(generator, hosts));
}

static json_t *make_class(struct generator *generator)
{
	return text_of(generator, PICK(generator, classes));
}

static json_t *make_label(struct generator *generator)
{
	return text_of(generator, PICK(generator, labels));
}

static json_t *make_digest(struct generator *generator)
{
	uint8_t digest[DEVICE_DIGEST_SIZE];
	char hex[2 * DEVICE_DIGEST_SIZE + 1];

	memset(digest, (int)generate_below(generator, DIGESTS), sizeof(digest));
	text_hex(digest, sizeof(digest), hex);
	return json_string(hex);
}

/* 32 bytes of 0, 1 or 2 in base64. */
static json_t *make_hash(struct generator *generator)
{
	static const char *const hashes[DIGESTS] = {
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
		"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
	};

	return json_string(PICK(generator, hashes));
}

static json_t *make_speed(struct generator *generator)
{
	static const char *const words[] = { "low", "full", "high", "super", "super-plus" };

	if (generate_once_in(generator, 3))
		return json_pack("{s:i, s:i}", "min", (int)generate_below(generator, 481), "max",
				 480 + (int)generate_below(generator, 20000));
	return json_string(PICK(generator, words));
}

static json_t *make_range(struct generator *generator)
{
	const int min = (int)generate_below(generator, 3);
	json_t *range = json_object();

	if (!generate_once_in(generator, 3))
		json_object_set_new(range, "min", json_integer(min));
	if (json_object_size(range) == 0 || generate_once_in(generator, 2))
		json_object_set_new(range, "max",
				    json_integer(min + (int)generate_below(generator, 3)));
	return range;
}

static json_t *make_size(struct generator *generator)
{
	static const char *const least[] = { "4KiB", "500MB", "1kB" };
	static const char *const most[] = { "500MB", "32GiB", "1TB" };
	json_t *range = json_object();

	if (generate_once_in(generator, 2))
		json_object_set_new(range, "min", json_string(PICK(generator, least)));
	else if (generate_once_in(generator, 2))
		json_object_set_new(range, "min", json_integer(500000000));
	if (json_object_size(range) == 0 || generate_once_in(generator, 2))
		json_object_set_new(range, "max", json_string(PICK(generator, most)));
	return range;
}

static json_t *make_time(struct generator *generator)
{
	static const char *const clocks[] = { "00:00", "08:00", "18:00", "23:59" };
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	const char *from = PICK(generator, clocks);
	json_t *window =
		json_pack("{s:s, s:s}", "from", from, "to",
			  generate_once_in(generator, 4) ? "24:00" : PICK(generator, clocks));
	json_t *list = json_array();

	for (int d = 0; d < 7; d++)
		if (generate_once_in(generator, 3))
			json_array_append_new(list, json_string(days[d]));
	if (json_array_size(list) > 0)
		json_object_set(window, "days", list);
	json_decref(list);
	return window;
}

static json_t *make_interfaces(struct generator *generator)
{
	static const char *const sets[] = { "all-of", "one-of", "none-of", "only", "exactly" };
	json_t *interfaces = json_object();

	for (size_t n = 1 + generate_below(generator, 2); n > 0; n--) {
		json_t *list = json_array();

		for (size_t patterns = 1 + generate_below(generator, 3); patterns > 0; patterns--)
			json_array_append_new(list, json_string(PICK(generator, triple_patterns)));
		json_object_set_new(interfaces, PICK(generator, sets), list);
	}
	return interfaces;
}

/* One of the words of an enumeration, @n of them from @first. */
static json_t *word(struct generator *generator, const char *(*to_text)(int), int first, int n)
{
	return json_string(to_text(first + (int)generate_below(generator, (uint32_t)(n - first))));
}

#define WORDS(name, type, first, n)                                                                \
	static const char *name##_word(int value)                                                  \
	{                                                                                          \
		return name##_to_text((enum type)value);                                           \
	}                                                                                          \
	static json_t *make_##name(struct generator *generator)                                    \
	{                                                                                          \
		return word(generator, name##_word, first, n);                                     \
	}

WORDS(function, function, 0, _FUNCTION_MAX)
WORDS(bus, bus, 0, _BUS_MAX)
WORDS(connect_type, connect_type, 0, _CONNECT_MAX)
WORDS(identity, identity, 1, _IDENTITY_MAX)
WORDS(session, session, 1, _SESSION_MAX)
WORDS(site, site, 1, _SITE_MAX)
WORDS(encryption, encryption, 1, _ENCRYPTION_MAX)

static const struct {
	const char *name;
	make one;
	bool single; /* no list of it */
} conditions[] = {
	{ "function", make_function },
	{ "bus", make_bus },
	{ "connect", make_connect_type },
	{ "port", make_port },
	{ "vendor", make_vendor },
	{ "product", make_product },
	{ "serial", make_serial },
	{ "name", make_name },
	{ "manufacturer", make_name },
	{ "digest", make_digest },
	{ "usbguard-hash", make_hash },
	{ "usbguard-parent-hash", make_hash },
	{ "interfaces", make_interfaces, true },
	{ "speed", make_speed },
	{ "identity", make_identity },
	{ "user", make_person },
	{ "group", make_person },
	{ "host", make_host },
	{ "unit", make_person },
	{ "classification", make_class },
	{ "time", make_time },
	{ "session", make_session },
	{ "site", make_site },
	{ "first-seen-days", make_range },
	{ "count", make_range },
	{ "encryption", make_encryption },
	{ "size", make_size },
	{ "label", make_label },
	{ "violations", make_range },
	{ "hosts-seen", make_range },
	{ "history", make_range },
};

enum { N_CONDITIONS = sizeof(conditions) / sizeof(conditions[0]) };

static void add_condition(struct generator *generator, json_t *match, size_t i)
{
	json_t *value = conditions[i].single ? conditions[i].one(generator)
					     : one_or_list(generator, conditions[i].one);

	json_object_set_new(match, conditions[i].name, value);
}

static json_t *make_match(struct generator *generator)
{
	/* Those that an index may be kept of come up more often than the rest. */
	static const size_t indexed[] = { 0, 4, 5, 6, 9 };
	json_t *match = json_object();

	for (size_t n = generate_below(generator, 4); n > 0; n--)
		add_condition(generator, match,
			      generate_once_in(generator, 3)
				      ? PICK(generator, indexed)
				      : generate_below(generator, N_CONDITIONS));
	if (json_object_get(match, "product") != NULL && json_object_get(match, "vendor") == NULL)
		add_condition(generator, match, 4);
	return match;
}

static json_t *make_modifiers(struct generator *generator, bool storage)
{
	json_t *list = json_array();

	for (unsigned bit = storage ? MODIFIER_NOEXEC : MODIFIER_NOTIFY; bit < _MODIFIER_ALL;
	     bit <<= 1)
		if (generate_once_in(generator, 3))
			json_array_append_new(list,
					      json_string(modifier_to_text((enum modifier)bit)));
	return list;
}

static const char *make_verdict(struct generator *generator, bool storage, bool risk)
{
	static const char *const words[] = { "allow",	    "allow",	      "deny",
					     "charge-only", "encrypted-only", "read-only" };

	if (risk && generate_once_in(generator, 5))
		return "by-risk";
	return words[generate_below(generator, storage ? 6 : 4)];
}

static bool is_word(json_t *value, const char *wanted)
{
	return json_is_string(value) && strcmp(json_string_value(value), wanted) == 0;
}

json_t *generate_rule(struct generator *generator, const char *id, bool risk)
{
	json_t *match = make_match(generator);

	if (generate_once_in(generator, 3))
		json_object_set_new(match, "function", json_string("storage"));

	json_t *functions = json_object_get(match, "function");
	json_t *function = json_is_array(functions) && json_array_size(functions) == 1
				   ? json_array_get(functions, 0)
				   : functions;
	const bool storage = is_word(function, "storage");
	const char *verdict = make_verdict(generator, storage, risk);
	json_t *modifiers = make_modifiers(generator, storage);

	/* A hub cannot be charged from, and so the rule must not speak of hubs. */
	if (strcmp(verdict, "charge-only") == 0 && !is_word(function, "phone"))
		verdict = storage ? "charge-only" : "deny";

	json_t *rule = json_pack("{s:s, s:o, s:s}", "id", id, "match", match, "verdict", verdict);

	if (json_array_size(modifiers) > 0)
		json_object_set(rule, "modifiers", modifiers);
	json_decref(modifiers);
	if (generate_once_in(generator, 4))
		json_object_set_new(rule, "reason", json_pack("{s:s}", "en", "Because."));
	return rule;
}

static json_t *make_defaults(struct generator *generator, bool risk)
{
	json_t *defaults = json_object();

	for (int f = 0; f <= _FUNCTION_MAX; f++) {
		const char *name = f == _FUNCTION_MAX ? "*" : function_to_text((enum function)f);
		const bool storage = f == FUNCTION_STORAGE;
		const char *verdict = make_verdict(generator, storage, risk);

		if (strcmp(verdict, "charge-only") == 0 && f != FUNCTION_PHONE && !storage)
			verdict = "allow";
		if (generate_once_in(generator, 2))
			continue;
		json_t *modifiers = make_modifiers(generator, storage);
		if (json_array_size(modifiers) > 0)
			json_object_set_new(defaults, name,
					    json_pack("{s:s, s:O}", "verdict", verdict, "modifiers",
						      modifiers));
		else
			json_object_set_new(defaults, name, json_string(verdict));
		json_decref(modifiers);
	}
	return defaults;
}

json_t *generate_rules(struct generator *generator, size_t n, bool risk)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < n; i++) {
		char id[32];

		/* In an order that is not that of the ids. */
		snprintf(id, sizeof(id), "r%02x-%zu", generate_below(generator, 256), i);
		json_array_append_new(rules, generate_rule(generator, id, risk));
	}

	json_t *document = json_pack(
		"{s:s, s:s, s:s, s:o}", "schema", "devgate-rules-1", "name", "generated", "mode",
		generate_once_in(generator, 8) ? "audit" : "enforce", "rules", rules);

	if (!generate_once_in(generator, 4))
		json_object_set_new(document, "defaults", make_defaults(generator, risk));
	return document;
}
