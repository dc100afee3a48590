/* What the usage report and events look like to people. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ctl/event_text.h"
#include "server/ctl/usage_table.h"

static char *print_usage(const char *json_text)
{
	json_t *json = json_loads(json_text, 0, NULL);
	struct table *table = usage_table(json);
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(json);
	assert_int_equal(table_print(table, stream), 0);
	fclose(stream);
	table_free(table);
	json_decref(json);
	return text;
}

static void rows_and_totals_are_shown(void **state)
{
	char *text = print_usage(
		"{\"rows\":[{\"day\":\"2026-11-22\",\"hostname\":\"ws1\",\"unit\":\"財務\","
		"\"person\":null,\"device\":\"0951:1666 "
		"S1\",\"name\":\"Kingston\",\"tag\":\"A-001\","
		"\"arrivals\":2,\"allowed\":1,\"read_only\":0,\"denied\":1,\"violations\":1,"
		"\"duration_s\":3700,\"bytes_read\":1500000,\"bytes_written\":0}],"
		"\"totals\":{\"arrivals\":2,\"allowed\":1,\"read_only\":0,\"denied\":1,"
		"\"violations\":1,\"duration_s\":3700,\"bytes_read\":1500000,"
		"\"bytes_written\":0}}");
	char *save = NULL, *head = strtok_r(text, "\n", &save), *row = strtok_r(NULL, "\n", &save);
	char *totals = strtok_r(NULL, "\n", &save);

	(void)state;
	assert_non_null(totals);
	assert_null(strtok_r(NULL, "\n", &save));
	assert_int_equal(table_text_width(head), table_text_width(row));
	assert_int_equal(table_text_width(head), table_text_width(totals));
	assert_non_null(strstr(row, "財務"));
	assert_non_null(strstr(row, "1 h 1 min"));
	assert_non_null(strstr(row, "1.5 MB"));
	assert_ptr_equal(strstr(totals, "Total"), totals);
	assert_non_null(strstr(totals, "1 h 1 min"));
	free(text);
}

static void an_empty_report_has_head_and_totals(void **state)
{
	char *text = print_usage("{\"rows\":[],\"totals\":{}}");

	(void)state;
	assert_non_null(strchr(text, '\n'));
	assert_non_null(strstr(text, "\nTotal"));
	free(text);
}

static void to_text(const char *json_text, char ret[static EVENT_LINE_SIZE])
{
	json_t *json = json_loads(json_text, 0, NULL);

	assert_non_null(json);
	event_to_text(json, ret);
	json_decref(json);
}

static void an_arrival_is_one_line(void **state)
{
	char text[EVENT_LINE_SIZE];

	(void)state;
	to_text("{\"row\":1,\"hostname\":\"ws1\",\"line\":{\"time\":\"2026-11-22T22:36:19."
		"123456Z\","
		"\"kind\":\"device.decided\",\"device\":{\"vendor\":\"0951\",\"product\":\"1666\","
		"\"serial\":\"S\\u001b[31m1\",\"name\":\"DataTraveler\"},\"verdict\":\"deny\","
		"\"step\":\"default\",\"rule\":\"storage\",\"person\":\"alice\","
		"\"violation\":true}}",
		text);
	assert_ptr_equal(strstr(text, "2026-11-22T22:36:19Z  ws1 "), text);
	assert_non_null(strstr(text, "0951:1666 S"));
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\n'));
	assert_non_null(strstr(text, "deny"));
	assert_non_null(strstr(text, "!"));
	assert_non_null(strstr(text, "default:storage"));
	assert_non_null(strstr(text, "alice"));
}

static void other_kinds_show_their_facts(void **state)
{
	char text[EVENT_LINE_SIZE];

	(void)state;
	to_text("{\"hostname\":\"ws1\",\"line\":{\"time\":\"2026-11-22T22:36:19.123456Z\","
		"\"kind\":\"policy.refused\",\"role\":\"policy\",\"version\":3,"
		"\"reason\":\"expired\",\"text\":\"too late\"}}",
		text);
	assert_non_null(strstr(text, "policy.refused"));
	assert_non_null(strstr(text, "version=3"));
	assert_non_null(strstr(text, "reason=expired"));
	to_text("{}", text);
	assert_non_null(strchr(text, '-'));
	to_text("{\"hostname\":7,\"line\":[1]}", text);
	assert_non_null(strchr(text, '-'));
}

static void a_huge_event_is_cut(void **state)
{
	char text[EVENT_LINE_SIZE], *json;
	char *name = malloc(60000);

	(void)state;
	memset(name, 'x', 59999);
	name[59999] = '\0';
	assert_true(asprintf(&json,
			     "{\"hostname\":\"%s\",\"line\":{\"kind\":\"%s\",\"time\":\"%s\","
			     "\"verdict\":\"%s\",\"rule\":\"%s\",\"person\":\"%s\",\"device\":"
			     "{\"name\":\"%s\",\"serial\":\"%s\"}}}",
			     name, name, name, name, name, name, name, name) > 0);
	to_text(json, text);
	assert_true(strlen(text) < EVENT_LINE_SIZE);
	free(json);
	free(name);
}

static void a_csv_from_elsewhere_is_noticed(void **state)
{
	static const struct {
		const char *text;
		bool clean;
	} cases[] = {
		{ "", true },
		{ "\xef\xbb\xbf"
		  "day,hostname\r\n2026-11-22,\"\xe8\xb2\xa1,\"\"務\"\r\n",
		  true },
		{ "day\nws\\x1B1", true },
		{ "day\r\n\x1b[2J\r\n", false },
		{ "day\r\n\r\r\n", false },
		{ "day,\xc2\x9b", false },
		{ "day,\xff", false },
		{ "day,\xef\xbb\xbf", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(usage_csv_is_clean(cases[i].text, strlen(cases[i].text)),
				 cases[i].clean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_totals_are_shown),
		cmocka_unit_test(an_empty_report_has_head_and_totals),
		cmocka_unit_test(an_arrival_is_one_line),
		cmocka_unit_test(other_kinds_show_their_facts),
		cmocka_unit_test(a_huge_event_is_cut),
		cmocka_unit_test(a_csv_from_elsewhere_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
