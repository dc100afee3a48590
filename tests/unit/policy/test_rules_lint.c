#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>

#include "linted.h"

#define STORAGE	   "\"function\":\"storage\""
#define ANY_DEVICE "\"vendor\":\"0951\",\"product\":\"1666\""

/* A document that has one finding, or (NULL) none. */
struct expected {
	const char *text, *word, *severity, *path, *rule, *other, *detail;
};

static void check(const struct expected *expected)
{
	struct document document = document_of(expected->text);
	struct rules_findings findings = lint_of(&document);
	const struct rules_finding *finding = findings.list;
	char sentence[600];

	if (findings.n != (expected->word != NULL))
		fail_msg("%zu findings: %s", findings.n, expected->text);
	assert_int_equal(findings.left_out, 0);
	if (expected->word != NULL) {
		assert_string_equal(rules_finding_to_text(finding->kind), expected->word);
		assert_string_equal(rules_severity_to_text(finding->severity), expected->severity);
		assert_string_equal(finding->path, expected->path);
		assert_string_equal(finding->rule, expected->rule);
		assert_string_equal(finding->other, expected->other);
		assert_string_equal(finding->detail, expected->detail);
		assert_int_equal(rules_findings_worst(&findings), finding->severity);
		rules_finding_fill(finding, rules_finding_sentence(finding), sentence,
				   sizeof(sentence));
		assert_non_null(strstr(sentence, expected->rule));
		assert_non_null(strstr(sentence, expected->other));
		assert_non_null(strstr(sentence, expected->detail));
		assert_null(strstr(sentence, "{rule}"));
		assert_null(strstr(sentence, "{detail}"));
	}
	rules_findings_finish(&findings);
	document_finish(&document);
}

#define DENY(id, match)				 RULE(id, match, "deny")
#define ALLOW(id, match)			 RULE(id, match, "allow")
#define NOTE(word, path, rule, other, detail)	 word, "note", path, rule, other, detail
#define WARNING(word, path, rule, other, detail) word, "warning", path, rule, other, detail
#define ERROR(word, path, rule, other, detail)	 word, "error", path, rule, other, detail
#define NOTHING					 NULL, NULL, NULL, NULL, NULL, NULL
#define SESSION(word)				 "\"session\":\"" word "\""
#define HOURS(from, to)				 "\"time\":{\"from\":\"" from "\",\"to\":\"" to "\"}"

