/* The sample policies that officers start from, and the JSON Schemas: they are what they say, and
 * the schemas list what the parser knows.  Run from the top of the tree. */
#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "policy/decide.h"

static char *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 100000);

	if (file == NULL)
		fail_msg("%s cannot be opened: run from the top of the tree", path);
	assert_non_null(text);
	*ret_size = fread(text, 1, 99999, file);
	assert_true(feof(file));
	fclose(file);
	return text;
}

static struct rules *read_rules(const char *path)
{
	struct rules *rules;
	struct rules_error error;
	size_t size;
	char *text = read_file(path, &size);

	if (rules_parse(text, size, &rules, &error) < 0)
		fail_msg("%s:%d:%d: %s: %s", path, error.line, error.column, error.path,
			 error.message);
	free(text);
	return rules;
}

enum { HOUR = 60, TUESDAY = MINUTES_OF_DAY, SUNDAY = 6 * MINUTES_OF_DAY };

/* The decision on an unregistered device of one function, or on stick A-001, which is registered,
 * at @minute of the week; nothing else is known. */
static struct decision judge_at(const struct rules *rules, enum function function,
				bool is_registered, int minute)
{
	struct registered_entry entry = { .verdict = VERDICT_ALLOW,
					  .functions = FUNCTION_BIT(FUNCTION_STORAGE),
					  .tag = "A-001" };
	struct device device = { .vendor = 0x0951,
				 .product = 0x1666,
				 .has_serial = true,
				 .serial = "S",
				 .n_interfaces = 1,
				 .interfaces = { { .functions = FUNCTION_BIT(function) } } };
	struct circumstances circumstances = circumstances_unknown;
	struct registered table;
	struct decision decision;
	uint8_t *bytes;
	size_t size;

	device_media_key(0x0951, 0x1666, is_registered ? "S" : "another", entry.key);
	assert_int_equal(registered_encode(&entry, 1, &bytes, &size), 0);
	assert_int_equal(registered_open(&table, bytes, size, true), 0);
	const struct policy_view view = { .registered = &table, .rules = rules };
	circumstances.minute = minute;
	decide(&view, &device, &circumstances, false, &decision);
	decide_explain(&view, &decision);
	free(bytes);
	return decision;
}

static struct decision judge(const struct rules *rules, enum function function, bool is_registered)
{
	return judge_at(rules, function, is_registered, TUESDAY + 10 * HOUR);
}

static void check(const struct rules *rules, const char *allowed, const char *read_only)
{
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const struct decision decision = judge(rules, (enum function)f, false);
		const char *word = function_to_text((enum function)f);
		const enum verdict wanted = strstr(allowed, word) != NULL     ? VERDICT_ALLOW
					    : strstr(read_only, word) != NULL ? VERDICT_READ_ONLY
					    : f == FUNCTION_PHONE	      ? VERDICT_CHARGE_ONLY
									      : VERDICT_DENY;

		if (decision.verdict != wanted)
			fail_msg("%s is %s", word, verdict_to_text(decision.verdict));
	}
	assert_int_equal(judge(rules, FUNCTION_STORAGE, true).verdict, VERDICT_ALLOW);
	assert_int_equal(judge(rules, FUNCTION_STORAGE, true).step, STEP_REGISTERED);
}

/* A stick that types: neither half of it works; one that does not is a keyboard. */
static void disguised_input_is_blocked(const struct rules *rules)
{
	const struct policy_view view = { .rules = rules };

	for (int is_storage = 0; is_storage < 2; is_storage++) {
		const uint8_t class = is_storage ? 8 : 0x0b;
		const struct device device = {
			.n_interfaces = 2,
			.interfaces = { { .functions = FUNCTION_BIT(FUNCTION_KEYBOARD) },
					{ .number = 1,
					  .functions =
						  FUNCTION_BIT(is_storage ? FUNCTION_STORAGE
									  : FUNCTION_SMARTCARD) } },
			.n_triples = 2,
			.triples = { { .class = 3, .subclass = 1, .protocol = 1 },
				     { .number = 1, .class = class, .subclass = 6 } },
		};
		struct decision decision;

		decide(&view, &device, &circumstances_unknown, false, &decision);
		assert_int_equal(decision.verdict, is_storage ? VERDICT_DENY : VERDICT_ALLOW);
		assert_string_equal(decision.interfaces[0].rule,
				    is_storage ? "disguised-input" : "input-devices");
	}
}

