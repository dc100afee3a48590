/* Why the enforcer ends: what systemd's words mean, what is said where it does not answer, and that
 * whoever signals past it is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/enforcer/shutdown.h"
#include "agent/enforcer/stopping.h"

#define NOBODY_THERE "unix:path=/nonexistent/devgate"

static void test_reasons(void **state)
{
	static const struct {
		const char *system, *job, *reason;
	} cases[] = {
		{ "stopping", "stop", "shutdown" }, { "stopping", "", "shutdown" },
		{ "running", "stop", "stop" },	    { "degraded", "restart", "restart" },
		{ "running", "", "unknown" },	    { "", "", "unknown" },
		{ "running", "start", "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(stopping_reason(cases[i].system, cases[i].job),
				    cases[i].reason);
}

static void test_systemd_does_not_answer(void **state)
{
	const struct signalfd_siginfo info = { .ssi_signo = SIGTERM, .ssi_pid = 1 };
	_cleanup_json_ json_t *members = stopping_members(&info, NOBODY_THERE);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(members, "reason")), "unknown");
	assert_string_equal(json_string_value(json_object_get(members, "signal")), "SIGTERM");
	assert_null(json_object_get(members, "by"));
}

static void test_systemd_has_told(void **state)
{
	const struct signalfd_siginfo info = { .ssi_signo = SIGTERM, .ssi_pid = 1 };
	_cleanup_json_ json_t *members = stopping_members(&info, NULL);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(members, "reason")), "shutdown");
	assert_string_equal(json_string_value(json_object_get(members, "signal")), "SIGTERM");
}

static void test_somebody_else(void **state)
{
	const struct signalfd_siginfo info = { .ssi_signo = SIGINT,
					       .ssi_pid = 4711,
					       .ssi_uid = 1000 };
	_cleanup_json_ json_t *members = stopping_members(&info, NOBODY_THERE);
	const json_t *by = json_object_get(members, "by");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(members, "reason")), "signal");
	assert_string_equal(json_string_value(json_object_get(members, "signal")), "SIGINT");
	assert_int_equal(json_integer_value(json_object_get(by, "pid")), 4711);
	assert_int_equal(json_integer_value(json_object_get(by, "uid")), 1000);
}

static void test_shutdown_cannot_be_asked(void **state)
{
	struct shutdown shutdown = { 0 };
	sd_event *loop = NULL;

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(shutdown_ask(&shutdown, loop, NULL, NOBODY_THERE), -ENOENT);
		assert_null(shutdown.bus);
		assert_false(shutdown.told);
	}
	shutdown.told = true; /* then nobody is asked again */
	assert_int_equal(shutdown_ask(&shutdown, loop, NULL, NOBODY_THERE), 0);
	shutdown_finish(&shutdown);
	sd_event_unref(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_systemd_does_not_answer),
		cmocka_unit_test(test_systemd_has_told),
		cmocka_unit_test(test_somebody_else),
		cmocka_unit_test(test_shutdown_cannot_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
