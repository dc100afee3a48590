/* Texts are shown in the reader's language and time, and never drive the terminal. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/cli/device_text.h"
#include "agent/cli/event_text.h"
#include "agent/common/language.h"
#include "agent/cli/text.h"
#include "tests/unit/policy/cmocka_test.h"

static void set_language(const char *all, const char *messages, const char *lang)
{
	setenv("LC_ALL", all, 1);
	setenv("LC_MESSAGES", messages, 1);
	setenv("LANG", lang, 1);
}

static void test_language(void **state)
{
	static const struct {
		const char *all, *messages, *lang;
		bool chinese;
	} cases[] = {
		{ "", "", "", false },
		{ "", "", "zh_TW.UTF-8", true },
		{ "", "en_US.UTF-8", "zh_TW.UTF-8", false },
		{ "zh_TW.UTF-8", "en_US.UTF-8", "C", true },
		{ "C", "zh_TW.UTF-8", "zh_TW.UTF-8", false },
		{ "", "", "zh_CN.UTF-8", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		set_language(cases[i].all, cases[i].messages, cases[i].lang);
		assert_int_equal(language_is_chinese(), cases[i].chinese);
	}
	set_language("", "", "");
}

static void test_reason(void **state)
{
	json_t *both = json_pack("{s:s, s:s}", "en", "no", "zh-TW", "未列冊");
	json_t *one = json_pack("{s:s}", "en", "no");
	char text[64];

	(void)state;
	assert_string_equal(text_reason(both, text, sizeof(text)), "no");
	set_language("", "", "zh_TW.UTF-8");
	assert_string_equal(text_reason(both, text, sizeof(text)), "未列冊");
	assert_string_equal(text_reason(one, text, sizeof(text)), "no");
	assert_string_equal(text_reason(NULL, text, sizeof(text)), "");
	set_language("", "", "");
	json_decref(both);
	json_decref(one);
}

static void test_terminal_is_safe(void **state)
{
	char text[64];

	(void)state;
	text_show("a\x1b[2Jb", text, sizeof(text));
	assert_null(strchr(text, '\x1b'));
	text_show("a\nb", text, sizeof(text));
	assert_null(strchr(text, '\n'));
	text_show("a\xff", text, sizeof(text));
	assert_null(strchr(text, '\xff'));
	/* What was sanitised before is shown as it is. */
	assert_string_equal(text_show("a\\x1bb 碟", text, sizeof(text)), "a\\x1bb 碟");
}

static void test_long_text_is_cut(void **state)
{
	char text[8];

	(void)state;
	text_show("0123456789", text, sizeof(text));
	assert_in_range(strlen(text), 1, 7);
}

static void test_local_time(void **state)
{
	char text[64];

	(void)state;
	setenv("TZ", "Asia/Taipei", 1);
	tzset();
	assert_string_equal(text_local_time("2026-11-22T22:36:19.123456Z", text, sizeof(text)),
			    "2026-11-23 06:36:19");
	assert_string_equal(text_local_time("2026-11-22T22:36:19Z", text, sizeof(text)),
			    "2026-11-23 06:36:19");
	assert_string_equal(text_local_time("yesterday", text, sizeof(text)), "yesterday");
	assert_string_equal(text_local_time("", text, sizeof(text)), "");
}

static void test_device(void **state)
{
	json_t *device = json_pack("{s:s, s:s, s:s, s:s, s:n}", "vendor", "0951", "product", "1666",
				   "serial", "S1", "name", "DT", "manufacturer");
	char text[DEVICE_CELL_SIZE];

	(void)state;
	assert_string_equal(device_text_id(device, text, sizeof(text)), "0951:1666 S1");
	assert_string_equal(device_text_name(device, text, sizeof(text)), "DT");
	json_object_set_new(device, "serial", json_null());
	assert_string_equal(device_text_id(device, text, sizeof(text)), "0951:1666");
	json_object_set_new(device, "bus", json_string("usb"));
	assert_string_equal(device_text_id(device, text, sizeof(text)), "0951:1666");
	json_object_set_new(device, "bus", json_string("mmc"));
	assert_string_equal(device_text_id(device, text, sizeof(text)), "mmc/0951:1666");
	json_decref(device);
}

