#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rules.h"

/* A document around some rules and some defaults. */
#define DOCUMENT(rules, defaults)                                                                  \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"enforce\",\"rules\":[" rules    \
	"],\"defaults\":{" defaults "}}"
#define RULE(match, verdict) "{\"id\":\"r\",\"match\":{" match "},\"verdict\":\"" verdict "\"}"

/* The first rule that matches when nothing is known but the device. */
static const struct rule *first_match(const struct rules *rules, const struct device *device,
				      enum function function)
{
	struct rules_query query;
	fact_set unknown;

	rules_query_init(&query, rules, device, &circumstances_unknown);
	rules_query_begin(&query, function);
	return rules_query_next(&query, &unknown);
}

static struct rules *parse(const char *text)
{
	struct rules *rules = NULL;
	struct rules_error error;
	int r = rules_parse(text, strlen(text), &rules, &error);

	if (r < 0)
		fail_msg("%d at %d:%d %s: %s", r, error.line, error.column, error.path,
			 error.message);
	return rules;
}

static const struct device stick = {
	.vendor = 0x0951,
	.product = 0x1666,
	.has_serial = true,
	.serial = "E0D55EA5",
	.digest = { 0xd1, 0xd1 },
	.port = "1-2.3",
	.connect = CONNECT_HOTPLUG,
};

#define D1 "d1d1000000000000000000000000000000000000000000000000000000000000"
#define D2 "d2d2000000000000000000000000000000000000000000000000000000000000"

static void each_condition(void **state)
{
	(void)state;
	static const struct {
		const char *match;
		bool holds; /* for the storage of the stick */
	} table[] = {
		{ "", true },
		{ "\"function\":\"storage\"", true },
		{ "\"function\":[\"keyboard\",\"storage\"]", true },
		{ "\"function\":\"keyboard\"", false },
		{ "\"vendor\":\"0951\"", true },
		{ "\"vendor\":\"0952\"", false },
		{ "\"vendor\":[\"ffff\",\"0951\"]", true },
		{ "\"vendor\":\"0951\",\"product\":\"1666\"", true },
		{ "\"vendor\":\"0951\",\"product\":\"1667\"", false },
		{ "\"vendor\":\"0952\",\"product\":\"1666\"", false },
		{ "\"serial\":\"E0D55EA5\"", true },
		{ "\"serial\":[\"A\",\"BB\",\"E0D55EA5\"]", true },
		{ "\"serial\":[\"A\",\"BB\"]", false },
		{ "\"serial\":\"e0d55ea5\"", false },
		{ "\"serial\":\"E0D55EA\"", false },
		{ "\"serial\":\"E0D55EA5 \"", false },
		{ "\"port\":\"1-2.3\"", true },
		{ "\"port\":[\"1-2\",\"2-2.3\"]", false },
		{ "\"connect\":\"hotplug\"", true },
		{ "\"connect\":[\"hardwired\",\"unknown\"]", false },
		{ "\"digest\":\"" D1 "\"", true },
		{ "\"digest\":\"" D2 "\"", false },
		{ "\"digest\":[\"" D2 "\",\"" D1 "\"]", true },
		{ "\"function\":\"storage\",\"vendor\":\"0951\",\"product\":\"1666\","
		  "\"serial\":\"E0D55EA5\",\"port\":\"1-2.3\",\"connect\":\"hotplug\","
		  "\"digest\":\"" D1 "\"",
		  true },
		{ "\"function\":\"storage\",\"vendor\":\"0951\",\"port\":\"1-2\"", false },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[2000];

		snprintf(text, sizeof(text), DOCUMENT(RULE("%s", "allow"), ""), table[i].match);
		struct rules *rules = parse(text);
		if ((first_match(rules, &stick, FUNCTION_STORAGE) != NULL) != table[i].holds)
			fail_msg("%s", table[i].match);
		rules_free(rules);
	}
}

static void a_device_without_serial_has_none_of_a_list(void **state)
{
	(void)state;
	struct device device = stick;
	struct rules *rules = parse(DOCUMENT(RULE("\"serial\":\"E0D55EA5\"", "allow"), ""));

	assert_non_null(first_match(rules, &device, FUNCTION_STORAGE));
	device.has_serial = false;
	assert_null(first_match(rules, &device, FUNCTION_STORAGE));
	rules_free(rules);
}

