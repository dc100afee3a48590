/* USBGuard takes backspaces, tabs and ends of line off the end of a device's name and serial
 * (SysFSDevice::readAttribute()), and so does struct device: a rule that was imported holds for the
 * same devices as before, whatever they put there. */
#include "../policy/cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/decide.h"
#include "policy/device_json.h"
#include "usbguard_text.h"

static const struct end_case {
	const char *rules, *name, *serial; /* of the device, as JSON has them */
	enum verdict wanted;		   /* USBGuard 1.1's */
} cases[] = {
	{ "block name \"X\"\nallow\n", "X\\t", "1", VERDICT_DENY },
	{ "block name \"X\"\nallow\n", "X\\r\\n", "1", VERDICT_DENY },
	{ "block name \"X\"\nallow\n", "X\\b\\b\\t", "1", VERDICT_DENY },
	{ "block name \"X\"\nallow\n", "X\\\\x09", "1", VERDICT_DENY }, /* as a record has it */
	{ "block name \"X\"\nallow\n", "X ", "1", VERDICT_ALLOW },
	{ "block name \"X\"\nallow\n", "X\\tY", "1", VERDICT_ALLOW },
	{ "block name \"X\"\nallow\n", "\\tX", "1", VERDICT_ALLOW },
	{ "block serial \"1\"\nallow\n", "X", "1\\n", VERDICT_DENY },
	{ "block serial \"\"\nallow\n", "X", "\\t", VERDICT_DENY },
	{ "block name \"\"\nallow\n", "\\n", "1", VERDICT_DENY },
	{ "allow name none-of { \"X\" \"Y\" }\n", "X\\t", "1", VERDICT_DENY },
	{ "allow serial none-of { \"\" }\n", "X", "\\t", VERDICT_DENY },
	{ "allow name \"X\"\n", "X\\t", "1", VERDICT_ALLOW },
	{ "allow name \"X\"\n", "X ", "1", VERDICT_DENY },
	{ "allow name \"X\\x09\"\n", "X\\t", "1", VERDICT_DENY },
	{ "block name none-of { \"X\\x09\" }\nallow\n", "X\\t", "1", VERDICT_DENY },
};

static struct rules *import_rules(const char *source)
{
	struct import import;
	struct rules_error error;
	struct rules *rules = NULL;

	if (import_text(source, strlen(source), &loose, &import, &error) < 0)
		fail_msg("%s: %s", source, error.message);
	char *text = json_dumps(import.rules, 0);
	assert_int_equal(rules_parse(text, strlen(text), &rules, &error), 0);
	free(text);
	import_finish(&import);
	return rules;
}

static struct device make_device(const struct end_case *of)
{
	struct device_given given;
	struct rules_error error;
	char text[300];

	snprintf(text, sizeof(text),
		 "{\"vendor\":\"0951\",\"product\":\"1666\",\"interfaces\":[\"080650\"],"
		 "\"name\":\"%s\",\"serial\":\"%s\"}",
		 of->name, of->serial);
	if (device_json_parse(text, strlen(text), &given, &error) < 0)
		fail_msg("%s: %s", text, error.message);
	return given.device;
}

static void a_rule_holds_whatever_a_text_ends_with(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rules *rules = import_rules(cases[i].rules);
		const struct policy_view view = { .rules = rules };
		const struct device device = make_device(&cases[i]);
		struct decision decision;

		decide(&view, &device, &circumstances_unknown, false, &decision);
		if (decision.verdict != cases[i].wanted)
			fail_msg("%s: name \"%s\", serial \"%s\": %s", cases[i].rules,
				 cases[i].name, cases[i].serial, verdict_to_text(decision.verdict));
		rules_free(rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_holds_whatever_a_text_ends_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
