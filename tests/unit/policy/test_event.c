#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/event.h"
#include "policy/text.h"

#define TIME "\"time\":\"2026-11-22T22:36:19.123456Z\""
#define HEAD "\"seq\":7," TIME ",\"kind\":\"device.decided\""

static int parse(struct event_columns *ret, const char *line)
{
	return event_parse(ret, line, strlen(line));
}

static const char decided[] =
	"{" HEAD ",\"boot\":\"00112233445566778899aabbccddeeff\",\"mono_us\":123,"
	"\"instance\":\"00112233-4711\",\"device\":{\"bus\":\"usb\",\"vendor\":\"0951\","
	"\"product\":\"1666\",\"release\":\"0100\",\"serial\":\"E0D5 \\\\x1B\","
	"\"manufacturer\":\"Kingston\",\"name\":\"隨身碟\",\"speed_mbps\":480},"
	"\"present\":false,\"verdict\":\"read-only\",\"partial\":false,\"audit\":false,"
	"\"step\":\"registered\",\"rule\":\"A-001\",\"reason\":{\"en\":\"x\",\"zh-TW\":\"y\"},"
	"\"interfaces\":[{\"config\":1,\"number\":0,\"class\":\"080650\"}],"
	"\"modifiers\":[\"trail\"],\"risk\":12,\"unknown\":[\"site\"],\"facts\":[\"time\"],"
	"\"person\":\"alice\",\"policy\":12,\"violation\":true,\"hash\":\"00\"}";

static void takes_the_columns(void **state)
{
	(void)state;
	struct event_columns event;

	assert_int_equal(parse(&event, decided), 0);
	assert_int_equal(event.seq, 7);
	assert_string_equal(event.time, "2026-11-22T22:36:19.123456Z");
	assert_string_equal(event.kind, "device.decided");
	assert_string_equal(event.instance, "00112233-4711");
	/* What the agent has escaped is not escaped again. */
	assert_string_equal(event.device, "0951:1666 E0D5 \\x1B");
	assert_string_equal(event.name, "Kingston 隨身碟");
	assert_string_equal(event.verdict, "read-only");
	assert_string_equal(event.rule, "registered:A-001");
	assert_string_equal(event.person, "alice");
	assert_int_equal(event.policy_version, 12);
	assert_true(event.violation);
	assert_int_equal(event.duration_s, 0);
}

static void takes_what_agents_say(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{\"seq\":7," TIME ",\"kind\":\"agent.stopped\",\"reason\":7}",
		"{\"seq\":7," TIME ",\"kind\":\"agent.stopped\",\"reason\":\"0123456789abcdef\"}",
		"{" HEAD ",\"pre_agent\":1}",
	};
	struct event_columns event;

	assert_int_equal(parse(&event, "{\"seq\":7," TIME ",\"kind\":\"agent.stopped\","
				       "\"reason\":\"shutdown\"}"),
			 0);
	assert_string_equal(event.reason, "shutdown");
	assert_false(event.pre_agent);
	assert_int_equal(parse(&event, "{" HEAD ",\"pre_agent\":true,\"since_us\":5}"), 0);
	assert_true(event.pre_agent);
	assert_string_equal(event.reason, "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(&event, bad[i]), -EBADMSG);
}

static void takes_usage(void **state)
{
	(void)state;
	struct event_columns event;

	assert_int_equal(parse(&event, "{" HEAD ",\"device\":{\"vendor\":\"0951\","
				       "\"product\":\"1666\",\"serial\":null,\"name\":\"Stick\"},"
				       "\"duration_s\":3600,\"bytes_read\":9223372036854775807,"
				       "\"bytes_written\":0,\"person\":null}"),
			 0);
	assert_string_equal(event.device, "0951:1666");
	assert_string_equal(event.name, "Stick");
	assert_string_equal(event.person, "");
	assert_int_equal(event.duration_s, 3600);
	assert_int_equal(event.bytes_read, INT64_MAX);
	assert_int_equal(event.bytes_written, 0);
	assert_false(event.violation);
	assert_string_equal(event.verdict, "");
	assert_string_equal(event.rule, "");
}

static void the_least_event(void **state)
{
	(void)state;
	struct event_columns event;

	assert_int_equal(parse(&event, "{" HEAD "}"), 0);
	assert_string_equal(event.device, "");
	assert_string_equal(event.name, "");
	assert_int_equal(parse(&event, "{" HEAD ",\"device\":null,\"step\":\"error\"}"), 0);
	assert_string_equal(event.device, "");
	assert_string_equal(event.rule, "error");
	assert_int_equal(parse(&event, "{" HEAD ",\"rule\":\"r\"}"), 0);
	assert_string_equal(event.rule, "r");
}

static void refuses_other_forms(void **state)
{
	(void)state;
	static const char *const table[] = {
		"",
		"[]",
		"7",
		"{}",
		"{" HEAD,
		"{" HEAD "}{}",
		"{" HEAD ",\"seq\":8}",
		"{\"seq\":0," TIME ",\"kind\":\"x\"}",
		"{\"seq\":-1," TIME ",\"kind\":\"x\"}",
		"{\"seq\":1.5," TIME ",\"kind\":\"x\"}",
		"{\"seq\":\"1\"," TIME ",\"kind\":\"x\"}",
		"{\"seq\":null," TIME ",\"kind\":\"x\"}",
		"{" TIME ",\"kind\":\"x\"}",
		"{\"seq\":1,\"kind\":\"x\"}",
		"{\"seq\":1," TIME "}",
		"{\"seq\":1," TIME ",\"kind\":\"\"}",
		"{\"seq\":1," TIME ",\"kind\":\".x\"}",
		"{\"seq\":1," TIME ",\"kind\":\"x.\"}",
		"{\"seq\":1," TIME ",\"kind\":\"X\"}",
		"{\"seq\":1," TIME ",\"kind\":\"a b\"}",
		"{\"seq\":1," TIME ",\"kind\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
		"{\"seq\":1,\"time\":\"2026-11-22T22:36:19Z\",\"kind\":\"x\"}",
		"{\"seq\":1,\"time\":\"2026-11-22T22:36:19.12345Z\",\"kind\":\"x\"}",
		"{\"seq\":1,\"time\":\"2026-11-22T22:36:19,123456Z\",\"kind\":\"x\"}",
		"{\"seq\":1,\"time\":\"2026-11-22T22:36:19.12345xZ\",\"kind\":\"x\"}",
		"{\"seq\":1,\"time\":\"2026-11-22T22:36:19.123456z\",\"kind\":\"x\"}",
		"{\"seq\":1,\"time\":\"2026-11-31T22:36:19.123456Z\",\"kind\":\"x\"}",
		"{\"seq\":1,\"time\":\"2026-11-22T22:36:19.1234567Z\",\"kind\":\"x\"}",
		"{" HEAD ",\"instance\":7}",
		"{" HEAD ",\"instance\":\"a\\nb\"}",
		"{" HEAD ",\"instance\":\"0000000000000000000000000000000000000000000000000000000"
		"000000000\"}",
		"{" HEAD ",\"device\":7}",
		"{" HEAD ",\"device\":{}}",
		"{" HEAD ",\"device\":{\"vendor\":\"0951\"}}",
		"{" HEAD ",\"device\":{\"vendor\":\"951\",\"product\":\"1666\"}}",
		"{" HEAD ",\"device\":{\"vendor\":\"0951\",\"product\":\"166x\"}}",
		"{" HEAD ",\"device\":{\"vendor\":2385,\"product\":\"1666\"}}",
		"{" HEAD ",\"device\":{\"vendor\":\"0951\",\"product\":1666}}",
		"{" HEAD ",\"device\":{\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":7}}",
		"{" HEAD ",\"device\":{\"vendor\":\"0951\",\"product\":\"1666\",\"name\":7}}",
		"{" HEAD ",\"device\":{\"vendor\":\"0951\",\"product\":\"1666\","
		"\"manufacturer\":[]}}",
		"{" HEAD ",\"verdict\":\"permit\"}",
		"{" HEAD ",\"verdict\":7}",
		"{" HEAD ",\"step\":7}",
		"{" HEAD ",\"rule\":7}",
		"{" HEAD ",\"person\":7}",
		"{" HEAD ",\"violation\":1}",
		"{" HEAD ",\"violation\":null}",
		"{" HEAD ",\"duration_s\":-1}",
		"{" HEAD ",\"bytes_read\":1.0}",
		"{" HEAD ",\"bytes_written\":\"1\"}",
		"{" HEAD ",\"policy\":-1}",
		"{" HEAD ",\"x\":[[[[[[1]]]]]]}",
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct event_columns event = { .seq = 777 };

		if (parse(&event, table[i]) != -EBADMSG)
			fail_msg("%s", table[i]);
		assert_int_equal(event.seq, 777);
	}
}

