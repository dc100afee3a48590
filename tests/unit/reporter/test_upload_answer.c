/* Each answer of the collector asks for one reaction, and nonsense for a later try. */
#include <string.h>

#include "agent/reporter/upload_answer.h"
#include "tests/unit/policy/cmocka_test.h"

static const struct {
	int status;
	const char *body;
	unsigned retry_after_s;
	enum upload_action action;
	uint64_t acked;
	unsigned wait_s;
} cases[] = {
	{ 200, "{\"acked\":0}", 0, UPLOAD_ACKED, 0, 0 },
	{ 200, "{\"acked\":9007199254740993}", 0, UPLOAD_ACKED, 9007199254740993, 0 },
	{ 200, "{\"acked\":-1}", 0, UPLOAD_RETRY, 0, 0 },
	{ 200, "{\"acked\":\"7\"}", 0, UPLOAD_RETRY, 0, 0 },
	{ 200, "{\"acked\":1.5}", 0, UPLOAD_RETRY, 0, 0 },
	{ 200, "{}", 0, UPLOAD_RETRY, 0, 0 },
	{ 200, "", 0, UPLOAD_RETRY, 0, 0 },
	{ 200, "<html>", 0, UPLOAD_RETRY, 0, 0 },
	{ 409, "{\"code\":\"gap\",\"acked\":12}", 0, UPLOAD_RESUME, 12, 0 },
	{ 409, "{\"code\":\"gap\"}", 0, UPLOAD_STOP, 0, 0 },
	{ 409, "{\"code\":\"fork\",\"acked\":12}", 0, UPLOAD_STOP, 0, 0 },
	{ 409, "", 0, UPLOAD_STOP, 0, 0 },
	{ 422, "{\"code\":\"chain-broken\",\"acked\":3}", 0, UPLOAD_STOP, 0, 0 },
	{ 400, "", 0, UPLOAD_STOP, 0, 0 },
	{ 404, "", 0, UPLOAD_STOP, 0, 0 },
	{ 415, "", 0, UPLOAD_STOP, 0, 0 },
	{ 413, "", 0, UPLOAD_HALVE, 0, 0 },
	{ 401, "", 0, UPLOAD_DENIED, 0, 0 },
	{ 403, "", 0, UPLOAD_DENIED, 0, 0 },
	{ 429, "", 30, UPLOAD_RETRY, 0, 30 },
	{ 503, "", 5, UPLOAD_RETRY, 0, 5 },
	{ 503, "", 0, UPLOAD_RETRY, 0, 0 },
	{ 500, "", 0, UPLOAD_RETRY, 0, 0 },
	{ 408, "", 0, UPLOAD_RETRY, 0, 0 },
	{ 302, "", 0, UPLOAD_RETRY, 0, 0 },
	{ 0, "", 0, UPLOAD_RETRY, 0, 0 },
};

static void test_each_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct upload_answer answer;

		upload_answer_parse(&answer, cases[i].status, cases[i].body, strlen(cases[i].body),
				    cases[i].retry_after_s);
		if (answer.action != cases[i].action || answer.wait_s != cases[i].wait_s)
			fail_msg("%d %s: action %d, wait %u", cases[i].status, cases[i].body,
				 answer.action, answer.wait_s);
		if (answer.action == UPLOAD_ACKED || answer.action == UPLOAD_RESUME)
			assert_int_equal(answer.acked, cases[i].acked);
	}
}

static void test_no_truncated_answer_acknowledges(void **state)
{
	static const char body[] = "{\"acked\":123}";
	struct upload_answer answer;

	(void)state;
	for (size_t n = 0; n < sizeof(body) - 1; n++) {
		upload_answer_parse(&answer, 200, body, n, 0);
		assert_int_equal(answer.action, UPLOAD_RETRY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_answer),
		cmocka_unit_test(test_no_truncated_answer_acknowledges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