/* What no rule does alone, several do. */
static void rules_that_several_hide(void **state)
{
	(void)state;
	static const struct expected table[] = {
		{ DOCUMENT(DENY("a", STORAGE "," SESSION("none")) "," DENY(
			  "b",
			  STORAGE "," SESSION(
				  "active")) "," DENY("c",
						      STORAGE "," SESSION(
							      "locked")) "," ALLOW("d", STORAGE
										   ",\"vendor\":"
										   "\"0951\"")),
		  WARNING("shadowed", "rules[3]", "d", "c", "") },
		{ DOCUMENT(DENY("a", STORAGE "," SESSION("none")) "," DENY(
			  "b", STORAGE "," SESSION("active")) "," ALLOW("d", STORAGE
									",\"vendor\":\"0951\"")),
		  NOTHING },
		/* All that it asks for itself. */
		{ DOCUMENT(DENY("a", STORAGE "," SESSION("none")) "," DENY(
			  "b", STORAGE
			  "," SESSION("active")) "," ALLOW("d", STORAGE
							   ",\"vendor\":\"0951\",\"session\":["
							   "\"none\",\"active\"]")),
		  WARNING("shadowed", "rules[2]", "d", "b", "") },
		{ DOCUMENT(DENY("a", STORAGE "," HOURS("08:00", "18:00")) "," DENY(
			  "b", STORAGE "," HOURS("18:00", "08:00")) "," ALLOW("d", ANY_DEVICE
									      "," STORAGE)),
		  WARNING("shadowed", "rules[2]", "d", "b", "") },
		{ DOCUMENT(DENY("a", STORAGE "," HOURS("08:00", "18:00")) "," DENY(
			  "b", STORAGE "," HOURS("18:01", "08:00")) "," ALLOW("d", ANY_DEVICE
									      "," STORAGE)),
		  NOTHING },
		/* One that asks for more does its part only of those. */
		{ DOCUMENT(DENY("a", STORAGE "," HOURS("08:00", "18:00")) "," DENY(
			  "b", STORAGE ",\"vendor\":\"1234\"," HOURS(
				       "18:00", "08:00")) "," ALLOW("d", ANY_DEVICE "," STORAGE)),
		  NOTHING },
		/* A fact that is not asked for cannot be unknown. */
		{ DOCUMENT(DENY("a", STORAGE ",\"connect\":[\"hotplug\",\"unknown\"]") "," DENY(
			  "b", STORAGE
			  ",\"connect\":[\"hardwired\",\"not used\"]") "," ALLOW("d", ANY_DEVICE
										 "," STORAGE)),
		  WARNING("unreachable", "rules[2]", "d", "b", "") },
		/* By function, some alone and some together. */
		{ DOCUMENT(DENY("a", "\"function\":\"phone\"") "," DENY(
			  "b", STORAGE
			  "," HOURS("08:00",
				    "18:00")) "," DENY("c", STORAGE
						       "," HOURS("18:00",
								 "08:00")) "," ALLOW("d",
										     "\"function\":"
										     "[\"phone\","
										     "\"storage\"],"
										     "\"vendor\":"
										     "\"0951\"")),
		  WARNING("shadowed", "rules[3]", "d", "c", "") },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
}

static void rules_that_never_decide(void **state)
{
	(void)state;
	static const struct expected table[] = {
		{ DOCUMENT(DENY("a", ANY_DEVICE) "," DENY("b", ANY_DEVICE)),
		  WARNING("duplicate", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", ANY_DEVICE) "," ALLOW("b", ANY_DEVICE)),
		  ERROR("duplicate", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", "\"function\":[\"phone\",\"hub\"]") "," DENY(
			  "b", "\"function\":[\"hub\",\"phone\"]")),
		  WARNING("duplicate", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", "\"vendor\":\"0951\"") "," DENY("b", ANY_DEVICE)),
		  WARNING("unreachable", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", ANY_DEVICE) "," DENY("b", "\"vendor\":\"0951\"")), NOTHING },
		{ DOCUMENT(
			  DENY("a", "\"product\":\"1666\",\"vendor\":[\"0951\",\"0952\"]") "," DENY(
				  "b", ANY_DEVICE)),
		  WARNING("unreachable", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", "") "," DENY("b", ANY_DEVICE)),
		  WARNING("unreachable", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", "\"port\":\"1-2\"") "," DENY(
			  "b", "\"port\":\"1-2\",\"bus\":\"usb\"")),
		  WARNING("unreachable", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a",
				"\"digest\":"
				"\"00000000000000000000000000000000"
				"00000000000000000000000000000000\"") "," DENY("b",
									       "\"bus\":\"usb\","
									       "\"digest\":"
									       "\"00000000000000000"
									       "000000000000000"
									       "0000000000000000000"
									       "0000000000000\"")),
		  WARNING("unreachable", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", "\"serial\":[\"A\",\"B\"]") "," DENY(
			  "b", "\"serial\":\"B\",\"bus\":\"usb\"")),
		  WARNING("unreachable", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", "\"serial\":{\"glob\":\"AB*\"}") "," DENY(
			  "b", "\"serial\":{\"from\":\"ABC1\",\"to\":\"ABC9\"}")),
		  WARNING("unreachable", "rules[1]", "b", "a", "") },
		{ DOCUMENT(DENY("a", "\"serial\":{\"glob\":\"AB*\"}") "," DENY(
			  "b", "\"serial\":{\"glob\":\"A*\"}")),
		  NOTHING },
		{ DOCUMENT(DENY("a", "\"serial\":{\"glob\":\"AB*\"}") "," DENY(
			  "b", "\"serial\":{\"glob\":\"A?C\"}")),
		  NOTHING },
		/* Two rules between them, function by function. */
		{ DOCUMENT(DENY("a", STORAGE) "," DENY("b", "\"function\":\"phone\"") "," DENY(
			  "c", "\"function\":[\"phone\",\"storage\"],\"vendor\":\"0951\"")),
		  WARNING("unreachable", "rules[2]", "c", "b", "") },
		{ DOCUMENT(DENY("a", STORAGE) "," DENY("b", "\"function\":\"phone\"") "," DENY(
			  "c", "\"vendor\":\"0951\"")),
		  NOTHING },
		/* While it is not known who is there, the second counts, too. */
		{ DOCUMENT(DENY("a", SESSION("locked")) "," ALLOW(
			  "b", SESSION("locked") "," ANY_DEVICE)),
		  WARNING("shadowed", "rules[1]", "b", "a", "") },
		/* One that asks nobody is better proof. */
		{ DOCUMENT(DENY("a", SESSION("locked")) "," DENY(
			  "b", "\"vendor\":\"0951\"") "," DENY("c",
							       SESSION("locked") "," ANY_DEVICE)),
		  WARNING("unreachable", "rules[2]", "c", "b", "") },
		{ DOCUMENT(DENY("a", SESSION("locked")) "," DENY(
			  "b", "\"session\":[\"locked\",\"none\"]")),
		  NOTHING },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
}