static void the_first_that_matches(void **state)
{
	(void)state;
	struct rules *rules = parse(
		"// comment\n"
		"{ \"schema\": \"devgate-rules-1\", \"name\": \"機關\", \"mode\": \"audit\",\n"
		"  \"rules\": [ /* none for printers */\n"
		"    { \"id\": \"one\", \"match\": { \"function\": \"keyboard\" },"
		"      \"verdict\": \"allow\" },\n"
		"    { \"id\": \"two\", \"match\": { \"function\": [\"storage\"] },"
		"      \"verdict\": \"read-only\","
		"      \"reason\": { \"en\": \"Why\", \"zh-TW\": \"原因\" } },\n"
		"    { \"id\": \"three\", \"match\": { \"function\": \"storage\" },"
		"      \"verdict\": \"allow\" } ] }\n");

	assert_string_equal(rules_name(rules), "機關");
	assert_true(rules_audit_only(rules));
	assert_int_equal(rules_count(rules), 3);
	const struct rule *rule = first_match(rules, &stick, FUNCTION_STORAGE);
	assert_string_equal(rule->id, "two");
	assert_int_equal(rule->outcome.verdict, VERDICT_READ_ONLY);
	assert_string_equal(rule->reason_en, "Why");
	assert_string_equal(rule->reason_zh, "原因");
	rule = first_match(rules, &stick, FUNCTION_KEYBOARD);
	assert_string_equal(rule->id, "one");
	assert_null(rule->reason_en);
	assert_null(rule->reason_zh);
	assert_null(first_match(rules, &stick, FUNCTION_PRINTER));
	rules_free(rules);
}

static void defaults(void **state)
{
	(void)state;
	struct rules *rules = parse("{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":"
				    "\"enforce\",\"rules\":[]}");

	assert_false(rules_audit_only(rules));
	assert_int_equal(rules_count(rules), 0);
	for (int f = 0; f < _FUNCTION_MAX; f++)
		assert_int_equal(rules_default(rules, (enum function)f).verdict, VERDICT_DENY);
	rules_free(rules);

	rules = parse(DOCUMENT("", "\"hub\":\"deny\",\"storage\":\"read-only\",\"*\":\"allow\","
				   "\"vendor\":\"deny\",\"other\":\"deny\""));
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const bool denied =
			f == FUNCTION_HUB || f == FUNCTION_VENDOR || f == FUNCTION_OTHER;

		assert_int_equal(rules_default(rules, (enum function)f).verdict, f == FUNCTION_STORAGE
										 ? VERDICT_READ_ONLY
									 : denied ? VERDICT_DENY
										  : VERDICT_ALLOW);
	}
	rules_free(rules);
	rules_free(NULL);
}

#define BAD_MATCH(match) DOCUMENT(RULE(match, "allow"), "")

