#include "cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "policy/decide.h"
#include "policy/text.h"

/* Up to four interfaces, each a set of functions. */
static struct device device_of(const char *serial, size_t n, ...)
{
	struct device device = { .vendor = 0x0951, .product = 0x1666, .n_interfaces = n };
	va_list args;

	device.has_serial = serial != NULL;
	snprintf(device.serial, sizeof(device.serial), "%s", serial == NULL ? "" : serial);
	va_start(args, n);
	for (size_t i = 0; i < n; i++) {
		device.interfaces[i].config = 1;
		device.interfaces[i].number = (uint8_t)i;
		device.interfaces[i].functions = va_arg(args, function_set);
	}
	va_end(args);
	return device;
}

#define F(name) FUNCTION_BIT(FUNCTION_##name)

static const char document[] =
	"{ \"schema\": \"devgate-rules-1\", \"name\": \"測試\", \"mode\": \"enforce\", \"rules\": ["
	"  { \"id\": \"keyboards\", \"match\": { \"function\": \"keyboard\" },"
	"    \"verdict\": \"allow\" },"
	"  { \"id\": \"sticks\", \"match\": { \"function\": \"storage\" },"
	"    \"verdict\": \"read-only\","
	"    \"reason\": { \"en\": \"Only to read.\", \"zh-TW\": \"僅供讀取。\" } },"
	"  { \"id\": \"phones\", \"match\": { \"function\": \"phone\" }, \"verdict\": \"deny\","
	"    \"reason\": { \"zh-TW\": \"手機不行。\" } } ],"
	"  \"defaults\": { \"hub\": \"allow\" } }";

/* The tables: "LOST" is revoked; "GOOD", "READ", "NO" and "BOTH" are registered; "LOST" too. */
struct world {
	uint8_t *revoked_bytes, *registered_bytes;
	struct registered revoked, registered;
	struct rules *rules;
	struct policy_view view;
};

static void encode(const char *const *serials, const enum verdict *verdicts,
		   const function_set *functions, size_t n, uint8_t **ret, struct registered *view)
{
	struct registered_entry entries[8] = { 0 };
	size_t size;

	for (size_t i = 0; i < n; i++) {
		device_media_key(0x0951, 0x1666, serials[i], entries[i].key);
		entries[i].verdict = verdicts[i];
		entries[i].functions = functions[i];
		snprintf(entries[i].tag, sizeof(entries[i].tag), "tag-%s", serials[i]);
	}
	assert_int_equal(registered_encode(entries, n, ret, &size), 0);
	assert_int_equal(registered_open(view, *ret, size, true), 0);
}

static int build(void **state)
{
	static struct world world;
	struct rules_error error;

	encode((const char *[]){ "LOST" }, (enum verdict[]){ VERDICT_DENY },
	       (function_set[]){ ~(function_set)0 }, 1, &world.revoked_bytes, &world.revoked);
	encode((const char *[]){ "GOOD", "READ", "NO", "BOTH", "LOST" },
	       (enum verdict[]){ VERDICT_ALLOW, VERDICT_READ_ONLY, VERDICT_DENY, VERDICT_READ_ONLY,
				 VERDICT_ALLOW },
	       (function_set[]){ F(STORAGE), F(STORAGE), F(STORAGE), F(STORAGE) | F(PHONE),
				 F(STORAGE) },
	       5, &world.registered_bytes, &world.registered);
	if (rules_parse(document, sizeof(document) - 1, &world.rules, &error) < 0)
		return -1;
	world.view = (struct policy_view){ &world.revoked, &world.registered, world.rules, NULL };
	*state = &world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	free(world->revoked_bytes);
	free(world->registered_bytes);
	rules_free(world->rules);
	return 0;
}

