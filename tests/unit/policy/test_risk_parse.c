/* What a risk model may say, where a mistake is shown, and the model that is shipped. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "risk_documents.h"

static void mistakes_are_shown(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path, *message; /* a part of it */
	} table[] = {
		{ "", "", "" },
		{ "{", "", "" },
		{ "/* no end", "", "comment" },
		{ "[]", "", "object" },
		{ "{" HEAD BASE "\"factors\":{},\"factors\":{}," THRESHOLDS "}", "", "uplicate" },
		{ "{" HEAD BASE "\"factors\":{}," THRESHOLDS ",\"tresh\":[]}", "tresh",
		  "known are" },
		{ "{" HEAD BASE "\"factors\":{}," THRESHOLDS ",\"threshold\":[]}", "threshold",
		  "\"thresholds\"?" },
		{ "{\"name\":\"n\"}", "", "\"schema\" is missing" },
		{ "{\"schema\":\"devgate-rules-1\"}", "schema", "must be \"devgate-risk-1\"" },
		{ "{\"schema\":1}", "schema", "must be" },
		{ "{\"schema\":\"devgate-risk-1\"}", "", "\"name\"" },
		{ "{\"schema\":\"devgate-risk-1\",\"name\":\"\"}", "name", "one character" },
		{ "{" HEAD "\"scale\":1," BASE "\"factors\":{}}", "scale", "from 2 to 10" },
		{ "{" HEAD "\"scale\":11," BASE "\"factors\":{}}", "scale", "from 2 to 10" },
		{ "{" HEAD "\"scale\":5.0," BASE "\"factors\":{}}", "scale", "whole number" },
		{ "{" HEAD "\"factors\":{}}", "", "\"base\"" },
		{ "{" HEAD "\"base\":1}", "base", "object" },
		{ "{" HEAD "\"base\":{\"likelihood\":1}}", "base", "\"impact\" is missing" },
		{ "{" HEAD "\"base\":{\"likelyhood\":1}}", "base.likelyhood", "\"likelihood\"?" },
		{ "{" HEAD "\"base\":{\"likelihood\":0,\"impact\":1}}", "base.likelihood",
		  "1 to 5" },
		{ "{" HEAD "\"base\":{\"likelihood\":1,\"impact\":6}}", "base.impact", "1 to 5" },
		{ "{" HEAD "\"scale\":6,\"base\":{\"likelihood\":1,\"impact\":7}}", "base.impact",
		  "1 to 6" },
		{ "{" HEAD BASE THRESHOLDS "}", "", "\"factors\"" },
		{ "{" HEAD BASE "\"factors\":[]}", "factors", "object" },
		{ "{" HEAD BASE "\"factors\":{}}", "", "\"thresholds\"" },

		{ FACTOR("\"functions\":{}"), "factors.functions", "\"function\"?" },
		{ FACTOR("\"function\":[]"), "factors.function", "object" },
		{ FACTOR("\"function\":{\"storag\":{}}"), "factors.function.storag",
		  "\"storage\"?" },
		{ FACTOR("\"function\":{\"storage\":1}"), "factors.function.storage", "object" },
		{ FACTOR("\"function\":{\"storage\":{\"points\":1}}"),
		  "factors.function.storage.points", "likelihood, impact" },
		{ FACTOR("\"function\":{\"hub\":{\"impact\":10}}"), "factors.function.hub.impact",
		  "from -9 to 9" },
		{ FACTOR("\"function\":{\"hub\":{\"likelihood\":-10}}"),
		  "factors.function.hub.likelihood", "from -9 to 9" },
		{ FACTOR("\"function\":{\"*\":{\"likelihood\":\"1\"}}"),
		  "factors.function.*.likelihood", "whole number" },
		{ FACTOR("\"identity\":{\"unknown\":{}}"), "factors.identity.unknown",
		  "none, serial, changed, duplicate" },
		{ FACTOR("\"encryption\":{\"lux\":{}}"), "factors.encryption.lux", "\"luks\"?" },
		{ FACTOR("\"encryption\":{\"unknown\":{}}"), "factors.encryption.unknown",
		  "known are" },
		{ FACTOR("\"unregistered\":{\"from\":1}"), "factors.unregistered.from",
		  "known are" },
		{ FACTOR("\"restricted-vendor\":4"), "factors.restricted-vendor", "object" },
		{ FACTOR("\"first-seen\":{}"), "factors.first-seen", "list" },
		{ FACTOR("\"first-seen\":[]"), "factors.first-seen", "not empty" },
		{ FACTOR("\"first-seen\":[1]"), "factors.first-seen[0]", "object" },
		{ FACTOR("\"history\":[{\"impact\":1}]"), "factors.history[0]",
		  "\"from\" is missing" },
		{ FACTOR("\"history\":[{\"from\":1}]"), "factors.history[0].from", "from 0" },
		{ FACTOR("\"history\":[{\"from\":-1}]"), "factors.history[0].from",
		  "0 to 2147483647" },
		{ FACTOR("\"history\":[{\"from\":0},{\"from\":2147483648}]"),
		  "factors.history[1].from", "0 to 2147483647" },
		{ FACTOR("\"violations\":[{\"from\":0},{\"from\":0}]"),
		  "factors.violations[1].from", "above the band before it, 0" },
		{ FACTOR("\"hosts-seen\":[{\"from\":0},{\"from\":5},{\"from\":4}]"),
		  "factors.hosts-seen[2].from", "before it, 5" },
		{ FACTOR("\"hosts-seen\":[{\"from\":0,\"impact\":99}]"),
		  "factors.hosts-seen[0].impact", "from -9" },
		{ FACTOR("\"classification\":{}"), "factors.classification", "list" },
		{ FACTOR("\"classification\":[]"), "factors.classification", "not empty" },
		{ FACTOR("\"classification\":[{}]"), "factors.classification[0]", "\"is\"" },
		{ FACTOR("\"classification\":[\"a\"]"), "factors.classification[0]", "object" },
		{ FACTOR("\"classification\":[{\"is\":[]}]"), "factors.classification[0].is",
		  "text" },
		{ FACTOR("\"classification\":[{\"is\":\"a\",\"impact\":true}]"),
		  "factors.classification[0].impact", "whole number" },
		{ FACTOR("\"classification\":[{\"is\":\"機密\"},{\"is\":\"機密\"}]"),
		  "factors.classification[1].is", "\"機密\" is named twice" },
		{ FACTOR("\"classification\":[{\"is\":\"*\"},{\"is\":\"a\"}]"),
		  "factors.classification[1].is", "after \"*\"" },

		{ LADDER(""), "thresholds", "at least one" },
		{ "{" HEAD BASE "\"factors\":{},\"thresholds\":{}}", "thresholds", "list" },
		{ LADDER("1"), "thresholds[0]", "object" },
		{ LADDER("{\"verdict\":\"deny\"}"), "thresholds[0]", "\"from\"" },
		{ LADDER("{\"from\":1}"), "thresholds[0]", "\"verdict\"" },
		{ LADDER("{\"from\":1,\"verdict\":\"deny\",\"x\":1}"), "thresholds[0].x",
		  "known are" },
		{ LADDER("{\"from\":2,\"verdict\":\"deny\"}"), "thresholds[0]", "lowest score" },
		{ LADDER("{\"from\":0,\"verdict\":\"deny\"}"), "thresholds[0].from", "1 to 25" },
		{ LADDER("{\"from\":1,\"verdict\":\"denny\"}"), "thresholds[0].verdict",
		  "\"deny\"?" },
		{ LADDER("{\"from\":1,\"verdict\":\"by-risk\"}"), "thresholds[0].verdict", "" },
		{ LADDER("{\"from\":1,\"verdict\":1}"), "thresholds[0].verdict", "text" },
		{ LADDER("{\"from\":1,\"verdict\":\"allow\",\"modifiers\":\"trial\"}"),
		  "thresholds[0].modifiers", "\"trail\"?" },
		{ LADDER("{\"from\":1,\"verdict\":\"allow\",\"modifiers\":[\"trial\"]}"),
		  "thresholds[0].modifiers[0]", "\"trail\"?" },
		{ LADDER("{\"from\":1,\"verdict\":\"allow\",\"modifiers\":[\"trail\",7]}"),
		  "thresholds[0].modifiers[1]", "" },
		{ LADDER("{\"from\":1,\"verdict\":\"allow\"},{\"from\":26,\"verdict\":\"deny\"}"),
		  "thresholds[1].from", "1 to 25" },
		{ LADDER("{\"from\":1,\"verdict\":\"allow\"},{\"from\":1,\"verdict\":\"deny\"}"),
		  "thresholds[1]", "above the threshold before it, 1" },
		{ LADDER("{\"from\":1,\"verdict\":\"deny\"},{\"from\":2,\"verdict\":\"allow\"}"),
		  "thresholds[1]", "\"allow\" is not as strict as \"deny\"" },
		{ LADDER("{\"from\":1,\"verdict\":\"encrypted-only\"},"
			 "{\"from\":2,\"verdict\":\"read-only\"}"),
		  "thresholds[1]", "not as strict" },
		{ LADDER("{\"from\":1,\"verdict\":\"read-only\"},"
			 "{\"from\":2,\"verdict\":\"encrypted-only\"}"),
		  "thresholds[1]", "not as strict" },
		{ LADDER("{\"from\":1,\"verdict\":\"read-only\"},"
			 "{\"from\":2,\"verdict\":\"charge-only\"}"),
		  "thresholds[1]", "not storage" },
		{ LADDER("{\"from\":1,\"verdict\":\"allow\",\"modifiers\":[\"trail\",\"notify\"]},"
			 "{\"from\":2,\"verdict\":\"read-only\",\"modifiers\":[\"trail\"]}"),
		  "thresholds[1]", "all modifiers" },

		{ LISTED("{}"), "restricted", "list" },
		{ LISTED("[1]"), "restricted[0]", "object" },
		{ LISTED("[{}]"), "restricted[0]", "\"vendor\"" },
		{ LISTED("[" VENDOR("2ca") "]"), "restricted[0].vendor", "four" },
		{ LISTED("[" VENDOR("2ca33") "]"), "restricted[0].vendor", "four" },
		{ LISTED("[" VENDOR("2cag") "]"), "restricted[0].vendor", "four" },
		{ LISTED("[{\"vendor\":11427}]"), "restricted[0].vendor", "four" },
		{ LISTED("[{\"vendor\":\"2ca3\"}]"), "restricted[0]", "\"brand\"" },
		{ LISTED("[{\"vendor\":\"2ca3\",\"brand\":\"\"}]"), "restricted[0].brand",
		  "one character" },
		{ LISTED("[{\"vendor\":\"2ca3\",\"brand\":\"b\",\"origin\":\"o\"}]"),
		  "restricted[0]", "\"ground\"" },
		{ LISTED("[{\"vendor\":\"2ca3\",\"note\":\"b\"}]"), "restricted[0].note",
		  "known are" },
		{ LISTED("[" VENDOR("2ca3") "," VENDOR("2CA3") "]"), "restricted[1]",
		  "2ca3 is named twice" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules_error error;

		assert_int_equal(parse(table[i].text, &error), -EBADMSG);
		if (strcmp(error.path, table[i].path) != 0 ||
		    strstr(error.message, table[i].message) == NULL || error.message[0] == '\0')
			fail_msg("%s: %s: %s", table[i].text, error.path, error.message);
		if (table[i].path[0] != '\0' && (error.line != 1 || error.column < 2))
			fail_msg("%s: %d:%d", table[i].text, error.line, error.column);
	}
}