static void test_verdict(void **state)
{
	static const struct {
		const char *verdict;
		int partial, audit, violation;
		const char *text;
	} cases[] = {
		{ "allow", 0, 0, 0, "allowed" },
		{ "deny", 0, 0, 1, "refused" },
		{ "read-only", 0, 0, 1, "read-only" },
		{ "allow", 1, 0, 1, "allowed in part" },
		{ "deny", 0, 1, 1, "refused (audit only: it works)" },
		{ "allow", 0, 1, 0, "allowed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *decision = json_pack("{s:s, s:b, s:b, s:b}", "verdict", cases[i].verdict,
					     "partial", cases[i].partial, "audit", cases[i].audit,
					     "violation", cases[i].violation);
		char text[64];

		assert_string_equal(device_text_verdict(decision, text, sizeof(text)),
				    cases[i].text);
		json_decref(decision);
	}
}

static void print(const char *line, char *ret, size_t size)
{
	FILE *to = fmemopen(ret, size, "w");

	event_text_print(line, strlen(line), to);
	fclose(to);
}

static void test_events(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
		{ "{\"time\":\"2026-11-22T22:36:19.1Z\",\"kind\":\"device.decided\",\"device\":{"
		  "\"port\":\"1-2\",\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":null,"
		  "\"name\":\"DT\"},\"verdict\":\"deny\",\"step\":\"default\",\"rule\":\"storage\","
		  "\"reason\":{\"en\":\"no\",\"zh-TW\":\"x\"},\"person\":\"alice\"}",
		  "2026-11-23 06:36:19  device.decided  1-2  0951:1666  DT  refused  "
		  "default:storage  no  alice\n" },
		{ "{\"time\":\"2026-11-22T22:36:19.1Z\",\"kind\":\"policy.refused\",\"role\":"
		  "\"policy\",\"version\":7,\"reason\":\"expired\",\"text\":\"It is too old.\"}",
		  "2026-11-23 06:36:19  policy.refused  policy  version 7  expired  It is too "
		  "old.\n" },
		{ "{\"time\":\"2026-11-22T22:36:19.1Z\",\"kind\":\"policy.rolled-back\",\"role\":"
		  "\"policy\",\"from\":7,\"to\":6,\"text\":\"It was not confirmed.\"}",
		  "2026-11-23 06:36:19  policy.rolled-back  policy  It was not confirmed.\n" },
		{ "{\"time\":\"2026-11-22T22:36:19.1Z\",\"kind\":\"agent.stopped\",\"reason\":"
		  "\"SIGTERM\"}",
		  "2026-11-23 06:36:19  agent.stopped   SIGTERM\n" },
		{ "{\"time\":\"2026-11-22T22:36:19.1Z\",\"kind\":\"device.decided\",\"device\":{"
		  "\"port\":\"1-2\",\"vendor\":\"0951\",\"product\":\"1666\",\"serial\":null,"
		  "\"name\":\"DT\"},\"verdict\":\"deny\",\"step\":\"default\",\"rule\":\"storage\","
		  "\"reason\":{\"en\":\"no\"},\"person\":null,\"pre_agent\":true,\"since_us\":2}",
		  "2026-11-23 06:36:19  device.decided  1-2  0951:1666  DT  refused (worked before "
		  "the agent)  default:storage  no\n" },
		{ "{broken", "damaged record: {broken\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[2048] = "";

		print(cases[i].line, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void test_event_time(void **state)
{
	static const char line[] = "{\"seq\":1,\"time\":\"1970-01-01T00:01:00.5Z\"}";
	int64_t time;

	(void)state;
	assert_int_equal(event_text_time(line, strlen(line), &time), 0);
	assert_int_equal(time, 60);
	for (size_t n = 0; n < strlen(line); n++)
		assert_true(event_text_time(line, n, &time) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_language),	 cmocka_unit_test(test_reason),
		cmocka_unit_test(test_terminal_is_safe), cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_local_time),	 cmocka_unit_test(test_device),
		cmocka_unit_test(test_verdict),		 cmocka_unit_test(test_events),
		cmocka_unit_test(test_event_time),
	};

	set_language("", "", "");
	language_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