static void the_order(void **state)
{
	const struct world *world = *state;
	static const struct {
		const char *serial;
		function_set functions;
		enum verdict verdict;
		enum decide_step step;
		const char *rule;
	} table[] = {
		{ "LOST", F(STORAGE), VERDICT_DENY, STEP_REVOKED, "tag-LOST" },
		{ "LOST", F(KEYBOARD), VERDICT_DENY, STEP_REVOKED, "tag-LOST" },
		{ "LOST", F(HUB), VERDICT_DENY, STEP_REVOKED, "tag-LOST" },
		{ "GOOD", F(STORAGE), VERDICT_ALLOW, STEP_REGISTERED, "tag-GOOD" },
		{ "READ", F(STORAGE), VERDICT_READ_ONLY, STEP_REGISTERED, "tag-READ" },
		{ "NO", F(STORAGE), VERDICT_DENY, STEP_REGISTERED, "tag-NO" },
		/* An entry speaks for its functions; the rest of the device is judged on. */
		{ "GOOD", F(KEYBOARD), VERDICT_ALLOW, STEP_RULE, "keyboards" },
		{ "GOOD", F(NETWORK), VERDICT_DENY, STEP_DEFAULT, "network" },
		/* A phone cannot be read-only. */
		{ "BOTH", F(PHONE), VERDICT_DENY, STEP_REGISTERED, "tag-BOTH" },
		{ "BOTH", F(STORAGE), VERDICT_READ_ONLY, STEP_REGISTERED, "tag-BOTH" },
		{ "OTHER", F(STORAGE), VERDICT_READ_ONLY, STEP_RULE, "sticks" },
		{ NULL, F(STORAGE), VERDICT_READ_ONLY, STEP_RULE, "sticks" },
		{ "OTHER", F(KEYBOARD), VERDICT_ALLOW, STEP_RULE, "keyboards" },
		{ "OTHER", F(PHONE), VERDICT_DENY, STEP_RULE, "phones" },
		{ "OTHER", F(HUB), VERDICT_ALLOW, STEP_DEFAULT, "hub" },
		{ "OTHER", F(VENDOR), VERDICT_DENY, STEP_DEFAULT, "vendor" },
		{ "OTHER", F(OTHER), VERDICT_DENY, STEP_DEFAULT, "other" },
		/* The strictest of an interface's functions, and the first of equals. */
		{ "OTHER", F(STORAGE) | F(KEYBOARD), VERDICT_READ_ONLY, STEP_RULE, "sticks" },
		{ "OTHER", F(STORAGE) | F(PHONE), VERDICT_DENY, STEP_RULE, "phones" },
		{ "GOOD", F(STORAGE) | F(VENDOR), VERDICT_DENY, STEP_DEFAULT, "vendor" },
		{ "OTHER", F(NETWORK) | F(VENDOR), VERDICT_DENY, STEP_DEFAULT, "network" },
		{ "OTHER", 0, VERDICT_DENY, STEP_ERROR, "no-function" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct device device = device_of(table[i].serial, 1, table[i].functions);
		struct decision decision;

		decide(&world->view, &device, &circumstances_unknown, false, &decision);
		decide_explain(&world->view, &decision);
		assert_string_equal(verdict_to_text(decision.verdict),
				    verdict_to_text(table[i].verdict));
		assert_string_equal(decide_step_to_text(decision.step),
				    decide_step_to_text(table[i].step));
		assert_string_equal(decision.rule, table[i].rule);
		assert_int_equal(decision.n, 1);
		assert_int_equal(decision.interfaces[0].verdict, table[i].verdict);
		assert_int_equal(decision.interfaces[0].step, table[i].step);
		assert_string_equal(decision.interfaces[0].rule, table[i].rule);
		assert_int_equal(decision_effect(&decision, 0), table[i].verdict);
		assert_false(decision.partial);
		assert_false(decision.audit_only);
		assert_true(decision.reason_en[0] != '\0' && decision.reason_zh[0] != '\0');
	}
}

static void what_interfaces_add_up_to(void **state)
{
	const struct world *world = *state;
	static const struct {
		function_set functions[3];
		enum verdict verdict;
		bool partial;
		const char *rule; /* of the strictest, the first of equals */
	} table[] = {
		{ { F(KEYBOARD), F(HUB), F(KEYBOARD) }, VERDICT_ALLOW, false, "keyboards" },
		{ { F(KEYBOARD), F(STORAGE), F(HUB) }, VERDICT_READ_ONLY, false, "sticks" },
		{ { F(STORAGE), F(STORAGE), F(STORAGE) }, VERDICT_READ_ONLY, false, "sticks" },
		{ { F(KEYBOARD), F(PHONE), F(STORAGE) }, VERDICT_READ_ONLY, true, "phones" },
		{ { F(KEYBOARD), F(NETWORK), F(PHONE) }, VERDICT_ALLOW, true, "network" },
		{ { F(VENDOR), F(NETWORK), F(PHONE) }, VERDICT_DENY, false, "vendor" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct device device =
			device_of("OTHER", 3, table[i].functions[0], table[i].functions[1],
				  table[i].functions[2]);
		struct decision decision;

		decide(&world->view, &device, &circumstances_unknown, false, &decision);
		decide_explain(&world->view, &decision);
		assert_int_equal(decision.n, 3);
		assert_int_equal(decision.verdict, table[i].verdict);
		assert_int_equal(decision.partial, table[i].partial);
		assert_string_equal(decision.rule, table[i].rule);
	}
}

static void the_built_in_policy(void **state)
{
	const struct world *world = *state;
	const struct policy_view none = { 0 };
	const struct policy_view tables = { &world->revoked, &world->registered, NULL, NULL };
	struct decision decision;

	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const struct device device = device_of("OTHER", 1, FUNCTION_BIT(f));

		for (int present = 0; present < 2; present++) {
			const bool input = f == FUNCTION_KEYBOARD || f == FUNCTION_POINTER ||
					   f == FUNCTION_HID;
			const bool allowed = f == FUNCTION_HUB || (present && input);

			decide(&none, &device, &circumstances_unknown, present, &decision);
			decide_explain(&none, &decision);
			assert_int_equal(decision.verdict, allowed ? VERDICT_ALLOW : VERDICT_DENY);
			assert_int_equal(decision.step, STEP_BUILTIN);
			assert_string_equal(decision.rule, function_to_text((enum function)f));
		}
	}
	/* The tables hold all the same. */
	struct device device = device_of("GOOD", 1, F(STORAGE));
	decide(&tables, &device, &circumstances_unknown, false, &decision);
	decide_explain(&tables, &decision);
	assert_int_equal(decision.verdict, VERDICT_ALLOW);
	assert_int_equal(decision.step, STEP_REGISTERED);
	device = device_of("LOST", 1, F(KEYBOARD));
	decide(&tables, &device, &circumstances_unknown, true, &decision);
	decide_explain(&tables, &decision);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_int_equal(decision.step, STEP_REVOKED);
}

static void present_changes_nothing_once_there_is_a_policy(void **state)
{
	const struct world *world = *state;
	const struct device device = device_of("OTHER", 1, F(POINTER));
	struct decision decision;

	decide(&world->view, &device, &circumstances_unknown, true, &decision);
	decide_explain(&world->view, &decision);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_int_equal(decision.step, STEP_DEFAULT);
}

static void audit_records_and_permits(void **state)
{
	(void)state;
	static const char text[] = "{\"schema\":\"devgate-rules-1\",\"name\":\"a\","
				   "\"mode\":\"audit\",\"rules\":[]}";
	struct policy_view view = { 0 };
	struct rules *rules;
	struct rules_error error;
	struct decision decision;

	assert_int_equal(rules_parse(text, sizeof(text) - 1, &rules, &error), 0);
	view.rules = rules;
	/* The second interface has no function: what cannot be judged stays shut. */
	const struct device device = device_of("OTHER", 2, F(STORAGE), 0U);
	decide(&view, &device, &circumstances_unknown, false, &decision);
	decide_explain(&view, &decision);
	assert_true(decision.audit_only);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_int_equal(decision.interfaces[0].verdict, VERDICT_DENY);
	assert_int_equal(decision_effect(&decision, 0), VERDICT_ALLOW);
	assert_int_equal(decision_effect(&decision, 1), VERDICT_DENY);
	rules_free(rules);
}

/* What is charged only has no driver, and what is encrypted cannot be told yet. */
static void what_the_kernel_is_told(void **state)
{
	(void)state;
	static const struct {
		enum verdict verdict, effect;
	} table[] = {
		{ VERDICT_DENY, VERDICT_DENY },
		{ VERDICT_CHARGE_ONLY, VERDICT_DENY },
		{ VERDICT_ENCRYPTED_ONLY, VERDICT_ENCRYPTED_ONLY },
		{ VERDICT_READ_ONLY, VERDICT_READ_ONLY },
		{ VERDICT_ALLOW, VERDICT_ALLOW },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct decision decision = {
			.n = 1, .interfaces = { { .verdict = table[i].verdict, .step = STEP_RULE } }
		};

		assert_int_equal(decision_effect(&decision, 0), table[i].effect);
		decision.audit_only = true;
		assert_int_equal(decision_effect(&decision, 0), VERDICT_ALLOW);
		decision.interfaces[0].step = STEP_ERROR;
		assert_int_equal(decision_effect(&decision, 0), table[i].effect);
	}
}

/* A decision of another policy than the one in force: a sentence all the same. */
static void a_rule_that_is_gone_is_explained(void **state)
{
	const struct world *world = *state;
	static const char text[] = "{\"schema\":\"devgate-rules-1\",\"name\":\"later\","
				   "\"mode\":\"enforce\",\"rules\":[]}";
	const struct device device = device_of("OTHER", 1, F(KEYBOARD));
	struct policy_view later = { 0 };
	struct rules *rules;
	struct rules_error error;
	struct decision decision;

	decide(&world->view, &device, &circumstances_unknown, false, &decision);
	decide_explain(&later, &decision);
	assert_non_null(strstr(decision.reason_en, "\"keyboards\" of policy \"\""));
	assert_int_equal(rules_parse(text, sizeof(text) - 1, &rules, &error), 0);
	later.rules = rules;
	decide_explain(&later, &decision);
	assert_non_null(strstr(decision.reason_en, "\"keyboards\" of policy \"later\""));
	rules_free(rules);
}

/* One table and not the other. */
static void either_table_may_be_missing(void **state)
{
	const struct world *world = *state;
	const struct device lost = device_of("LOST", 1, F(STORAGE));
	const struct device good = device_of("GOOD", 1, F(STORAGE));
	struct policy_view view = { .revoked = &world->revoked };
	struct decision decision;

	decide(&view, &lost, &circumstances_unknown, false, &decision);
	assert_int_equal(decision.step, STEP_REVOKED);
	decide(&view, &good, &circumstances_unknown, false, &decision);
	assert_int_equal(decision.step, STEP_BUILTIN);
	view = (struct policy_view){ .registered = &world->registered };
	decide(&view, &lost, &circumstances_unknown, false, &decision);
	assert_int_equal(decision.step, STEP_REGISTERED);
}

static void what_cannot_be_judged_is_denied(void **state)
{
	const struct world *world = *state;
	struct decision decision;
	struct device device = device_of("GOOD", 0);

	decide(&world->view, &device, &circumstances_unknown, true, &decision);
	decide_explain(&world->view, &decision);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_int_equal(decision.step, STEP_ERROR);
	assert_int_equal(decision.n, 0);
	assert_non_null(strstr(decision.reason_en, "no interface"));
	assert_true(decision.reason_zh[0] != '\0');
	device.n_interfaces = DEVICE_MAX_INTERFACES + 1;
	decide(&world->view, &device, &circumstances_unknown, true, &decision);
	decide_explain(&world->view, &decision);
	assert_int_equal(decision.step, STEP_ERROR);
	assert_int_equal(decision.n, 0);

	decide_error("The descriptors could not be read.\x1b[2J", &decision);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_int_equal(decision.step, STEP_ERROR);
	assert_int_equal(decision.n, 0);
	assert_false(decision.audit_only);
	assert_string_equal(decision.reason_en, "The descriptors could not be read.\\x1B[2J");
	assert_true(decision.reason_zh[0] != '\0');
	decide_error("", &decision);
	assert_true(decision.reason_en[0] != '\0');
}

/* A table that was changed after it was accepted: every function is denied. */
static void a_broken_table_denies(void **state)
{
	const struct world *world = *state;

	for (int which = 0; which < 2; which++) {
		uint8_t *bytes = which == 0 ? world->revoked_bytes : world->registered_bytes;
		const size_t n = which == 0 ? 1 : 5;
		uint8_t *records = bytes + REGISTERED_HEADER_SIZE + n * DEVICE_KEY_SIZE;
		const struct device device = device_of("LOST", 2, F(STORAGE), F(KEYBOARD));
		struct decision decision;

		for (size_t i = 0; i < n; i++)
			records[i * REGISTERED_RECORD_SIZE + 18] = 1;
		decide(&world->view, &device, &circumstances_unknown, true, &decision);
		decide_explain(&world->view, &decision);
		assert_int_equal(decision.verdict, VERDICT_DENY);
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(decision.interfaces[i].verdict, VERDICT_DENY);
			assert_int_equal(decision.interfaces[i].step, STEP_ERROR);
			assert_string_equal(decision.interfaces[i].rule,
					    which == 0 ? "revoked" : "registered");
		}
		for (size_t i = 0; i < n; i++)
			records[i * REGISTERED_RECORD_SIZE + 18] = 0;
	}
}