static void matches_that_hold_for_nothing(void **state)
{
	(void)state;
	static const struct expected table[] = {
		{ DOCUMENT(DENY("a", "\"function\":\"phone\",\"usbguard-hash\":"
				     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
				     "\"bus\":\"mmc\"")),
		  ERROR("no-usb", "rules[0].match.usbguard-hash", "a", "", "usbguard-hash") },
		{ DOCUMENT(DENY("a", "\"usbguard-parent-hash\":"
				     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
				     "\"bus\":[\"mmc\",\"usb\"]")),
		  NOTHING },
		{ DOCUMENT(DENY("a", "\"identity\":\"none\",\"serial\":\"A\"")),
		  ERROR("no-serial", "rules[0].match.identity", "a", "", "identity") },
		{ DOCUMENT(DENY("a", "\"identity\":[\"none\",\"changed\"],\"serial\":\"A\"")),
		  NOTHING },
		{ DOCUMENT(DENY("a", "\"count\":{\"max\":0}")),
		  ERROR("no-count", "rules[0].match.count", "a", "", "count") },
		{ DOCUMENT(DENY("a", "\"count\":{\"min\":0,\"max\":1}")), NOTHING },
		{ DOCUMENT(DENY("a", "\"interfaces\":{\"all-of\":[\"08:06:50\"],"
				     "\"none-of\":[\"08:*:*\"]}")),
		  ERROR("no-interfaces", "rules[0].match.interfaces", "a", "",
			"\"all-of\" and \"none-of\"") },
		{ DOCUMENT(DENY("a", "\"interfaces\":{\"all-of\":[\"08:06:50\"]}")), NOTHING },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
}

/* These come with findings about names and facts, so they are looked for. */
static void assert_has(const char *text, const char *word, const char *detail, bool wanted)
{
	struct document document = document_of(text);
	struct rules_findings findings = lint_of(&document);
	bool found = false;

	for (size_t i = 0; i < findings.n; i++)
		found = found || (strcmp(rules_finding_to_text(findings.list[i].kind), word) == 0 &&
				  strcmp(findings.list[i].detail, detail) == 0);
	if (found != wanted)
		fail_msg("%s: %s", word, text);
	rules_findings_finish(&findings);
	document_finish(&document);
}

static void matches_of_nobody_and_no_medium(void **state)
{
	(void)state;
	assert_has(DOCUMENT(DENY("a", SESSION("none") ",\"user\":\"x\"")), "no-person", "user",
		   true);
	assert_has(DOCUMENT(DENY("a", SESSION("none") ",\"group\":\"x\"")), "no-person", "group",
		   true);
	assert_has(DOCUMENT(DENY("a", SESSION("locked") ",\"user\":\"x\"")), "no-person", "user",
		   false);
	assert_has(DOCUMENT(DENY("a", "\"function\":\"phone\",\"label\":\"x\"")), "no-medium",
		   "label", true);
	assert_has(DOCUMENT(DENY("a", "\"function\":[\"phone\",\"storage\"],\"label\":\"x\"")),
		   "no-medium", "label", false);
}

static void what_is_rarely_meant(void **state)
{
	(void)state;
	static const struct expected table[] = {
		{ DOCUMENT(ALLOW("a", STORAGE)),
		  WARNING("storage-for-all", "rules[0]", "a", "", "") },
		{ DOCUMENT(ALLOW("a", "")), WARNING("storage-for-all", "rules[0]", "a", "", "") },
		{ DOCUMENT(ALLOW("a", STORAGE ",\"connect\":\"hotplug\"")),
		  WARNING("storage-for-all", "rules[0]", "a", "", "") },
		{ DOCUMENT(ALLOW("a", "\"function\":\"keyboard\"")), NOTHING },
		{ DOCUMENT(ALLOW("a", STORAGE "," ANY_DEVICE)), NOTHING },
		{ DOCUMENT(RULE("a", STORAGE, "read-only")), NOTHING },
		{ DOCUMENT(RULE("a", STORAGE, "by-risk")), NOTHING },
		{ DOCUMENT_WITH("", ",\"defaults\":{\"hub\":\"allow\",\"storage\":\"allow\"}"),
		  WARNING("storage-for-all", "defaults.storage", "", "", "") },
		{ DOCUMENT_WITH("", ",\"defaults\":{\"*\":\"allow\"}"),
		  WARNING("storage-for-all", "defaults.*", "", "", "") },
		{ DOCUMENT_WITH("", ",\"defaults\":{\"*\":\"allow\",\"storage\":\"by-risk\"}"),
		  NOTHING },
		{ DOCUMENT(ALLOW("a", "\"serial\":\"A\"")),
		  WARNING("serial-alone", "rules[0].match.serial", "a", "", "serial") },
		{ DOCUMENT(RULE("a", "\"serial\":\"A\"", "by-risk")),
		  WARNING("serial-alone", "rules[0].match.serial", "a", "", "serial") },
		{ DOCUMENT(DENY("a", "\"serial\":\"A\"")), NOTHING },
		{ DOCUMENT(ALLOW("a", "\"serial\":\"A\",\"vendor\":\"0951\"")), NOTHING },
		{ DOCUMENT(ALLOW("a", "\"serial\":\"A\",\"usbguard-hash\":"
				      "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"")),
		  NOTHING },
		{ DOCUMENT(ALLOW("a", "\"serial\":\"A\",\"digest\":"
				      "\"00000000000000000000000000000000"
				      "00000000000000000000000000000000\"")),
		  NOTHING },
		{ DOCUMENT(RULE("a", STORAGE, "charge-only")),
		  NOTE("charge-alone", "rules[0]", "a", "", "") },
		{ DOCUMENT(RULE("a", "\"function\":[\"phone\",\"storage\"]", "charge-only")),
		  NOTHING },
		{ DOCUMENT_WITH("", ""), WARNING("no-hub", "", "", "", "") },
		{ DOCUMENT_WITH("", ",\"defaults\":{}"),
		  WARNING("no-hub", "defaults", "", "", "") },
		{ DOCUMENT_WITH("", ",\"defaults\":{\"hub\":\"deny\"}"),
		  WARNING("no-hub", "defaults.hub", "", "", "") },
		{ DOCUMENT_WITH("", ",\"defaults\":{\"hub\":\"by-risk\"}"), NOTHING },
		{ DOCUMENT_WITH(ALLOW("a", "\"function\":\"hub\",\"vendor\":\"0951\""), ""),
		  NOTHING },
		{ DOCUMENT_WITH(RULE("a", "\"function\":\"hub\"", "by-risk"), ""), NOTHING },
		{ DOCUMENT_WITH(DENY("a", "\"function\":\"hub\""), ""),
		  WARNING("no-hub", "", "", "", "") },
		{ DOCUMENT(RULE("a", STORAGE ",\"encryption\":\"luks\",\"size\":{\"max\":9}",
				"read-only")),
		  WARNING("not-known", "rules[0].match.encryption", "a", "",
			  "\"encryption\", \"size\"") },
		{ DOCUMENT(DENY("a", "\"violations\":{\"min\":1}")),
		  NOTE("not-known", "rules[0].match.violations", "a", "", "\"violations\"") },
		{ DOCUMENT(DENY("a", "\"history\":{\"min\":1}")), NOTHING },
		{ DOCUMENT(DENY("a", "\"site\":\"off\"")),
		  WARNING("no-site", "rules[0].match.site", "a", "", "site") },
		{ DOCUMENT_WITH(DENY("a", "\"site\":\"off\""),
				HUBS ",\"site\":{\"networks\":[\"10.0.0.0/8\"]}"),
		  NOTHING },
		{ DOCUMENT(DENY("a", "\"time\":[{\"from\":\"01:00\",\"to\":\"02:00\"},"
				     "{\"from\":\"08:00\",\"to\":\"08:00\"}]")),
		  NOTE("whole-day", "rules[0].match.time", "a", "", "time") },
		{ DOCUMENT(DENY("a", "\"time\":{\"from\":\"00:00\",\"to\":\"24:00\"}")), NOTHING },
		{ DOCUMENT(DENY("a", "\"name\":[\"x\",\"Data*\"]")),
		  WARNING("literal-glob", "rules[0].match.name", "a", "", "name \"Data*\"") },
		{ DOCUMENT(DENY("a", "\"name\":{\"glob\":\"Data*\"}")), NOTHING },
		{ "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"audit\","
		  "\"rules\":[]" HUBS "}",
		  WARNING("audit-mode", "mode", "", "", "") },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
}

static void names_are_listed_once(void **state)
{
	(void)state;
	static const struct expected table[] = {
		{ DOCUMENT(DENY("a", "\"unit\":[\"hr\",\"finance\"]") "," DENY(
			  "b", "\"unit\":[\"hr\",{\"glob\":\"lab-*\"},\"fin\"]")),
		  NOTE("names", "rules[0].match.unit", "", "", "unit: finance, hr, fin, lab-*") },
		{ DOCUMENT(DENY("a", "\"user\":[\"al\",\"bal\",\"bob\"]")),
		  NOTE("names", "rules[0].match.user", "", "", "user: al, bal, bob") },
	};
	char text[2000] = DOCUMENT(DENY("a", "\"host\":["));

	for (size_t i = 0; i < COUNT(table); i++)
		check(&table[i]);
	/* As many as there is room for. */
	char *at = strstr(text, "[\"host\"");
	at = strstr(text, "\"host\":[") + strlen("\"host\":[");
	for (int i = 0; i < 40; i++)
		at += sprintf(at, "%s\"workstation-%02d\"", i > 0 ? "," : "", i);
	strcpy(at, "]},\"verdict\":\"deny\"}]" HUBS "}");
	struct document document = document_of(text);
	struct rules_findings findings = lint_of(&document);
	const char *detail = findings.list[0].detail;
	assert_int_equal(findings.n, 1);
	assert_true(strlen(detail) > RULES_DETAIL_SIZE - 25);
	assert_string_equal(detail + strlen(detail) - strlen(", …"), ", …");
	rules_findings_finish(&findings);
	document_finish(&document);
}

static void findings_have_their_place(void **state)
{
	(void)state;
	static const char text[] =
		"// 註\n"
		"{ \"schema\": \"devgate-rules-1\", \"name\": \"n\", \"mode\": \"audit\",\n"
		"  \"rules\": [\n"
		"    /* 註 */ { \"id\": \"a\", \"match\": {\n"
		"      \"count\": { \"max\": 0 } }, \"verdict\": \"deny\" },\n"
		"    { \"id\": \"b\",\n"
		"      \"verdict\": \"deny\", \"match\": { \"c\\u006funt\": { \"max\": 0 } } }\n"
		"  ]\n"
		"}\n";
	static const struct {
		const char *word;
		int line, column;
	} wanted[] = {
		{ "no-hub", 2, 1 },    { "audit-mode", 2, 45 }, { "no-count", 5, 7 },
		{ "duplicate", 6, 5 }, { "no-count", 6, 5 }, /* an escaped name is not looked for */
	};
	struct document document = document_of(text);
	struct rules_findings findings = lint_of(&document);

	assert_int_equal(findings.n, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_string_equal(rules_finding_to_text(findings.list[i].kind), wanted[i].word);
		assert_int_equal(findings.list[i].line, wanted[i].line);
		assert_int_equal(findings.list[i].column, wanted[i].column);
	}
	assert_int_equal(rules_findings_worst(&findings), RULES_ERROR);
	rules_findings_finish(&findings);
	document_finish(&document);
}

static void findings_and_work_are_bounded(void **state)
{
	(void)state;
	struct document document =
		document_of_many(RULES_MAX_FINDINGS + 500, "\"bus\":\"usb\"", NULL);
	struct rules_findings findings = lint_of(&document);

	assert_int_equal(findings.n, RULES_MAX_FINDINGS);
	assert_int_equal(findings.left_out, 499);
	rules_findings_finish(&findings);
	document_finish(&document);

	/* Every glob that begins with anything with every other one is too much. */
	document = document_of_many(6000, "\"name\":{\"glob\":\"*-", "-*\"}");
	findings = lint_of(&document);
	assert_int_equal(findings.list[0].kind, RULES_NOT_ALL);
	assert_int_equal(findings.list[0].severity, RULES_NOTE);
	rules_findings_finish(&findings);
	document_finish(&document);
}

static void a_text_of_other_rules_is_refused(void **state)
{
	(void)state;
	struct document document = document_of(DOCUMENT(DENY("a", "")));
	struct rules_findings findings;

	document.source.size--;
	assert_int_equal(rules_lint(&document.source, &findings), -EBADMSG);
	/* Or nothing is said of rules that are not there. */
	document.source.text = "{}";
	document.source.size = 2;
	findings = lint_of(&document);
	assert_int_equal(findings.n, 0);
	rules_findings_finish(&findings);
	document_finish(&document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_that_never_decide),
		cmocka_unit_test(rules_that_several_hide),
		cmocka_unit_test(matches_that_hold_for_nothing),
		cmocka_unit_test(matches_of_nobody_and_no_medium),
		cmocka_unit_test(what_is_rarely_meant),
		cmocka_unit_test(names_are_listed_once),
		cmocka_unit_test(findings_have_their_place),
		cmocka_unit_test(findings_and_work_are_bounded),
		cmocka_unit_test(a_text_of_other_rules_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