static void a_mistake_has_its_line(void **state)
{
	(void)state;
	static const char text[] = "// 模型\n"
				   "{ \"schema\": \"devgate-risk-1\", /* 名稱 */ \"name\": \"n\",\n"
				   "  \"base\": { \"likelihood\": 1, \"impact\": 1 },\n"
				   "  \"factors\": {\n"
				   "    \"classification\": [\n"
				   "      { \"is\": \"機密\", \"impakt\": 2 } ] } }";
	struct rules_error error;

	assert_int_equal(parse(text, &error), -EBADMSG);
	assert_int_equal(error.line, 6);
	assert_int_equal(error.column, 21);
	assert_string_equal(error.path, "factors.classification[0].impakt");
	assert_non_null(strstr(error.message, "\"impact\"?"));
}

static void what_is_allowed(void **state)
{
	(void)state;
	static const char *const table[] = {
		FACTOR(""),
		FACTOR("\"function\":{}"),
		FACTOR("\"function\":{\"*\":{\"likelihood\":9,\"impact\":-9}}"),
		FACTOR("\"identity\":{\"none\":{},\"serial\":{},\"changed\":{},\"duplicate\":{},"
		       "\"*\":{}}"),
		FACTOR("\"encryption\":{\"none\":{},\"luks\":{},\"bitlocker\":{}}"),
		FACTOR("\"unregistered\":{},\"restricted-vendor\":{}"),
		FACTOR("\"classification\":[{\"is\":\"*\"}]"),
		FACTOR("\"history\":[{\"from\":0},{\"from\":2147483647}]"),
		LADDER("{\"from\":1,\"verdict\":\"allow\"},{\"from\":25,\"verdict\":\"allow\"}"),
		LADDER("{\"from\":1,\"verdict\":\"allow\"},{\"from\":2,\"verdict\":\"charge-"
		       "only\"}"),
		LADDER("{\"from\":1,\"verdict\":\"charge-only\",\"modifiers\":[\"notify\"]},"
		       "{\"from\":2,\"verdict\":\"deny\"}"),
		LADDER("{\"from\":1,\"verdict\":\"read-only\",\"modifiers\":[\"trail\",\"trail\"]},"
		       "{\"from\":2,\"verdict\":\"deny\",\"modifiers\":\"notify\"}"),
		LISTED("[]"),
		LISTED("[" VENDOR("0000") "," VENDOR("ffff") "]"),
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules_error error;

		if (parse(table[i], &error) < 0)
			fail_msg("%s: %s: %s", table[i], error.path, error.message);
	}
}