static void strict_bureau(void **state)
{
	(void)state;
	struct rules *rules = read_rules("policy/samples/strict-bureau.json");

	assert_string_equal(rules_name(rules), "strict-bureau");
	assert_false(rules_audit_only(rules));
	check(rules, "keyboard pointer hid smartcard hub", "");
	struct decision decision = judge(rules, FUNCTION_STORAGE, false);
	assert_string_equal(decision.rule, "unregistered-storage");
	assert_non_null(strstr(decision.reason_zh, "列冊"));
	assert_string_equal(judge(rules, FUNCTION_PHONE, false).rule, "phones");
	disguised_input_is_blocked(rules);
	rules_free(rules);
}

static void research_unit(void **state)
{
	(void)state;
	struct rules *rules = read_rules("policy/samples/research-unit.json");

	assert_string_equal(rules_name(rules), "research-unit");
	assert_false(rules_audit_only(rules));
	check(rules, "keyboard pointer hid smartcard hub audio video printer", "storage");
	/* From 07:00 until 20:00, and not on Sundays; nor where the time is not known. */
	static const struct {
		int minute;
		enum verdict verdict;
	} table[] = {
		{ TUESDAY + 7 * HOUR - 1, VERDICT_DENY },
		{ TUESDAY + 7 * HOUR, VERDICT_READ_ONLY },
		{ TUESDAY + 20 * HOUR - 1, VERDICT_READ_ONLY },
		{ TUESDAY + 20 * HOUR, VERDICT_DENY },
		{ SUNDAY + 10 * HOUR, VERDICT_DENY },
		{ -1, VERDICT_DENY },
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		assert_int_equal(judge_at(rules, FUNCTION_STORAGE, false, table[i].minute).verdict,
				 table[i].verdict);
		assert_int_equal(judge_at(rules, FUNCTION_STORAGE, true, table[i].minute).verdict,
				 VERDICT_ALLOW);
	}
	rules_free(rules);
}

static void audit_only(void **state)
{
	(void)state;
	struct rules *rules = read_rules("policy/samples/audit-only.json");
	const struct decision decision = judge(rules, FUNCTION_STORAGE, false);

	assert_string_equal(rules_name(rules), "audit-only");
	assert_true(rules_audit_only(rules));
	check(rules, "keyboard pointer hid smartcard hub", "");
	assert_true(decision.audit_only);
	assert_int_equal(decision_effect(&decision, 0), VERDICT_ALLOW);
	rules_free(rules);
}

/* Follow a path of names through a document. */
static json_t *at(json_t *value, ...)
{
	va_list args;
	const char *name;

	va_start(args, value);
	while ((name = va_arg(args, const char *)) != NULL)
		value = json_object_get(value, name);
	va_end(args);
	assert_non_null(value);
	return value;
}

