/* What the collector's answers say of a site: what time alone brings, and what a healthy machine
 * cannot show. */
#include <stdio.h>
#include <string.h>

#include "policy/text.h"
#include "server/ctl/judge.h"
#include "tests/unit/policy/cmocka_test.h"

enum { NOW = 1795400000 }; /* 2026-11-23 */

static struct diagnosis diagnosis;

static int setup(void **state)
{
	(void)state;
	return diagnosis_init(&diagnosis);
}

static int teardown(void **state)
{
	(void)state;
	diagnosis_finish(&diagnosis);
	return 0;
}

/* The grade of the line on @subject that has @text in it; NULL: there is none. */
static const char *grade_of(const char *subject, const char *text)
{
	const json_t *line;
	size_t i;

	json_array_foreach (diagnosis.lines, i, line) {
		if (strcmp(json_string_value(json_object_get(line, "subject")), subject) == 0 &&
		    strstr(json_string_value(json_object_get(line, "text")), text))
			return json_string_value(json_object_get(line, "grade"));
	}
	return NULL;
}

#define assert_graded(grade, subject, text)                                                        \
	do {                                                                                       \
		const char *got = grade_of(subject, text);                                         \
		assert_non_null(got);                                                              \
		assert_string_equal(got, grade);                                                   \
	} while (0)

static void judge_at(int64_t offset_s, const char *data, int schema)
{
	char when[21], later[21], text[512];
	json_t *json;

	text_time(NOW - offset_s, when);
	text_time(NOW + (int64_t)1000 * JUDGE_DAY_S, later);
	snprintf(text, sizeof(text),
		 "{\"time\": \"%s\", \"store\": {\"engine\": \"SQLite\", \"schema\": %d,"
		 " \"schema_known\": 13, \"bytes\": 0}, \"data\": %s,"
		 " \"server_certificate_expires\": \"%s\", \"ca_expires\": \"%s\","
		 " \"backed_up\": \"%s\"}",
		 when, schema, data, later, later, when);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	judge_site(&diagnosis, json, NOW);
	json_decref(json);
}

#define DATA(low, full)                                                                            \
	"{\"free\": 1048576, \"size\": 10485760, \"low\": " low ", \"full\": " full "}"

static void test_good_site(void **state)
{
	(void)state;
	judge_at(0, DATA("false", "false"), 13);
	assert_int_equal(diagnosis.worst, GRADE_OK);
	assert_graded("ok", "room", "1 of 10 MiB");
}

static void test_clock(void **state)
{
	(void)state;
	judge_at(JUDGE_CLOCK_LOOK_S + 1, DATA("false", "false"), 13);
	assert_graded("look", "clock", "31 s ahead");
	judge_at(-JUDGE_CLOCK_WRONG_S - 1, DATA("false", "false"), 13);
	assert_graded("wrong", "clock", "301 s behind");
}

static void test_room(void **state)
{
	(void)state;
	judge_at(0, DATA("true", "false"), 13);
	assert_graded("look", "room", "before it is full");
	judge_at(0, DATA("true", "true"), 13);
	assert_graded("wrong", "room", "goes on by itself");
	assert_int_equal(diagnosis.worst, GRADE_WRONG);
}

static void test_version(void **state)
{
	(void)state;
	judge_at(0, DATA("false", "false"), 14);
	assert_graded("look", "records", "is of version 14");
}

static void test_term(void **state)
{
	static const struct {
		int64_t left_s;
		const char *grade, *text;
	} cases[] = {
		{ 100, "ok", "is good until" }, { 99, "look", "ends in" },
		{ 50, "look", "ends in" },	{ 49, "wrong", "ends in" },
		{ 0, "wrong", "has ended" },	{ -5, "wrong", "has ended" },
	};
	const struct term term = { "certificate", "it", "make one", 100, 50 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_array_clear(diagnosis.lines);
		judge_term(&diagnosis, &term, NOW + cases[i].left_s, NOW);
		assert_graded(cases[i].grade, "certificate", cases[i].text);
	}
}

static void test_checkpoints(void **state)
{
	(void)state;
	judge_checkpoints(&diagnosis, 3, NOW - 26 * 3600, NOW);
	assert_graded("ok", "checkpoints", "3, all signed");
	judge_checkpoints(&diagnosis, 3, NOW - 26 * 3600 - 1, NOW);
	assert_graded("wrong", "checkpoints", "one each day");
	judge_checkpoints(&diagnosis, 0, 0, NOW);
	assert_graded("wrong", "checkpoints", "none is signed");
}

static void judge_policy(int64_t since_s)
{
	const struct judged_policy policy = { 5, NOW - since_s };
	json_t *json = json_loads("{\"hosts\": ["
				  "{\"hostname\": \"a\", \"unit\": \"u\", \"state\": \"reporting\","
				  " \"policy\": 4},"
				  "{\"hostname\": \"b\", \"unit\": \"u\", \"state\": \"reporting\","
				  " \"policy\": 5},"
				  "{\"hostname\": \"c\", \"unit\": \"u\", \"state\": \"off\","
				  " \"policy\": 4},"
				  "{\"hostname\": \"d\", \"unit\": \"u\", \"state\": \"revoked\","
				  " \"policy\": 4, \"cloned\": true}]}",
				  0, NULL);

	assert_non_null(json);
	json_array_clear(diagnosis.lines);
	judge_hosts(&diagnosis, json, &policy, NOW);
	json_decref(json);
}

/* A machine that is off cannot have it, and one that is revoked is none of ours. */
static void test_policy(void **state)
{
	(void)state;
	judge_policy(600);
	assert_int_equal(diagnosis.worst, GRADE_OK);
	assert_graded("ok", "workstations", "2 report, and 1 are off");
	judge_policy(601);
	assert_graded("look", "workstations", "1 do not have the latest policy yet: a (u)");
	judge_policy(JUDGE_DAY_S + 1);
	assert_graded("wrong", "workstations", "more than a day ago: a (u);");
}

/* A line has an end, however many there are, and however they are called. */
static void test_many(void **state)
{
	const struct judged_policy policy = { 0, 0 };
	json_t *list = json_array(), *json;
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	name[3] = '\n';
	for (int i = 0; i < 1000; i++)
		json_array_append_new(list, json_pack("{ss ss ss}", "hostname", name, "unit", name,
						      "state", "silent"));
	json = json_pack("{so}", "hosts", list);
	judge_hosts(&diagnosis, json, &policy, NOW);
	json_decref(json);
	assert_graded("wrong", "workstations", "1000 are not heard of");
	assert_graded("wrong", "workstations", ", ...; look at the machines");
	assert_null(grade_of("workstations", "\n"));
}

/* What a collector of another kind may say: nothing is made up, and nothing breaks. */
static void test_odd(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		("{\"hosts\": 5, \"tokens\": {}, \"findings\": [5, {}], \"store\": []}"),
	};
	const struct judged_policy policy = { 1, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *json = json_loads(texts[i], 0, NULL);
		judge_site(&diagnosis, json, NOW);
		judge_hosts(&diagnosis, json, &policy, NOW);
		judge_tokens(&diagnosis, json, NOW);
		judge_findings(&diagnosis, json, 30, NOW);
		json_decref(json);
	}
	assert_graded("wrong", "certificate", "has ended");
	assert_graded("wrong", "clock", "ahead");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_site), TEST(test_clock), TEST(test_room),
		TEST(test_version),   TEST(test_term),	TEST(test_checkpoints),
		TEST(test_policy),    TEST(test_many),	TEST(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
