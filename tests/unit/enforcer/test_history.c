/* What the ledger tells of this boot's devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "agent/enforcer/history.h"

#define BOOT "aaaaaaaabbbbbbbbccccccccdddddddd"

static void learn(struct history *history, const char *line)
{
	history_on_line(history, line, strlen(line));
}

static void test_history(void **state)
{
	struct history history;
	struct device *device = calloc(1, sizeof(*device));
	struct decision *decision = calloc(1, sizeof(*decision));
	const struct history_stay *stay;

	(void)state;
	history_init(&history, BOOT);
	learn(&history, "{\"time\":\"T0\",\"boot\":\"other\",\"kind\":\"device.decided\","
			"\"instance\":\"x-1\"}");
	assert_null(history_find(&history, "x-1"));
	learn(&history, "{\"time\":\"T1\",\"boot\":\"" BOOT "\",\"mono_us\":77,"
			"\"kind\":\"device.decided\",\"instance\":\"a-1\",\"present\":true,"
			"\"verdict\":\"deny\",\"audit\":false,\"interfaces\":[]}");
	learn(&history, "{\"time\":\"T2\",\"boot\":\"" BOOT "\",\"mono_us\":99,"
			"\"kind\":\"device.changed\",\"instance\":\"a-1\",\"verdict\":\"allow\","
			"\"audit\":false,\"interfaces\":[{\"config\":1,\"number\":0,"
			"\"function\":\"storage\",\"verdict\":\"allow\"}]}");
	learn(&history, "not json");
	stay = history_find(&history, "a-1");
	assert_non_null(stay);
	assert_true(stay->present);
	assert_int_equal(stay->arrived_us, 77);

	device->n_interfaces = decision->n = 1;
	device->interfaces[0].config = 1;
	decision->interfaces[0].function = FUNCTION_STORAGE;
	decision->verdict = decision->interfaces[0].verdict = VERDICT_ALLOW;
	assert_true(history_agrees(stay, device, decision));
	decision->interfaces[0].verdict = VERDICT_DENY;
	assert_false(history_agrees(stay, device, decision));
	decision->interfaces[0].verdict = VERDICT_ALLOW;
	decision->interfaces[0].function = FUNCTION_PHONE;
	assert_false(history_agrees(stay, device, decision));
	decision->interfaces[0].function = FUNCTION_STORAGE;
	decision->audit_only = true;
	assert_false(history_agrees(stay, device, decision));
	decision->audit_only = false;
	device->interfaces[0].number = 1;
	assert_false(history_agrees(stay, device, decision));

	assert_false(history.clean);
	learn(&history, "{\"time\":\"T3\",\"boot\":\"" BOOT "\",\"kind\":\"agent.stopped\"}");
	assert_true(history.clean);
	assert_string_equal(history.last_time, "T3");
	learn(&history, "{\"time\":\"T4\",\"boot\":\"" BOOT "\",\"kind\":\"device.removed\","
			"\"instance\":\"a-1\"}");
	assert_null(history_find(&history, "a-1"));
	assert_false(history.clean);
	history_finish(&history);
	free(device);
	free(decision);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