static void check_words(json_t *list, const char *(*word)(int), size_t n)
{
	assert_int_equal(json_array_size(list), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(json_string_value(json_array_get(list, i)), word((int)i));
}

static const char *function_word(int i)
{
	return function_to_text((enum function)i);
}

static const char *verdict_word(int i)
{
	return verdict_to_text((enum verdict)i);
}

static const char *connect_word(int i)
{
	return connect_type_to_text((enum connect_type)i);
}

static void the_rules_schema_knows_what_the_parser_knows(void **state)
{
	(void)state;
	json_t *schema =
		json_load_file("policy/schema/rules-1.schema.json", JSON_REJECT_DUPLICATES, NULL);
	json_t *definitions = at(schema, "$defs", NULL);
	const char *name;
	json_t *value;

	check_words(at(definitions, "function", "enum", NULL), function_word, _FUNCTION_MAX);
	check_words(at(definitions, "verdict", "enum", NULL), verdict_word, _VERDICT_MAX);
	check_words(at(definitions, "connect", "enum", NULL), connect_word, _CONNECT_MAX);
	assert_int_equal(json_integer_value(at(schema, "properties", "rules", "maxItems", NULL)),
			 RULES_MAX_RULES);

	/* Each member of a match is known: what is refused of it is its value. */
	json_object_foreach (at(definitions, "match", "properties", NULL), name, value) {
		struct rules *rules;
		struct rules_error error;
		char text[300];

		snprintf(text, sizeof(text),
			 "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\","
			 "\"rules\":[{\"id\":\"r\",\"match\":{\"%s\":[]}}]}",
			 name);
		assert_true(rules_parse(text, strlen(text), &rules, &error) < 0);
		assert_non_null(strstr(error.message, "empty list"));
	}
	json_decref(schema);
}

static const char *modifier_word(int i)
{
	return modifier_to_text((enum modifier)(1 << i));
}

static const char *identity_word(int i)
{
	return identity_to_text((enum identity)(i + 1));
}

static const char *encryption_word(int i)
{
	return encryption_to_text((enum encryption)(i + 1));
}

static void the_risk_schema_knows_what_the_parser_knows(void **state)
{
	(void)state;
	json_t *schema =
		json_load_file("policy/schema/risk-1.schema.json", JSON_REJECT_DUPLICATES, NULL);
	json_t *restricted = json_load_file("policy/schema/restricted-1.schema.json",
					    JSON_REJECT_DUPLICATES, NULL);
	json_t *definitions = at(schema, "$defs", NULL);
	json_t *factors = at(schema, "properties", "factors", "properties", NULL);
	const char *name;
	json_t *value;

	check_words(at(definitions, "function", "enum", NULL), function_word, _FUNCTION_MAX);
	check_words(at(definitions, "verdict", "enum", NULL), verdict_word, _VERDICT_MAX);
	check_words(at(definitions, "modifier", "enum", NULL), modifier_word, 4);
	check_words(at(definitions, "identity", "enum", NULL), identity_word, _IDENTITY_MAX - 1);
	check_words(at(definitions, "encryption", "enum", NULL), encryption_word,
		    _ENCRYPTION_MAX - 1);
	assert_int_equal(json_integer_value(at(restricted, "$defs", "vendors", "maxItems", NULL)),
			 RISK_MAX_RESTRICTED);
	assert_int_equal(json_integer_value(at(definitions, "bands", "maxItems", NULL)),
			 RISK_MAX_BANDS);
	assert_int_equal(json_integer_value(at(definitions, "point", "maximum", NULL)),
			 RISK_MAX_POINTS);
	assert_int_equal(json_integer_value(at(schema, "properties", "scale", "maximum", NULL)),
			 RISK_MAX_SCALE);

	/* Each factor is known: what is refused of it is its value. */
	assert_int_equal(json_object_size(factors), 10);
	json_object_foreach (factors, name, value) {
		struct risk *risk;
		struct rules_error error;
		char text[300], path[64];

		snprintf(text, sizeof(text),
			 "{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"base\":{"
			 "\"likelihood\":1,\"impact\":1},\"factors\":{\"%s\":7}}",
			 name);
		snprintf(path, sizeof(path), "factors.%s", name);
		assert_true(risk_parse(text, strlen(text), &risk, &error) < 0);
		assert_string_equal(error.path, path);
	}
	json_decref(schema);
	json_decref(restricted);
}

static void the_other_schemas_are_json(void **state)
{
	(void)state;
	static const char *const paths[] = { "policy/schema/manifest-1.schema.json",
					     "policy/schema/trust-1.schema.json",
					     "policy/schema/risk-1.schema.json",
					     "policy/schema/restricted-1.schema.json" };
	static const char *const names[] = { "devgate-manifest-1", "devgate-trust-1",
					     "devgate-risk-1", "devgate-restricted-1" };

	for (size_t i = 0; i < COUNT(paths); i++) {
		json_t *schema = json_load_file(paths[i], JSON_REJECT_DUPLICATES, NULL);

		assert_non_null(schema);
		assert_string_equal(
			json_string_value(at(schema, "properties", "schema", "const", NULL)),
			names[i]);
		json_decref(schema);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_bureau),
		cmocka_unit_test(research_unit),
		cmocka_unit_test(audit_only),
		cmocka_unit_test(the_rules_schema_knows_what_the_parser_knows),
		cmocka_unit_test(the_risk_schema_knows_what_the_parser_knows),
		cmocka_unit_test(the_other_schemas_are_json),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
