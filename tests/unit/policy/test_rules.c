/* The rules document: what is read of it, what is refused, and its limits. */
#include "rules_test.h"

#include <errno.h>

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

static const struct device stick = {
	.vendor = 0x0951,
	.product = 0x1666,
	.has_serial = true,
	.serial = "E0D55EA5",
	.digest = { 0xd1, 0xd1 },
	.port = "1-2.3",
	.connect = CONNECT_HOTPLUG,
};

static void the_first_that_matches(void **state)
{
	(void)state;
	struct rules *rules = parse_or_fail(
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
	struct rules *rules =
		parse_or_fail("{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":"
			      "\"enforce\",\"rules\":[]}");

	assert_false(rules_audit_only(rules));
	assert_int_equal(rules_count(rules), 0);
	for (int f = 0; f < _FUNCTION_MAX; f++)
		assert_int_equal(rules_default(rules, (enum function)f).verdict, VERDICT_DENY);
	rules_free(rules);

	rules = parse_or_fail(DOCUMENT("",
				       "\"hub\":\"deny\",\"storage\":\"read-only\",\"*\":\"allow\","
				       "\"vendor\":\"deny\",\"other\":\"deny\""));
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const bool denied =
			f == FUNCTION_HUB || f == FUNCTION_VENDOR || f == FUNCTION_OTHER;

		assert_int_equal(rules_default(rules, (enum function)f).verdict,
				 f == FUNCTION_STORAGE ? VERDICT_READ_ONLY
				 : denied	       ? VERDICT_DENY
						       : VERDICT_ALLOW);
	}
	rules_free(rules);
	rules_free(NULL);
}

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
		  "rules[0].verdict",
		  "known are: deny, charge-only, encrypted-only, read-only, allow, by-risk." },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"readonly\"}", ""),
		  "rules[0].verdict", "did you mean \"read-only\"?" },
		{ DOCUMENT("{\"id\":\"r\",\"match\":{},\"verdict\":\"deny\",\"when\":1}", ""),
		  "rules[0].when",
		  "known are: id, match, verdict, modifiers, reason, even-if-last." },
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
		/* A schema cannot tell characters that do not show, nor the same id twice. */
		if (schema_judges(table[i].text) == 1 &&
		    strstr(error.message, "control characters") == NULL &&
		    strstr(error.message, "Another rule before") == NULL)
			fail_msg("the schema accepts\n%s", table[i].text);
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

static void everything(void **state)
{
	(void)state;
	struct rules *rules = parse_or_fail(EVERYTHING);
	const struct rule *rule = rules_find(rules, "device");
	size_t n;

	assert_int_equal(rules_count(rules), 2);
	assert_ptr_equal(rule, rules_at(rules, 0));
	assert_int_equal(rule->outcome.verdict, VERDICT_READ_ONLY);
	assert_false(rule->outcome.by_risk);
	assert_int_equal(rule->outcome.modifiers,
			 MODIFIER_NOEXEC | MODIFIER_TRAIL | MODIFIER_NOTIFY);
	rule = rules_find(rules, "circumstances");
	assert_ptr_equal(rule, rules_at(rules, 1));
	assert_true(rule->outcome.by_risk);
	assert_int_equal(rule->outcome.modifiers, MODIFIER_JUSTIFY);
	/* A reason that the rule before has, too, is kept once. */
	assert_ptr_equal(rule->reason_en, rules_at(rules, 0)->reason_en);
	assert_null(rule->reason_zh);
	assert_null(rules_find(rules, "devic"));
	assert_null(rules_find(rules, ""));
	assert_null(rules_find(rules, "a-name-that-has-more-characters-and-is-longer-than-any-id-"
				      "can-be-in-a-rules-document-of-ours"));

	const struct outcome storage = rules_default(rules, FUNCTION_STORAGE);
	assert_int_equal(storage.verdict, VERDICT_ENCRYPTED_ONLY);
	assert_int_equal(storage.modifiers, MODIFIER_TRAIL);
	assert_int_equal(rules_default(rules, FUNCTION_PHONE).verdict, VERDICT_CHARGE_ONLY);
	assert_int_equal(rules_default(rules, FUNCTION_HUB).verdict, VERDICT_ALLOW);
	assert_int_equal(rules_default(rules, FUNCTION_HID).verdict, VERDICT_DENY);

	const struct network *networks = rules_site_networks(rules, &n);
	assert_int_equal(n, 2);
	assert_true(network_contains(&networks[0], (const uint8_t[]){ 10, 1, 2, 3 }, 4));
	assert_int_equal(networks[1].bits, 32);
	assert_int_equal(rules_facts(rules), _FACT_ALL);
	assert_in_range(rules_memory(rules), 1, 8192);
	rules_free(rules);

	rules = parse_or_fail(DOCUMENT("", "\"*\":\"by-risk\",\"hub\":{\"verdict\":\"allow\"},"
					   "\"storage\":{\"verdict\":\"by-risk\",\"modifiers\":"
					   "[\"noexec\",\"noexec\"]}"));
	assert_null(rules_site_networks(rules, &n));
	assert_int_equal(n, 0);
	assert_null(rules_find(rules, "device"));
	assert_int_equal(rules_facts(rules), 0);
	assert_true(rules_default(rules, FUNCTION_OTHER).by_risk);
	assert_false(rules_default(rules, FUNCTION_HUB).by_risk);
	assert_true(rules_default(rules, FUNCTION_STORAGE).by_risk);
	assert_int_equal(rules_default(rules, FUNCTION_STORAGE).modifiers, MODIFIER_NOEXEC);
	rules_free(rules);
}

