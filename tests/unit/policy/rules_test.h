/* rules_test - parse rules documents and ask them, for tests.  Whatever is parsed is judged by the
 * published schema, too.  Run from the top of the tree. */
#pragma once

#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_schema.h"
#include "policy/jsonc.h"
#include "policy/rules.h"

/* A document around some rules and some defaults. */
#define DOCUMENT(rules, defaults)                                                                  \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"enforce\",\"rules\":[" rules    \
	"],\"defaults\":{" defaults "}}"
#define RULE(match, verdict) "{\"id\":\"r\",\"match\":{" match "},\"verdict\":\"" verdict "\"}"

/* A document that uses everything, with comments. */
#define EVERYTHING                                                                                 \
	"// everything\n{ \"schema\": \"devgate-rules-1\", \"name\": \"機關\", \"mode\": "       \
	"\"audit\",\n"                                                                             \
	"\"site\": { \"networks\": [\"10.1.0.0/16\", \"2001:db8::/32\"] },\n"                      \
	"\"rules\": [ /* one */ { \"id\": \"device\", \"match\": {\n"                              \
	" \"function\": [\"storage\"], \"bus\": [\"usb\", \"mmc\"], \"connect\": \"hotplug\",\n"   \
	" \"vendor\": [\"0951\", {\"from\": \"0700\", \"to\": \"07ff\"}], \"product\": "           \
	"\"1666\",\n"                                                                              \
	" \"serial\": [\"S\", {\"glob\": \"A*\"}, {\"from\": \"A01\", \"to\": \"A99\"}],\n"        \
	" \"digest\": \"d1d1000000000000000000000000000000000000000000000000000000000000\",\n"     \
	" \"usbguard-hash\": \"0dEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\n"                  \
	" \"usbguard-parent-hash\": [\"0tIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"],\n"         \
	" \"port\": [\"1-2.3\", {\"glob\": \"2-*\"}], \"name\": [\"\", {\"glob\": "                \
	"\"D?t\\\\*\"}],\n"                                                                        \
	" \"manufacturer\": \"K\", \"interfaces\": [{\"all-of\": [\"08:06:50\"],\n"                \
	"  \"one-of\": [\"08:*:*\"], \"none-of\": [\"03:*:*\"], \"only\": [\"08:06:*\", "          \
	"\"03:00:00\"],\n"                                                                         \
	"  \"exactly\": [\"08:06:50\"]}], \"speed\": [\"high\", {\"min\": 12, \"max\": 5000}] "    \
	"},\n"                                                                                     \
	" \"verdict\": \"read-only\", \"modifiers\": [\"noexec\", \"trail\", \"notify\"],\n"       \
	" \"reason\": { \"en\": \"Why\", \"zh-TW\": \"原因\" } },\n"                             \
	"{ \"id\": \"circumstances\", \"match\": { \"identity\": [\"serial\", \"none\"],\n"        \
	" \"user\": [\"alice\", {\"glob\": \"adm-*\"}], \"group\": \"staff\", \"host\": "          \
	"{\"glob\": \"ws-*\"},\n"                                                                  \
	" \"unit\": \"archive\", \"classification\": \"secret\", \"time\": [{\"days\": [\"mon\", " \
	"\"sun\"],\n"                                                                              \
	"  \"from\": \"22:00\", \"to\": \"04:00\"}, {\"from\": \"12:00\", \"to\": \"24:00\"}],\n"  \
	" \"session\": \"active\", \"site\": \"on\", \"first-seen-days\": {\"min\": 7},\n"         \
	" \"count\": {\"max\": 1}, \"encryption\": [\"luks\", \"bitlocker\"],\n"                   \
	" \"size\": {\"min\": 0, \"max\": \"32GiB\"}, \"label\": {\"glob\": \"*\"},\n"             \
	" \"violations\": {\"max\": 0}, \"hosts-seen\": {\"max\": 5}, \"history\": [{\"min\": "    \
	"1}] },\n"                                                                                 \
	" \"verdict\": \"by-risk\", \"modifiers\": \"justify\",\n"                                 \
	" \"reason\": { \"en\": \"Why\" } } ],\n"                                                  \
	"\"defaults\": { \"hub\": \"allow\", \"phone\": \"charge-only\", \"*\": \"deny\",\n"       \
	" \"storage\": { \"verdict\": \"encrypted-only\", \"modifiers\": [\"trail\"] } } }\n"

enum { SCHEMA_MAX = 6000 }; /* bytes: it is asked slowly */

/* What the schema says of a document; -1 for one that is not JSON, or too large to ask. */
static inline int schema_judges(const char *text)
{
	struct json_schema schema = { json_load_file("policy/schema/rules-1.schema.json",
						     JSON_REJECT_DUPLICATES, NULL) };
	char *stripped = malloc(strlen(text) + 1);
	struct jsonc_place place;
	size_t size = 0;

	assert_non_null(schema.root);
	assert_non_null(stripped);
	json_t *document = strlen(text) > SCHEMA_MAX || jsonc_strip(text, strlen(text), stripped,
								    &size, &place) < 0
				   ? NULL
				   : json_loadb(stripped, size, JSON_REJECT_DUPLICATES, NULL);
	const int accepts = document == NULL ? -1 : schema_accepts(&schema, schema.root, document);
	json_decref(document);
	json_decref(schema.root);
	free(stripped);
	return accepts;
}

static inline struct rules *parse_or_fail(const char *text)
{
	struct rules *rules = NULL;
	struct rules_error error;
	int r = rules_parse(text, strlen(text), &rules, &error);

	if (schema_judges(text) == 0)
		fail_msg("the schema refuses\n%.2000s", text);

	if (r < 0)
		fail_msg("%d at %d:%d %s: %s\n%.2000s", r, error.line, error.column, error.path,
			 error.message, text);
	return rules;
}

/* The document of one rule with the members @match, written with ' for ". */
static inline struct rules *parse_match(const char *match)
{
	const size_t size = strlen(match) + 200;
	char *text = calloc(1, size);

	assert_non_null(text);
	snprintf(text, size, DOCUMENT(RULE("%s", "deny"), ""), match);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	struct rules *rules = parse_or_fail(text);
	free(text);
	return rules;
}

/* What the only rule of @rules is for @function, and by which condition.  What the search finds is
 * the same. */
static inline enum rules_truth ask_rule(const struct rules *rules, const struct device *device,
					const struct circumstances *circumstances,
					enum function function, const char **ret_condition,
					fact_set *ret_unknown)
{
	struct rules_query query;
	fact_set unknown;

	assert_int_equal(rules_count(rules), 1);
	rules_query_init(&query, rules, device, circumstances);
	rules_query_begin(&query, function);
	const enum rules_truth truth = rules_why_not(&query, 0, ret_condition, ret_unknown);
	const struct rule *rule = rules_query_next(&query, &unknown);

	assert_ptr_equal(rule, truth == RULES_FAILS ? NULL : rules_at(rules, 0));
	assert_int_equal(unknown, *ret_unknown);
	assert_int_equal(unknown != 0, truth == RULES_UNKNOWN);
	assert_int_equal(*ret_condition == NULL, truth == RULES_HOLDS);
	assert_null(rule == NULL ? NULL : rules_query_next(&query, &unknown));
	return truth;
}