static void refuses_and_says_where(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path, *says;
	} table[] = {
		{ "[]", "", "object" },
		{ "{}", "", "\"schema\" is missing" },
		{ "{\"schema\":\"devgate-rules-2\"}", "schema", "devgate-rules-1" },
		{ "{\"schema\":1}", "schema", "text" },
		{ "{\"shcema\":\"devgate-rules-1\"}", "shcema", "did you mean \"schema\"?" },
		{ "{\"schema\":\"devgate-rules-1\"}", "", "\"name\" is missing" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"\"}", "name", "at least one" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"a\\u001bb\"}", "name", "control" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\"}", "", "\"mode\" is missing" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"enforced\"}", "mode",
		  "did you mean \"enforce\"?" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"off\"}", "mode",
		  "known are: enforce, audit." },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":true}", "mode", "text" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\"}", "",
		  "\"rules\" is missing" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":{}}",
		  "rules", "list" },
		{ DOCUMENT("7", ""), "rules[0]", "object" },
		{ DOCUMENT("{}", ""), "rules[0]", "\"id\" is missing" },
		{ DOCUMENT("{\"id\":\"\"}", ""), "rules[0].id", "at least one" },
		{ DOCUMENT("{\"id\":\"a b\"}", ""), "rules[0].id", "letters" },
		{ DOCUMENT("{\"id\":\"r\"}", ""), "rules[0]", "\"match\" is missing" },
		{ DOCUMENT("{\"id\":\"r\",\"match\":[]}", ""), "rules[0].match", "object" },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{}}", ""), "rules[0]",
		  "\"verdict\" is missing" },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":1}", ""), "rules[0].verdict",
		  "verdict" },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"permit\"}", ""),
		  "rules[0].verdict", "known are: deny, read-only, allow." },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"readonly\"}", ""),
		  "rules[0].verdict", "did you mean \"read-only\"?" },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"deny\",\"when\":1}", ""),
		  "rules[0].when", "known are: id, match, verdict, reason." },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"deny\",\"reason\":\"x\"}", ""),
		  "rules[0].reason", "object" },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"deny\",\"reason\":"
			   "{\"zh\":\"x\"}}",
			   ""),
		  "rules[0].reason.zh", "known are: en, zh-TW." },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"deny\",\"reason\":"
			   "{\"en\":\"\"}}",
			   ""),
		  "rules[0].reason.en", "at least one" },
		{ DOCUMENT(RULE("", "deny") "," RULE("", "deny"), ""), "rules[1].id", "\"r\"" },
		{ BAD_MATCH("\"vender\":\"0951\""), "rules[0].match.vender",
		  "did you mean \"vendor\"?" },
		{ BAD_MATCH("\"function\":\"stroage\""), "rules[0].match.function",
		  "did you mean \"storage\"?" },
		{ BAD_MATCH("\"function\":[\"hub\",\"disk\"]"), "rules[0].match.function[1]",
		  "known are: other, storage" },
		{ BAD_MATCH("\"function\":[]"), "rules[0].match.function", "empty list" },
		{ BAD_MATCH("\"function\":7"), "rules[0].match.function", "text" },
		{ BAD_MATCH("\"function\":[\"hub\",7]"), "rules[0].match.function[1]", "text" },
		{ BAD_MATCH("\"vendor\":\"951\""), "rules[0].match.vendor", "four hexadecimal" },
		{ BAD_MATCH("\"vendor\":\"0x951\""), "rules[0].match.vendor", "four hexadecimal" },
		{ BAD_MATCH("\"vendor\":[\"0951\",\"09g1\"]"), "rules[0].match.vendor[1]",
		  "\"09g1\"" },
		{ BAD_MATCH("\"product\":\"1666\""), "rules[0].match.product", "without" },
		{ BAD_MATCH("\"vendor\":\"0951\",\"product\":\"\""), "rules[0].match.product",
		  "four hexadecimal" },
		{ BAD_MATCH("\"serial\":\"\""), "rules[0].match.serial", "serial" },
		{ BAD_MATCH("\"digest\":\"d1\""), "rules[0].match.digest", "64" },
		{ BAD_MATCH("\"connect\":\"hot-plug\""), "rules[0].match.connect",
		  "did you mean \"hotplug\"?" },
		{ BAD_MATCH("\"port\":\"\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"1\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"1-\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"-1\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"1.2\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"1-2.\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"1-2-3\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"1-2:1.0\""), "rules[0].match.port", "1-2.3" },
		{ BAD_MATCH("\"port\":\"1-111111111111111111111111111111\""), "rules[0].match.port",
		  "1-2.3" },
		{ DOCUMENT(RULE("", "read-only"), ""), "rules[0].verdict", "Only storage" },
		{ DOCUMENT(RULE("\"function\":\"phone\"", "read-only"), ""), "rules[0].verdict",
		  "Only storage" },
		{ DOCUMENT(RULE("\"function\":[\"storage\",\"phone\"]", "read-only"), ""),
		  "rules[0].verdict", "Only storage" },
		{ DOCUMENT("", "\"hub\":\"read-only\""), "defaults.hub", "Only storage" },
		{ DOCUMENT("", "\"*\":\"read-only\""), "defaults.*", "Only storage" },
		{ DOCUMENT("", "\"hubs\":\"allow\""), "defaults.hubs", "did you mean \"hub\"?" },
		{ DOCUMENT("", "\"hub\":\"alow\""), "defaults.hub", "did you mean \"allow\"?" },
		{ DOCUMENT("", "\"hub\":true"), "defaults.hub", "verdict" },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":[],"
		  "\"defaults\":[]}",
		  "defaults", "object" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules *rules = NULL;
		struct rules_error error;
		int r = rules_parse(table[i].text, strlen(table[i].text), &rules, &error);

		if (r != -EBADMSG || rules != NULL || strcmp(error.path, table[i].path) != 0 ||
		    strstr(error.message, table[i].says) == NULL || error.line != 1 ||
		    error.column < 1)
			fail_msg("%d at %d:%d %s: %s\n%s", r, error.line, error.column, error.path,
				 error.message, table[i].text);
	}
}

static void says_the_line_and_column(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line, column;
	} table[] = {
		{ "{\n  // 註解\n  \"schema\": \"devgate-rules-1\",\n  /* 名 */ \"nmae\": 1\n}", 4,
		  11 },
		{ "\xef\xbb\xbf{ \"schema\": 1 }", 1, 3 },
		{ "{\n  \"schema\": \"devgate-rules-1\",\n  \"name\" \"n\"\n}", 3, 12 },
		{ "{\n  /* x", 2, 3 },
		{ "{\n  \"schema\": 1,\n  \"schema\": 2\n}", 3, 10 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules *rules;
		struct rules_error error;

		assert_int_equal(rules_parse(table[i].text, strlen(table[i].text), &rules, &error),
				 -EBADMSG);
		if (error.line != table[i].line || error.column != table[i].column)
			fail_msg("%d:%d %s", error.line, error.column, error.message);
	}

	/* A name that a path cannot say is not found again, and no place is made up. */
	struct rules *rules;
	struct rules_error error;
	static const char odd[] = "{\n \"a.b\\u001b[2J\": 1 }";
	assert_int_equal(rules_parse(odd, sizeof(odd) - 1, &rules, &error), -EBADMSG);
	assert_int_equal(error.line, 0);
	assert_int_equal(error.column, 0);
	assert_null(strchr(error.message, '\x1b'));
	assert_null(strchr(error.path, '\x1b'));
}

