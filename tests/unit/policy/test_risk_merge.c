/* Lists of restricted vendors: what they may say, what comes of one and a model, and the list that
 * is shipped. */
#include "cmocka_test.h"

#include <errno.h>

#include <jansson.h>
#include <sodium.h>

#include "policy/risk/merge.h"
#include "risk_documents.h"

#define LIST(v) "{\"schema\":\"devgate-restricted-1\",\"restricted\":" v "}"

/* A restricted vendor is blocked whatever else holds. */
static void the_shipped_list(void **state)
{
	(void)state;
	char *model = read_file("policy/risk/model.json");
	char *list = read_file("policy/risk/restricted-vendors.json");
	const struct restricted_vendor *vendors;
	struct rules_error error;
	struct risk *risk;
	char *merged;
	size_t n;

	assert_int_equal(risk_merge(model, list, &merged, &error), 0);
	assert_int_equal(risk_parse(merged, strlen(merged), &risk, &error), 0);
	vendors = risk_restricted_all(risk, &n);
	assert_in_range(n, 5, 100);
	assert_string_equal(risk_restricted(risk, 0x2ca3)->brand, "DJI 大疆");
	assert_non_null(risk_restricted(risk, 0x12d1));
	for (size_t i = 0; i < n; i++) {
		const struct device device = { .bus = BUS_USB, .vendor = vendors[i].vendor };
		struct circumstances best = circumstances_unknown;

		best.identity = IDENTITY_SERIAL;
		best.encryption = ENCRYPTION_LUKS;
		best.classification = "一般";
		best.known_days = 1000;
		best.violations = best.denials = best.hosts_seen = 0;
		for (int f = 0; f < _FUNCTION_MAX; f++) {
			const struct risk_subject subject = { &device, &best, (enum function)f,
							      true };
			struct risk_assessment assessment;

			risk_assess(risk, &subject, &assessment);
			assert_int_equal(assessment.outcome.verdict, VERDICT_DENY);
		}
		assert_string_equal(vendors[i].origin, "CN");
		assert_true(strlen(vendors[i].ground) > 10);
	}
	risk_free(risk);
	free(merged);
	free(list);
	free(model);
}

static void merging(void **state)
{
	(void)state;
	static const char model[] = "// one\n" LISTED("[" VENDOR("0001") "," VENDOR("ab02") "]");
	static const char bare[] = FACTOR("");
	static const struct {
		const char *list;
		int wanted;
		size_t n; /* in the merged model, which has two of its own */
		const char *path, *message;
	} table[] = {
		{ LIST("[]"), 0, 2, "", "" },
		{ LIST("[" VENDOR("0003") "]"), 0, 3, "", "" },
		{ "// c\n" LIST("[" VENDOR("0003") "," VENDOR("0000") "]"), 0, 4, "", "" },
		{ LIST("[" VENDOR("0003") "," VENDOR("AB02") "]"), -EBADMSG, 0, "restricted[1]",
		  "already, as restricted[1]" },
		{ LIST("[" VENDOR("0003") "," VENDOR("0003") "]"), -EBADMSG, 0, "restricted[1]",
		  "twice" },
		{ LIST("[" VENDOR("3") "]"), -EBADMSG, 0, "restricted[0].vendor", "four" },
		{ LIST("{}"), -EBADMSG, 0, "restricted", "list" },
		{ "{\"schema\":\"devgate-risk-1\",\"restricted\":[]}", -EBADMSG, 0, "schema",
		  "devgate-restricted-1" },
		{ "{\"schema\":\"devgate-restricted-1\"}", -EBADMSG, 0, "", "\"restricted\"" },
		{ "{\"schema\":\"devgate-restricted-1\",\"vendors\":[]}", -EBADMSG, 0, "vendors",
		  "known are" },
		{ "[]", -EBADMSG, 0, "", "object" },
		{ "", -EBADMSG, 0, "", "" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules_error error;
		struct risk *risk;
		char *merged = NULL;

		const int r = risk_merge(model, table[i].list, &merged, &error);
		assert_int_equal(r, table[i].wanted);
		assert_int_equal(merged != NULL, r == 0);
		if (r < 0) {
			assert_string_equal(error.path, table[i].path);
			assert_non_null(strstr(error.message, table[i].message));
			continue;
		}
		size_t n;
		assert_int_equal(risk_parse(merged, strlen(merged), &risk, &error), 0);
		(void)risk_restricted_all(risk, &n);
		assert_int_equal(n, table[i].n);
		risk_free(risk);
		free(merged);
		/* Into a model that restricts nobody. */
		assert_int_equal(risk_merge(bare, table[i].list, &merged, &error), 0);
		assert_int_equal(risk_parse(merged, strlen(merged), &risk, &error), 0);
		(void)risk_restricted_all(risk, &n);
		assert_int_equal(n, table[i].n - 2);
		risk_free(risk);
		free(merged);
	}
	struct rules_error error;
	char *merged;
	assert_int_equal(risk_merge("", LIST("[]"), &merged, &error), -EBADMSG);
}

static void documents_say_what_they_are(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool is_model, is_list;
	} table[] = {
		{ LADDER(""), true, false }, /* good or not */
		{ "// c\n{\"schema\":\"devgate-risk-1\"}", true, false },
		{ LIST("7"), false, true },
		{ "{\"schema\":\"devgate-rules-1\"}", false, false },
		{ "{\"schema\":1}", false, false },
		{ "{\"Schema\":\"devgate-risk-1\"}", false, false },
		{ "[\"devgate-risk-1\"]", false, false },
		{ "{\"schema\":\"devgate-risk-1\"", false, false },
		{ "", false, false },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		assert_int_equal(risk_is_model(table[i].text, strlen(table[i].text)),
				 table[i].is_model);
		assert_int_equal(risk_is_list(table[i].text, strlen(table[i].text)),
				 table[i].is_list);
	}
}

static void together_they_are_not_too_many(void **state)
{
	(void)state;
	static const char model[] = LISTED("[" VENDOR("fffe") "]");
	struct rules_error error;
	char *merged = NULL;
	char *list = repeat("{\"schema\":\"devgate-restricted-1\",\"restricted\":[", VENDOR("%04x"),
			    RISK_MAX_RESTRICTED, "]}");

	assert_int_equal(risk_merge(model, list, &merged, &error), -E2BIG);
	assert_non_null(strstr(error.message, "more than 4096"));
	assert_null(merged);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_list),
		cmocka_unit_test(merging),
		cmocka_unit_test(documents_say_what_they_are),
		cmocka_unit_test(together_they_are_not_too_many),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