static void limits(void **state)
{
	(void)state;
	static const struct {
		const char *before, *format, *after;
		int most, wanted;
		const char *message;
	} table[] = {
		{ "{" HEAD BASE "\"factors\":{\"history\":[{\"from\":0},", "{\"from\":%d}",
		  "]}," THRESHOLDS "}", RISK_MAX_BANDS - 1, -EBADMSG, "more than 32" },
		{ "{" HEAD BASE "\"factors\":{\"classification\":[", "{\"is\":\"%d\"}",
		  "]}," THRESHOLDS "}", RISK_MAX_BANDS - 1, -EBADMSG, "more than 31" },
		{ "{" HEAD "\"scale\":10," BASE "\"factors\":{},\"thresholds\":[",
		  "{\"from\":%d,\"verdict\":\"deny\"}", "]}", 100, -EBADMSG, "more than 100" },
		{ "{" HEAD BASE "\"factors\":{}," THRESHOLDS ",\"restricted\":[", VENDOR("%04x"),
		  "]}", RISK_MAX_RESTRICTED, -E2BIG, "more than 4096" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		for (int more = 0; more < 2; more++) {
			struct rules_error error;
			char *text = repeat(table[i].before, table[i].format, table[i].most + more,
					    table[i].after);

			assert_int_equal(parse(text, &error), more ? table[i].wanted : 0);
			if (more)
				assert_non_null(strstr(error.message, table[i].message));
			free(text);
		}
	}

	struct rules_error error;
	char *spaces = malloc(RISK_MAX_BYTES + 1);
	struct risk *risk = NULL;
	assert_non_null(spaces);
	memset(spaces, ' ', RISK_MAX_BYTES + 1);
	assert_int_equal(risk_parse(spaces, RISK_MAX_BYTES + 1, &risk, &error), -E2BIG);
	assert_non_null(strstr(error.message, "larger than"));
	assert_int_equal(risk_parse(spaces, RISK_MAX_BYTES, &risk, &error), -EBADMSG);
	assert_null(risk);
	free(spaces);
}

static void every_truncation(void **state)
{
	(void)state;
	char *text = read_file("policy/risk/model.json");
	const size_t whole = (size_t)(strrchr(text, '}') - text) + 1;

	for (size_t size = 0; size < whole; size += size < 4000 ? 37 : 1) {
		struct risk *risk = NULL;
		struct rules_error error;
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(risk_parse(copy, size, &risk, &error), -EBADMSG);
		assert_null(risk);
		assert_true(error.message[0] != '\0');
		free(copy);
	}
	free(text);
}

/* The worked example of the model's own comment. */
static void the_shipped_model(void **state)
{
	(void)state;
	char *text = read_file("policy/risk/model.json");
	const struct device stick = { .bus = BUS_USB, .vendor = 0x0951, .product = 0x1666 };
	struct circumstances circumstances = circumstances_unknown;
	struct risk_subject subject = { &stick, &circumstances, FUNCTION_STORAGE, false };
	struct risk_assessment assessment;
	struct rules_error error;
	struct risk *risk;

	assert_int_equal(risk_parse(text, strlen(text), &risk, &error), 0);
	free(text);
	circumstances.identity = IDENTITY_SERIAL;
	circumstances.encryption = ENCRYPTION_NONE;
	circumstances.classification = "一般";
	circumstances.known_days = circumstances.violations = circumstances.denials = 0;
	circumstances.hosts_seen = 1;
	risk_assess(risk, &subject, &assessment);
	assert_int_equal(assessment.likelihood, 4);
	assert_int_equal(assessment.impact, 3);
	assert_int_equal(assessment.score, 12);
	assert_int_equal(assessment.outcome.verdict, VERDICT_READ_ONLY);
	assert_int_equal(assessment.unknown, 0);
	/* Every factor there is, so that an officer sees them all. */
	assert_int_equal(assessment.n_factors, 11);

	/* Encrypted it may be used, and in a unit with secrets it may not. */
	circumstances.encryption = ENCRYPTION_LUKS;
	risk_assess(risk, &subject, &assessment);
	assert_int_equal(assessment.outcome.verdict, VERDICT_ALLOW);
	circumstances.encryption = ENCRYPTION_NONE;
	circumstances.classification = "機密";
	risk_assess(risk, &subject, &assessment);
	assert_int_equal(assessment.score, 20);
	assert_int_equal(assessment.outcome.verdict, VERDICT_DENY);
	risk_free(risk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_shown), cmocka_unit_test(a_mistake_has_its_line),
		cmocka_unit_test(what_is_allowed),    cmocka_unit_test(limits),
		cmocka_unit_test(every_truncation),   cmocka_unit_test(the_shipped_model),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
