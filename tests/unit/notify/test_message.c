/* message: what people are told of each notice, in both languages, whatever a device calls itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/language.h"
#include "agent/notify/message.h"
#include "tests/unit/policy/cmocka_test.h"

#define DEVICE(manufacturer, name)                                                                 \
	"\"instance\":\"i-1\",\"device\":{\"vendor\":\"0951\",\"product\":\"1666\","               \
	"\"manufacturer\":\"" manufacturer "\",\"name\":\"" name "\"},"                            \
	"\"reason\":{\"en\":\"Ask your officer.\",\"zh-TW\":\"請洽資通安全人員。\"}"

static json_t *parse(const char *text)
{
	json_t *notice = json_loads(text, 0, NULL);

	assert_non_null(notice);
	return notice;
}

static void test_decided(void **state)
{
	static const struct {
		const char *verdict, *partial, *summary;
		bool urgent;
	} cases[] = {
		{ "deny", "false", "Acme Stick is blocked", true },
		{ "charge-only", "false", "Acme Stick can only be charged", false },
		{ "encrypted-only", "false", "Acme Stick can be used where it is encrypted",
		  false },
		{ "read-only", "false", "Acme Stick can be read, not written", false },
		{ "allow", "false", "Acme Stick can be used", false },
		{ "allow", "true", "Acme Stick is blocked in part", false },
	};

	(void)state;
	setenv("LC_ALL", "C", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_json_ json_t *notice = NULL;
		struct message message;
		char text[1024];

		snprintf(text, sizeof(text),
			 "{\"notice\":\"decided\",\"verdict\":\"%s\",\"partial\":%s," DEVICE(
				 "Acme", "Stick") "}",
			 cases[i].verdict, cases[i].partial);
		notice = parse(text);
		assert_int_equal(message_make(notice, 0, &message), 0);
		assert_string_equal(message.summary, cases[i].summary);
		assert_string_equal(message.body, "Ask your officer.");
		assert_string_equal(message.instance, "i-1");
		assert_int_equal(message.urgent, cases[i].urgent);
		assert_int_equal(message.seconds, 0);
	}
}

static void test_reason_in_the_persons_language(void **state)
{
	_cleanup_json_ json_t *notice =
		parse("{\"notice\":\"decided\",\"verdict\":\"deny\"," DEVICE("", "") "}");
	struct message message;

	(void)state;
	setenv("LC_ALL", "zh_TW.UTF-8", 1);
	assert_int_equal(message_make(notice, 0, &message), 0);
	assert_string_equal(message.body, "請洽資通安全人員。");
	setenv("LC_ALL", "C", 1);
	assert_int_equal(message_make(notice, 0, &message), 0);
	assert_string_equal(message.body, "Ask your officer.");
	assert_string_equal(message.summary, "The device 0951:1666 is blocked");
}

static void test_time_that_is_left(void **state)
{
	_cleanup_json_ json_t *notice =
		parse("{\"notice\":\"withdrawing\",\"seconds\":30,"
		      "\"mounts\":[{\"where\":\"/media/a/X\"}]," DEVICE("", "Stick") "}");
	struct message message;

	(void)state;
	setenv("LC_ALL", "C", 1);
	assert_int_equal(message_make(notice, 0, &message), 0);
	assert_string_equal(message.summary, "Stick is about to be disconnected");
	assert_string_equal(message.body,
			    "It is disconnected in 30 seconds. Save and close the files on it.\n"
			    "/media/a/X\nAsk your officer.");
	assert_int_equal(message.seconds, 30);
	assert_int_equal(message_make(notice, 29, &message), 0);
	assert_non_null(strstr(message.body, "in 1 second."));
	assert_int_equal(message_make(notice, 31, &message), 0);
	assert_non_null(strstr(message.body, "in 0 seconds."));
}

static void test_kept(void **state)
{
	_cleanup_json_ json_t *notice = parse("{\"notice\":\"kept\"," DEVICE("", "Stick") "}");
	struct message message;

	(void)state;
	setenv("LC_ALL", "C", 1);
	assert_int_equal(message_make(notice, 0, &message), 0);
	assert_string_equal(message.summary, "Stick is not disconnected after all");
	assert_string_equal(message.body, "It can be used as before.");
	assert_int_equal(message.seconds, 0);
}

static void test_what_is_no_notice(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"notice\":\"other\"}",
		"{\"notice\":1}",
		"{\"notice\":\"decided\"}",
		"{\"notice\":\"decided\",\"verdict\":\"maybe\"}",
		"{\"notice\":\"withdrawing\",\"seconds\":-1}",
		"{\"notice\":\"withdrawing\",\"seconds\":100000000}",
	};
	struct message message = { .summary = "untouched" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_json_ json_t *notice = parse(texts[i]);

		assert_int_equal(message_make(notice, 0, &message), -EBADMSG);
		assert_string_equal(message.summary, "untouched");
	}
}

static void test_long_names_fit(void **state)
{
	_cleanup_json_ json_t *notice =
		parse("{\"notice\":\"withdrawn\",\"verdict\":\"deny\"," DEVICE("", "") "}");
	char name[4000];
	struct message message;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	json_object_set_new(json_object_get(notice, "device"), "name", json_string(name));
	json_object_set_new(json_object_get(notice, "reason"), "en", json_string(name));
	assert_int_equal(message_make(notice, 0, &message), 0);
	assert_true(strlen(message.summary) < MESSAGE_SUMMARY_SIZE);
	assert_int_equal(strlen(message.body), MESSAGE_BODY_SIZE - 1);
}

static void test_escape(void **state)
{
	static const struct {
		const char *text, *escaped;
		size_t size;
	} cases[] = {
		{ "a<b>&c", "a&lt;b&gt;&amp;c", 64 },
		{ "<b>", "&lt;b", 7 }, /* no half of an entity */
		{ "儲存", "儲", 6 },   /* nor of a character */
		{ "儲存", "儲存", 7 },
		{ "", "", 1 },
		{ "x", "", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char escaped[64];

		message_escape(cases[i].text, escaped, cases[i].size);
		assert_string_equal(escaped, cases[i].escaped);
	}
}

static void test_code(void **state)
{
	static const struct {
		const char *code, *seconds;
		int result;
	} cases[] = {
		{ "0427", "60", 0 },	{ "123456", "1", 0 },	    { "1234567", "60", -EBADMSG },
		{ "", "60", -EBADMSG }, { "12a4", "60", -EBADMSG }, { "1234", "-1", -EBADMSG },
	};

	(void)state;
	setenv("LC_ALL", "C", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_json_ json_t *notice = NULL;
		struct message message;
		char text[1024];

		snprintf(text, sizeof(text),
			 "{\"notice\":\"code\",\"code\":\"%s\",\"seconds\":%s," DEVICE("Acme",
										       "Keys") "}",
			 cases[i].code, cases[i].seconds);
		notice = parse(text);
		assert_int_equal(message_make(notice, 0, &message), cases[i].result);
		if (cases[i].result < 0)
			continue;
		assert_non_null(strstr(message.summary, cases[i].code));
		assert_non_null(strstr(message.body, cases[i].code));
		assert_non_null(strstr(message.body, "Acme Keys\n"));
		assert_true(message.urgent);
		assert_int_equal(message.seconds, atoi(cases[i].seconds));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decided),
		cmocka_unit_test(test_reason_in_the_persons_language),
		cmocka_unit_test(test_time_that_is_left),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_what_is_no_notice),
		cmocka_unit_test(test_long_names_fit),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