static void every_truncation(void **state)
{
	(void)state;
	struct event_columns event;

	for (size_t size = 0; size < sizeof(decided) - 1; size++) {
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, decided, size);
		assert_int_equal(event_parse(&event, copy, size), -EBADMSG);
		free(copy);
	}
}

/* An agent that does not do its part: what it writes is made fit to be shown, and cut. */
static void hostile_texts(void **state)
{
	(void)state;
	struct event_columns event;
	char line[5000];

	assert_int_equal(parse(&event, "{" HEAD ",\"person\":\"a\\u202eb\",\"step\":\"rule\","
				       "\"rule\":\"\\u001b[2J\",\"device\":{\"vendor\":\"0951\","
				       "\"product\":\"1666\",\"serial\":\"\\u0007\","
				       "\"name\":\"\\u200b\"}}"),
			 0);
	assert_string_equal(event.person, "a\\u{202E}b");
	assert_string_equal(event.rule, "rule:\\x1B[2J");
	assert_string_equal(event.device, "0951:1666 \\x07");
	assert_string_equal(event.name, "\\u{200B}");

	snprintf(line, sizeof(line),
		 "{" HEAD ",\"person\":\"%0600d\",\"step\":\"%0600d\",\"rule\":\"%0600d\","
		 "\"device\":{\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":\"%0600d\","
		 "\"name\":\"%0600d\",\"manufacturer\":\"%0600d\"}}",
		 0, 0, 0, 0, 0, 0);
	assert_int_equal(parse(&event, line), 0);
	assert_int_equal(strlen(event.device), EVENT_TEXT_SIZE - 1);
	assert_true(strlen(event.name) < EVENT_TEXT_SIZE);
	assert_true(strlen(event.person) < sizeof(event.person));
	assert_true(text_is_clean(event.person, strlen(event.person)));
	assert_true(strlen(event.rule) < sizeof(event.rule));

	char *large = malloc(LEDGER_LINE_MAX);
	assert_non_null(large);
	memset(large, ' ', LEDGER_LINE_MAX);
	memcpy(large, decided, sizeof(decided) - 1);
	assert_int_equal(event_parse(&event, large, LEDGER_LINE_MAX - 1), 0);
	assert_int_equal(event_parse(&event, large, LEDGER_LINE_MAX), -EBADMSG);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_columns),   cmocka_unit_test(takes_what_agents_say),
		cmocka_unit_test(takes_usage),	       cmocka_unit_test(the_least_event),
		cmocka_unit_test(refuses_other_forms), cmocka_unit_test(every_truncation),
		cmocka_unit_test(hostile_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