static void reasons(void **state)
{
	const struct world *world = *state;
	static const struct {
		const char *serial;
		function_set functions;
		const char *en, *zh;
	} table[] = {
		{ "OTHER", F(STORAGE), "Only to read.", "僅供讀取。" },
		{ "OTHER", F(PHONE), "\"phones\"", "手機不行。" },
		{ "OTHER", F(KEYBOARD), "\"keyboards\" of policy \"測試\" it may be used.",
		  "依政策「測試」的規則「keyboards」：准許使用。" },
		{ "OTHER", F(NETWORK), "default for network adapters it is blocked. If your work",
		  "依網路卡的預設處置：阻擋。如因公務" },
		{ "LOST", F(STORAGE), "(tag-LOST) is listed as lost", "（tag-LOST）已通報遺失" },
		{ "GOOD", F(STORAGE), "Registered as tag-GOOD: it may be used.",
		  "已列冊管理（tag-GOOD）：准許使用。" },
		{ "READ", F(STORAGE), "Registered as tag-READ: it may be read, not written.",
		  "已列冊管理（tag-READ）：唯讀。" },
		{ "OTHER", 0, "could not be judged", "無法判定" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct device device = device_of(table[i].serial, 1, table[i].functions);
		struct decision decision;

		decide(&world->view, &device, &circumstances_unknown, false, &decision);
		decide_explain(&world->view, &decision);
		if (strstr(decision.reason_en, table[i].en) == NULL ||
		    strstr(decision.reason_zh, table[i].zh) == NULL)
			fail_msg("%s / %s", decision.reason_en, decision.reason_zh);
	}

	/* Every sentence is whole, also with the longest names there can be. */
	char text[400];
	struct rules *rules;
	struct rules_error error;
	snprintf(text, sizeof(text),
		 "{\"schema\":\"devgate-rules-1\",\"name\":\"%0*d\",\"mode\":\"enforce\","
		 "\"rules\":[{\"id\":\"%0*d\",\"match\":{\"function\":\"hub\"},"
		 "\"verdict\":\"deny\"}]}",
		 RULES_NAME_SIZE - 1, 0, RULES_ID_SIZE - 1, 0);
	assert_int_equal(rules_parse(text, strlen(text), &rules, &error), 0);
	for (int f = 0; f < _FUNCTION_MAX; f++) {
		const struct policy_view view = { .rules = rules };
		const struct device device = device_of(NULL, 1, FUNCTION_BIT(f));
		struct decision decision;

		decide(&view, &device, &circumstances_unknown, false, &decision);
		decide_explain(&view, &decision);
		assert_int_equal(decision.reason_en[strlen(decision.reason_en) - 1], '.');
		assert_string_equal(decision.reason_zh + strlen(decision.reason_zh) - 3, "。");
		assert_true(text_is_clean(decision.reason_zh, strlen(decision.reason_zh)));
	}
	rules_free(rules);
}

static void steps_have_words(void **state)
{
	(void)state;
	static const char *const words[] = { "revoked", "grant",   "registered", "rule",
					     "risk",	"default", "builtin",	 "error" };

	for (int s = 0; s < _STEP_MAX; s++)
		assert_string_equal(decide_step_to_text((enum decide_step)s), words[s]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order),
		cmocka_unit_test(what_interfaces_add_up_to),
		cmocka_unit_test(the_built_in_policy),
		cmocka_unit_test(present_changes_nothing_once_there_is_a_policy),
		cmocka_unit_test(audit_records_and_permits),
		cmocka_unit_test(what_the_kernel_is_told),
		cmocka_unit_test(a_rule_that_is_gone_is_explained),
		cmocka_unit_test(either_table_may_be_missing),
		cmocka_unit_test(what_cannot_be_judged_is_denied),
		cmocka_unit_test(a_broken_table_denies),
		cmocka_unit_test(reasons),
		cmocka_unit_test(steps_have_words),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, build, tear_down);
}
