/* What an officer is shown of a risk model that is not the one before. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy/risk/diff.h"

#define VENDOR(id, brand)                                                                          \
	"{\"vendor\":\"" id "\",\"brand\":\"" brand "\",\"origin\":\"o\",\"ground\":\"g\"}"

static const char before[] =
	"// one\n{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"base\":{\"likelihood\":1,"
	"\"impact\":1},\"factors\":{\"function\":{\"storage\":{\"impact\":1},\"hub\":{}},"
	"\"history\":[{\"from\":0},{\"from\":3,\"impact\":1}]},"
	"\"thresholds\":[{\"from\":1,\"verdict\":\"allow\"}],\"restricted\":[" VENDOR(
		"2ca3", "DJI") "," VENDOR("12d1", "Huawei") "]}";

/* @before with @from replaced by @to: what changes is @lines, "path: before -> after" each. */
static void changes_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *lines;
	} table[] = {
		{ "// one\n", "", "" },
		{ "// one\n", "/* another */ \n\n", "" },
		{ "\"name\":\"n\"", "\"name\":\"m\"", "name: \"n\" -> \"m\"\n" },
		{ "\"name\":\"n\"", "\"name\":\"n\",\"scale\":4", "scale: - -> 4\n" },
		{ "\"storage\":{\"impact\":1}", "\"storage\":{\"impact\":3,\"likelihood\":-1}",
		  "factors.function.storage.impact: 1 -> 3\n"
		  "factors.function.storage.likelihood: - -> -1\n" },
		{ "\"hub\":{}", "\"*\":{\"impact\":2}",
		  "factors.function.*: - -> {\"impact\":2}\nfactors.function.hub: {} -> -\n" },
		{ ",\"history\":[{\"from\":0},{\"from\":3,\"impact\":1}]", "",
		  "factors.history: [{\"from\":0},{\"from\":3,\"impact\":1}] -> -\n" },
		{ "\"from\":3", "\"from\":2",
		  "factors.history: [{\"from\":0},{\"from\":3,\"impact\":1}] -> "
		  "[{\"from\":0},{\"from\":2,\"impact\":1}]\n" },
		{ "\"verdict\":\"allow\"", "\"verdict\":\"deny\"",
		  "thresholds: [{\"from\":1,\"verdict\":\"allow\"}] -> "
		  "[{\"from\":1,\"verdict\":\"deny\"}]\n" },
		/* Vendors by their id, in whatever order and case. */
		{ VENDOR("2ca3", "DJI") "," VENDOR("12d1", "Huawei"),
		  VENDOR("12D1", "Huawei") "," VENDOR("2CA3", "DJI"), "" },
		{ VENDOR("2ca3", "DJI") ",", "",
		  "restricted.2ca3: {\"brand\":\"DJI\",\"ground\":\"g\",\"origin\":\"o\","
		  "\"vendor\":\"2ca3\"} -> -\n" },
		{ "Huawei", "華為", "restricted.12d1.brand: \"Huawei\" -> \"華為\"\n" },
		{ "\"12d1\"", "\"12d2\"",
		  "restricted.12d1: {\"brand\":\"Huawei\",\"ground\":\"g\",\"origin\":\"o\","
		  "\"vendor\":\"12d1\"} -> -\n"
		  "restricted.12d2: - -> {\"brand\":\"Huawei\",\"ground\":\"g\",\"origin\":\"o\","
		  "\"vendor\":\"12d2\"}\n" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const char *at = strstr(before, table[i].from);
		struct risk_changes changes;
		struct rules_error error;
		struct risk *risk;
		char after[2000], lines[2000] = "";

		assert_non_null(at);
		snprintf(after, sizeof(after), "%.*s%s%s", (int)(at - before), before, table[i].to,
			 at + strlen(table[i].from));
		assert_int_equal(risk_parse(after, strlen(after), &risk, &error), 0);
		risk_free(risk);
		assert_int_equal(risk_diff(before, after, &changes), 0);
		for (size_t c = 0; c < changes.n; c++) {
			const struct risk_change *change = &changes.list[c];

			snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
				 "%s: %s -> %s\n", change->path,
				 change->before == NULL ? "-" : change->before,
				 change->after == NULL ? "-" : change->after);
		}
		assert_string_equal(lines, table[i].lines);
		risk_changes_finish(&changes);
		assert_int_equal(changes.n, 0);
	}
}

/* No list of vendors is the same as an empty one. */
static void vendors_or_none(void **state)
{
	(void)state;
	struct risk_changes changes;

	assert_int_equal(risk_diff("{\"restricted\":[]}", "{}", &changes), 0);
	assert_int_equal(changes.n, 0);
	risk_changes_finish(&changes);
	assert_int_equal(risk_diff("{}", "{\"restricted\":[" VENDOR("0001", "b") "]}", &changes),
			 0);
	assert_int_equal(changes.n, 1);
	assert_string_equal(changes.list[0].path, "restricted.0001");
	assert_null(changes.list[0].before);
	risk_changes_finish(&changes);
}

static void what_is_no_model(void **state)
{
	(void)state;
	static const char *const table[] = {
		"", "{", "/*", "{\"restricted\":[1]}", "{\"restricted\":[{\"vendor\":\"1\"}]}",
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct risk_changes changes = { .n = 77 };

		assert_int_equal(risk_diff(before, table[i], &changes), -EBADMSG);
		assert_int_equal(risk_diff(table[i], before, &changes), -EBADMSG);
		assert_int_equal(changes.n, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_named),
		cmocka_unit_test(vendors_or_none),
		cmocka_unit_test(what_is_no_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