#define GIVEN(more)                                                                                \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"enforce\"," more "\"rules\":[]" \
	"}"

static void what_is_given_beside_the_rules(void **state)
{
	(void)state;
	struct rules *rules = parse_or_fail(
		GIVEN("\"units\":{\"finance\":{\"classification\":\"機密\"},"
		      "\"it\":{\"classification\":\"public\"}},\"assume\":{\"violations\":0},"
		      "\"grants\":{\"functions\":[\"storage\",\"phone\"],\"strongest\":\"allow\","
		      "\"longest-minutes\":480},"));
	const struct grant_limits *limits = rules_grant_limits(rules);

	assert_string_equal(rules_classification(rules, "finance"), "機密");
	assert_string_equal(rules_classification(rules, "it"), "public");
	assert_null(rules_classification(rules, "other"));
	assert_int_equal(rules_assumed(rules).violations, 0);
	assert_int_equal(rules_assumed(rules).hosts_seen, -1);
	assert_int_equal(limits->functions,
			 FUNCTION_BIT(FUNCTION_STORAGE) | FUNCTION_BIT(FUNCTION_PHONE));
	assert_int_equal(limits->strongest, VERDICT_ALLOW);
	assert_int_equal(limits->minutes, 480);
	rules_free(rules);

	rules = parse_or_fail(GIVEN(""));
	assert_null(rules_classification(rules, "finance"));
	assert_int_equal(rules_assumed(rules).violations, -1);
	assert_int_equal(rules_grant_limits(rules)->functions, 0);
	rules_free(rules);
}

static void every_truncation(void **state)
{
	(void)state;
	const size_t end = strlen(EVERYTHING) - 1; /* without the last newline it is still good */

	for (size_t size = 0; size < end; size++) {
		char *copy = malloc(size + 1);
		struct rules *rules = NULL;
		struct rules_error error;

		assert_non_null(copy);
		memcpy(copy, EVERYTHING, size);
		assert_int_equal(rules_parse(copy, size, &rules, &error), -EBADMSG);
		assert_true(error.message[0] != '\0');
		assert_null(rules);
		free(copy);
	}
}

/* No byte that is put for another gives more than an error that says where. */
static void every_wrong_byte(void **state)
{
	(void)state;
	static const char bytes[] = "\"{]:0\x80";
	char text[] = EVERYTHING;
	size_t refused = 0;

	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		const char right = text[at];

		for (size_t b = 0; b < sizeof(bytes) - 1; b++) {
			struct rules *rules = NULL;
			struct rules_error error;

			text[at] = bytes[b];
			if (rules_parse(text, sizeof(text) - 1, &rules, &error) < 0) {
				assert_null(rules);
				assert_true(error.message[0] != '\0');
				refused++;
			}
			rules_free(rules);
		}
		text[at] = right;
	}
	assert_true(refused > 5000);
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
		assert_string_equal(first_match(rules, &device, FUNCTION_STORAGE)->id, "19999");
		rules_free(rules);
	}
	free(text);

	/* One network too many. */
	for (int n = RULES_MAX_NETWORKS; n <= RULES_MAX_NETWORKS + 1; n++) {
		char *document = calloc(1, 10000);

		assert_non_null(document);
		at = (size_t)sprintf(document, "{\"schema\":\"devgate-rules-1\",\"name\":\"n\","
					       "\"mode\":\"audit\",\"rules\":[],\"site\":{"
					       "\"networks\":[\"::/0\"");
		for (int i = 1; i < n; i++)
			at += (size_t)sprintf(document + at, ",\"10.0.0.0/8\"");
		strcpy(document + at, "]}}");
		assert_int_equal(schema_judges(document), n <= RULES_MAX_NETWORKS);
		int r = rules_parse(document, strlen(document), &rules, &error);
		assert_int_equal(r, n <= RULES_MAX_NETWORKS ? 0 : -EBADMSG);
		if (r == 0)
			rules_free(rules);
		free(document);
	}

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
	assert_int_equal(rules_parse("[[[[[[[[1]]]]]]]]", 17, &rules, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "inside each other"));
}

static void says_how_keyboards_are_watched(void **state)
{
	(void)state;
	struct rules *rules = parse_or_fail(DOCUMENT("", ""));
	struct keyboard_guard guard = rules_keyboard_guard(rules);

	assert_int_equal(guard.typing.seconds, TYPING_SECONDS);
	assert_int_equal(guard.typing.per_second, TYPING_PER_SECOND);
	assert_int_equal(guard.code_digits, 0);
	assert_int_equal(guard.code_seconds, KEYBOARD_CODE_SECONDS);
	rules_free(rules);

	rules = parse_or_fail(DOCUMENT("", "},\"keyboard-guard\":{\"seconds\":0,"
					   "\"code-digits\":6,\"code-seconds\":600"));
	guard = rules_keyboard_guard(rules);
	assert_int_equal(guard.typing.seconds, 0);
	assert_int_equal(guard.typing.per_second, TYPING_PER_SECOND);
	assert_int_equal(guard.code_digits, 6);
	assert_int_equal(guard.code_seconds, 600);
	rules_free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_matches),
		cmocka_unit_test(defaults),
		cmocka_unit_test(refuses_and_says_where),
		cmocka_unit_test(says_the_line_and_column),
		cmocka_unit_test(everything),
		cmocka_unit_test(what_is_given_beside_the_rules),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(every_wrong_byte),
		cmocka_unit_test(limits),
		cmocka_unit_test(says_how_keyboards_are_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
