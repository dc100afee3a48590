/* The collector hears what the enforcer says of itself, or that it says nothing. */
#include <errno.h>
#include <stdlib.h>

#include "agent/reporter/status_body.h"
#include "tests/unit/policy/cmocka_test.h"

static const char status[] =
	"{\"version\":\"0.1.0\",\"pid\":1,\"ledger\":{\"id\":\"aa\",\"next_"
	"seq\":5,\"hash\":\"bb\"},"
	"\"policy\":{\"version\":7,\"name\":\"x\",\"mode\":\"enforce\",\"rolled_back\":8},"
	"\"revocations\":{\"version\":2},\"gate\":\"active\"}";

enum { NOW = 1700000000 };

static const struct machine machine = { "ws-1", "cc", "dd" };

static void test_members(void **state)
{
	json_t *reply = json_loads(status, 0, NULL), *body;
	char *text;

	(void)state;
	assert_int_equal(status_body(reply, &machine, NOW, &text), 0);
	body = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(body, "ledger")), "aa");
	assert_int_equal(json_integer_value(json_object_get(body, "next_seq")), 5);
	assert_int_equal(json_integer_value(json_object_get(body, "policy")), 7);
	assert_int_equal(json_integer_value(json_object_get(body, "revocations")), 2);
	assert_string_equal(json_string_value(json_object_get(body, "mode")), "enforce");
	assert_string_equal(json_string_value(json_object_get(body, "gate")), "active");
	assert_string_equal(json_string_value(json_object_get(body, "version")), "0.1.0");
	assert_int_equal(json_integer_value(json_object_get(body, "rolled_back")), 8);
	assert_int_equal(json_object_size(body), 12);
	assert_string_equal(json_string_value(json_object_get(body, "hostname")), "ws-1");
	assert_string_equal(json_string_value(json_object_get(body, "machine_id")), "cc");
	assert_string_equal(json_string_value(json_object_get(body, "boot")), "dd");
	assert_string_equal(json_string_value(json_object_get(body, "time")),
			    "2023-11-14T22:13:20Z");
	json_decref(body);
	json_decref(reply);
	free(text);
}

static void test_each_member_is_needed(void **state)
{
	static const char *const names[] = { "version", "ledger", "policy", "revocations", "gate" };
	char *text;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		json_t *reply = json_loads(status, 0, NULL);

		json_object_del(reply, names[i]);
		assert_int_equal(status_body(reply, &machine, NOW, &text), -EBADMSG);
		json_decref(reply);
	}
}

static void test_no_enforcer(void **state)
{
	json_t *body;
	char *text;

	(void)state;
	assert_int_equal(status_body(NULL, &machine, NOW, &text), 0);
	body = json_loads(text, 0, NULL);
	assert_int_equal(json_object_size(body), 12);
	assert_string_equal(json_string_value(json_object_get(body, "gate")),
			    "unavailable: the enforcer does not answer");
	json_decref(body);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_each_member_is_needed),
		cmocka_unit_test(test_no_enforcer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
