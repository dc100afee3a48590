/* What can be changed while the collector runs: the command line goes first, and a bad one changes
 * nothing. */
#include <errno.h>
#include <string.h>

#include "server/collector/settings.h"
#include "tests/unit/policy/cmocka_test.h"

static char error[SETTINGS_ERROR_SIZE];

static int merge(struct settings *ret, const struct settings *command_line, const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	int r = settings_merge(ret, command_line, json, error);
	json_decref(json);
	return r;
}

static void test_order(void **state)
{
	struct settings command_line, merged;

	(void)state;
	settings_init(&command_line);
	assert_int_equal(settings_take(&command_line, SETTING_PATIENCE, "5", error), 0);
	assert_int_equal(merge(&merged, &command_line,
			       "{\"patience\": 7, \"silent_after\": 600, \"name\": \"a\","
			       " \"uploads_memory\": \"16\", \"agent_rates\": \"1:2:3\"}"),
			 0);
	assert_int_equal(merged.patience_s, 5);
	assert_int_equal(merged.silent_after_s, 600);
	assert_int_equal(merged.uploads_memory, 16 * 1024 * 1024);
	assert_int_equal(merged.agent_rates[RATE_EVENTS], 2);
	assert_int_equal(merged.certificate_life_s, command_line.certificate_life_s);
	/* What the file said once is not the command line's. */
	assert_int_equal(merge(&merged, &command_line, "{}"), 0);
	assert_int_equal(merged.silent_after_s, command_line.silent_after_s);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "{\"patience\": 0}", "\"patience\" wants 1 to 3600 seconds" },
		{ "{\"patience\": 3601}", "\"patience\" wants 1 to 3600 seconds" },
		{ "{\"patience\": -1}", "\"patience\" wants 1 to 3600 seconds" },
		{ "{\"patience\": \"5x\"}", "\"patience\" wants 1 to 3600 seconds" },
		{ "{\"patience\": true}", "\"patience\" wants 1 to 3600 seconds" },
		{ "{\"patience\": \"99999999999999999999999\"}",
		  "\"patience\" wants 1 to 3600 seconds" },
		{ "{\"silent_after\": 119}", "\"silent_after\" wants 120 to 2592000 seconds" },
		{ "{\"certificate_life\": 0}", "\"certificate_life\" wants 1 to 34300800 seconds" },
		{ "{\"uploads_memory\": 3}", "\"uploads_memory\" wants 4 MiB or more" },
		{ "{\"agent_rates\": \"1:2\"}",
		  "\"agent_rates\" wants REQUESTS:EVENTS:BYTES a second" },
		{ "{\"agent_rates\": \"1:2:3:4\"}",
		  "\"agent_rates\" wants REQUESTS:EVENTS:BYTES a second" },
		{ "{\"agent_rates\": \"1:2:1000000001\"}",
		  "\"agent_rates\" wants REQUESTS:EVENTS:BYTES a second" },
		{ "{\"silent_after\": 600, \"agent_rates\": 5}",
		  "\"agent_rates\" wants REQUESTS:EVENTS:BYTES a second" },
	};
	struct settings command_line, merged;

	(void)state;
	settings_init(&command_line);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		merged = (struct settings){ .patience_s = 42 };
		assert_int_equal(merge(&merged, &command_line, cases[i].text), -EINVAL);
		assert_string_equal(error, cases[i].error);
		assert_int_equal(merged.patience_s, 42);
		assert_int_equal(merged.silent_after_s, 0);
	}
}

/* A member that the command line goes before must be good all the same: without that option it
 * would not be taken. */
static void test_hidden(void **state)
{
	struct settings command_line, merged;

	(void)state;
	settings_init(&command_line);
	assert_int_equal(settings_take(&command_line, SETTING_PATIENCE, "5", error), 0);
	assert_int_equal(merge(&merged, &command_line, "{\"patience\": 0}"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