static void every_truncation(void **state)
{
	(void)state;
	static const char text[] =
		"// c\n" DOCUMENT(RULE("\"function\":\"storage\",\"serial\":[\"a\",\"b\"],"
				       "\"vendor\":\"0951\",\"digest\":\"" D1 "\"",
				       "allow"),
				  "\"hub\":\"allow\"");

	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		char *copy = malloc(size + 1);
		struct rules *rules = NULL;
		struct rules_error error;

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(rules_parse(copy, size, &rules, &error), -EBADMSG);
		assert_true(error.message[0] != '\0');
		assert_null(rules);
		free(copy);
	}
}

static void limits(void **state)
{
	(void)state;
	struct rules *rules = NULL;
	struct rules_error error;
	char *text = malloc(RULES_MAX_BYTES + 1);
	size_t at;

	assert_non_null(text);
	memset(text, ' ', RULES_MAX_BYTES + 1);
	assert_int_equal(rules_parse(text, RULES_MAX_BYTES + 1, &rules, &error), -E2BIG);
	assert_non_null(strstr(error.message, "8388608"));
	assert_int_equal(rules_parse(text, RULES_MAX_BYTES, &rules, &error), -EBADMSG);

	for (int n = RULES_MAX_RULES; n <= RULES_MAX_RULES + 1; n++) {
		at = (size_t)sprintf(text, "{\"schema\":\"devgate-rules-1\",\"name\":\"n\","
					   "\"mode\":\"enforce\",\"rules\":[");
		for (int i = 0; i < n; i++)
			at += (size_t)sprintf(text + at,
					      "%s{\"id\":\"%d\",\"match\":{\"serial\":\"s%d\"},"
					      "\"verdict\":\"allow\"}",
					      i == 0 ? "" : ",", i, i);
		at += (size_t)sprintf(text + at, "]}");
		int r = rules_parse(text, at, &rules, &error);
		if (n > RULES_MAX_RULES) {
			assert_int_equal(r, -E2BIG);
			assert_string_equal(error.path, "rules");
			break;
		}
		assert_int_equal(r, 0);
		assert_int_equal(rules_count(rules), n);
		struct device device = stick;
		strcpy(device.serial, "s19999");
		assert_string_equal(first_match(rules, &device, FUNCTION_STORAGE)->id,
				    "19999");
		rules_free(rules);
	}
	free(text);

	/* Texts are refused, not cut. */
	static const struct {
		const char *before, *after;
		int longest;
	} table[] = {
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"",
		  "\",\"mode\":\"audit\",\"rules\":[]}", RULES_NAME_SIZE - 1 },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":["
		  "{\"id\":\"",
		  "\",\"match\":{},\"verdict\":\"deny\"}]}", RULES_ID_SIZE - 1 },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":["
		  "{\"id\":\"r\",\"match\":{},\"verdict\":\"deny\",\"reason\":{\"zh-TW\":\"",
		  "\"}}]}", RULES_REASON_SIZE - 1 },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\",\"rules\":["
		  "{\"id\":\"r\",\"verdict\":\"deny\",\"match\":{\"serial\":\"",
		  "\"}}]}", DEVICE_TEXT_SIZE - 1 },
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		for (int n = table[i].longest; n <= table[i].longest + 1; n++) {
			char document[2000];

			snprintf(document, sizeof(document), "%s%0*d%s", table[i].before, n, 0,
				 table[i].after);
			int r = rules_parse(document, strlen(document), &rules, &error);
			assert_int_equal(r, n > table[i].longest ? -EBADMSG : 0);
			if (r == 0)
				rules_free(rules);
		}
	}
	assert_int_equal(rules_parse("[[[[[[1]]]]]]", 13, &rules, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "inside each other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_condition),
		cmocka_unit_test(a_device_without_serial_has_none_of_a_list),
		cmocka_unit_test(the_first_that_matches),
		cmocka_unit_test(defaults),
		cmocka_unit_test(refuses_and_says_where),
		cmocka_unit_test(says_the_line_and_column),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
