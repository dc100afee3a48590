#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>

#include "compared.h"
#include "policy/rules/diff_internal.h"

/* All changes with their effects, one sentence a line. */
static void write_changes(const struct rules_changes *changes, char *ret)
{
	*ret = '\0';
	for (size_t i = 0; i < changes->n; i++) {
		const struct rules_change *change = &changes->list[i];
		const function_set effects[] = { change->more, change->less, change->either };

		rules_change_fill(change, rules_change_sentence(change), ret, 1000);
		ret += strlen(ret);
		for (size_t j = 0; j < COUNT(effects); j++) {
			if (effects[j] == 0)
				continue;
			*ret++ = ' ';
			rules_change_effect_fill(change, effects[j],
						 rules_change_effect_sentence(change, effects[j]),
						 ret, 1000);
			ret += strlen(ret);
		}
		ret = stpcpy(ret, "\n");
	}
}

static void check(const char *before, const char *after, const char *wanted)
{
	struct document a = document_of(before), b = document_of(after);
	struct rules_changes changes = diff_of(&a, &b);
	char text[8000];

	write_changes(&changes, text);
	assert_string_equal(text, wanted);
	rules_changes_finish(&changes);
	document_finish(&a);
	document_finish(&b);
}

#define STORAGE "\"function\":\"storage\""
#define PHONE	"\"function\":\"phone\""
#define V1	"\"vendor\":\"0001\""
#define V2	"\"vendor\":\"0002\""
#define HEAD(name, mode, rest)                                                                     \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"" name "\",\"mode\":\"" mode                   \
	"\",\"rules\":[]" rest "}"

#define GRANTS(functions, strongest, minutes)                                                      \
	",\"grants\":{\"functions\":" functions ",\"strongest\":\"" strongest                      \
	"\",\"longest-minutes\":" minutes "}"

static void documents(void **state)
{
	(void)state;
	static const struct {
		const char *before, *after, *wanted;
	} table[] = {
		{ HEAD("n", "enforce", ""), HEAD("n", "enforce", ""), "" },
		{ HEAD("n", "enforce", ""), HEAD("m", "audit", ""),
		  "The rules are called \"m\" and no longer \"n\".\n"
		  "The mode is \"audit\" and no longer \"enforce\". "
		  "Nothing is enforced any longer: every device works.\n" },
		{ HEAD("n", "audit", ""), HEAD("n", "enforce", ""),
		  "The mode is \"enforce\" and no longer \"audit\". "
		  "What was only recorded is enforced.\n" },
		{ HEAD("n", "enforce", ""),
		  HEAD("n", "enforce", ",\"site\":{\"networks\":[\"10.0.0.0/8\"]}"),
		  "Other networks count as on site.\n" },
		{ HEAD("n", "enforce", ""),
		  HEAD("n", "enforce", ",\"keyboard-guard\":{\"code-digits\":4}"),
		  "New keyboards are watched otherwise.\n" },
		/* as it is without it */
		{ HEAD("n", "enforce", ""),
		  HEAD("n", "enforce", ",\"keyboard-guard\":{\"seconds\":30}"), "" },
		{ HEAD("n", "enforce", ",\"units\":{\"a\":{\"classification\":\"x\"}}"),
		  HEAD("n", "enforce", ",\"units\":{\"a\":{\"classification\":\"x\"}}"), "" },
		{ HEAD("n", "enforce", GRANTS("\"storage\"", "read-only", "60")),
		  HEAD("n", "enforce", GRANTS("\"storage\"", "allow", "60")),
		  "Other things than before may be granted. More may be permitted for storage.\n" },
		{ HEAD("n", "enforce", GRANTS("[\"storage\",\"phone\"]", "allow", "60")),
		  HEAD("n", "enforce", GRANTS("\"storage\"", "allow", "60")),
		  "Other things than before may be granted. Less may be permitted for storage, "
		  "phone.\n" },
		{ HEAD("n", "enforce", GRANTS("\"storage\"", "allow", "60")),
		  HEAD("n", "enforce", ""),
		  "Other things than before may be granted. Less may be permitted for storage.\n" },
		{ HEAD("n", "enforce", GRANTS("\"storage\"", "allow", "60")),
		  HEAD("n", "enforce", GRANTS("\"storage\"", "read-only", "61")),
		  "Other things than before may be granted. More or less may be permitted for "
		  "storage, depending on the other rules.\n" },
		{ HEAD("n", "enforce", ",\"defaults\":{\"*\":\"deny\"}"),
		  HEAD("n", "enforce", ",\"defaults\":{\"hub\":\"deny\"}"), "" },
		{ HEAD("n", "enforce", ",\"defaults\":{\"storage\":\"read-only\"}"),
		  HEAD("n", "enforce",
		       ",\"defaults\":{\"storage\":\"encrypted-only\",\"hub\":\"allow\","
		       "\"audio\":\"allow\"}"),
		  "Where no rule matches storage: encrypted-only, no longer read-only. "
		  "More or less may be permitted for storage, depending on the other rules.\n"
		  "Where no rule matches audio, hub: allow, no longer deny. "
		  "More may be permitted for audio, hub.\n" },
		{ HEAD("n", "enforce", ",\"defaults\":{\"*\":\"allow\"}"),
		  HEAD("n", "enforce", ",\"defaults\":{\"*\":\"by-risk\"}"),
		  "Where no rule matches *: by-risk, no longer allow. Less may be permitted for "
		  "*.\n" },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(table[i].before, table[i].after, table[i].wanted);
}

#define ALLOW(id, match) RULE(id, match, "allow")
#define DENY(id, match)	 RULE(id, match, "deny")
#define READ(id, match)	 RULE(id, match, "read-only")

static void rules_in_words(void **state)
{
	(void)state;
	static const struct {
		const char *before, *after, *wanted;
	} table[] = {
		{ DOCUMENT(""), DOCUMENT(ALLOW("a", STORAGE "," V1)),
		  "Rule \"a\" is new; it says allow. "
		  "More may be permitted for storage, with vendor: \"0001\".\n" },
		{ DOCUMENT(ALLOW("a", STORAGE)), DOCUMENT(""),
		  "Rule \"a\" is gone; it said allow. Less may be permitted for storage.\n" },
		/* It says what held already. */
		{ DOCUMENT(""), DOCUMENT(DENY("a", STORAGE)),
		  "Rule \"a\" is new; it says deny.\n" },
		/* Between one that permits more and the default. */
		{ DOCUMENT(ALLOW("b", STORAGE "," V1)),
		  DOCUMENT(READ("a", STORAGE) "," ALLOW("b", STORAGE "," V1)),
		  "Rule \"a\" is new; it says read-only. "
		  "More or less may be permitted for storage, depending on the other rules.\n" },
		/* It never meets the one of another vendor. */
		{ DOCUMENT(ALLOW("b", STORAGE "," V1)),
		  DOCUMENT(READ("a", STORAGE "," V2) "," ALLOW("b", STORAGE "," V1)),
		  "Rule \"a\" is new; it says read-only. "
		  "More may be permitted for storage, with vendor: \"0002\".\n" },
		/* What comes after one that matches all the same does not matter. */
		{ DOCUMENT(READ("b", STORAGE)),
		  DOCUMENT(ALLOW("a", STORAGE "," V2) "," READ("b", STORAGE)),
		  "Rule \"a\" is new; it says allow. "
		  "More may be permitted for storage, with vendor: \"0002\".\n" },
		{ DOCUMENT(READ("b", STORAGE)),
		  DOCUMENT(READ("a", STORAGE "," V2) "," READ("b", STORAGE)),
		  "Rule \"a\" is new; it says read-only.\n" },
		{ DOCUMENT(READ("a", STORAGE)), DOCUMENT(ALLOW("a", STORAGE)),
		  "Rule \"a\" says allow and no longer read-only. More may be permitted for "
		  "storage.\n" },
		{ DOCUMENT("{\"id\":\"a\",\"match\":{" STORAGE "},\"verdict\":\"allow\"}"),
		  DOCUMENT("{\"id\":\"a\",\"match\":{" STORAGE "},\"verdict\":\"allow\","
			   "\"modifiers\":[\"noexec\",\"trail\"]}"),
		  "Rule \"a\" says allow + noexec, trail and no longer allow. "
		  "Less may be permitted for storage.\n" },
		{ DOCUMENT(ALLOW("a", STORAGE "," V1)), DOCUMENT(ALLOW("a", STORAGE)),
		  "Rule \"a\" matches others than before; it says allow. "
		  "More may be permitted for storage.\n" },
		{ DOCUMENT(ALLOW("a", STORAGE)), DOCUMENT(ALLOW("a", STORAGE "," V1)),
		  "Rule \"a\" matches others than before; it says allow. "
		  "Less may be permitted for storage, with vendor: \"0001\".\n" },
		{ DOCUMENT(ALLOW("a", STORAGE "," V1)), DOCUMENT(ALLOW("a", STORAGE "," V2)),
		  "Rule \"a\" matches others than before; it says allow. More or less may be "
		  "permitted "
		  "for storage, depending on the other rules, with vendor: \"0002\".\n" },
		{ DOCUMENT(ALLOW("a", STORAGE "," V1)), DOCUMENT(ALLOW("a", PHONE "," V1)),
		  "Rule \"a\" matches others than before; it says allow. "
		  "More may be permitted for phone, with vendor: \"0001\". "
		  "Less may be permitted for storage, with vendor: \"0001\".\n" },
		/* The same in other words is no change. */
		{ DOCUMENT(ALLOW("a", "\"vendor\":{\"from\":\"0001\",\"to\":\"0002\"}")),
		  DOCUMENT(ALLOW("a", "\"vendor\":[\"0002\",\"0001\"]")), "" },
		{ DOCUMENT(ALLOW("a", STORAGE "," V1) "," DENY("b", STORAGE)),
		  DOCUMENT(DENY("b", STORAGE) "," ALLOW("a", STORAGE "," V1)),
		  "Rule \"a\" now comes after \"b\". "
		  "Less may be permitted for storage, with vendor: \"0001\".\n" },
		{ DOCUMENT(DENY("b", STORAGE) "," ALLOW("a", STORAGE "," V1) "," ALLOW("c", STORAGE
										       "," V2)),
		  DOCUMENT(ALLOW("a", STORAGE "," V1) "," ALLOW("c", STORAGE
								"," V2) "," DENY("b", STORAGE)),
		  "Rule \"b\" now comes after \"c\". More may be permitted for storage.\n" },
		{ DOCUMENT(ALLOW("a", STORAGE "," V1) "," ALLOW("c", STORAGE
								"," V2) "," DENY("b", STORAGE)),
		  DOCUMENT(DENY("b", STORAGE) "," ALLOW("a", STORAGE "," V1) "," ALLOW("c", STORAGE
										       "," V2)),
		  "Rule \"b\" now comes first. Less may be permitted for storage.\n" },
		/* They never meet. */
		{ DOCUMENT(DENY("b", PHONE) "," ALLOW("a", STORAGE)),
		  DOCUMENT(ALLOW("a", STORAGE) "," DENY("b", PHONE)),
		  "Rule \"b\" now comes after \"a\".\n" },
		{ DOCUMENT("{\"id\":\"a\",\"match\":{},\"verdict\":\"deny\",\"reason\":{\"en\":"
			   "\"x\"}}"),
		  DOCUMENT("{\"id\":\"a\",\"match\":{},\"verdict\":\"deny\",\"reason\":{\"en\":"
			   "\"y\"}}"),
		  "Rule \"a\" tells people something else.\n" },
		{ DOCUMENT("{\"id\":\"a\",\"match\":{},\"verdict\":\"deny\",\"reason\":{\"en\":"
			   "\"x\"}}"),
		  DOCUMENT(DENY("a", "")), "Rule \"a\" tells people something else.\n" },
		{ DOCUMENT_WITH(DENY("a", STORAGE ",\"site\":\"off\""),
				",\"site\":{\"networks\":[\"10.0.0.0/8\"]}"),
		  DOCUMENT_WITH(DENY("a", STORAGE ",\"site\":\"off\""),
				",\"site\":{\"networks\":[\"11.0.0.0/8\"]}"),
		  "Other networks count as on site. "
		  "More or less may be permitted for storage, depending on the other rules.\n" },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		check(table[i].before, table[i].after, table[i].wanted);
}

static void who_in_the_documents_words(void **state)
{
	(void)state;
	char text[1000];

	check(DOCUMENT(""),
	      DOCUMENT(ALLOW("a",
			     "\"function\": [\"phone\", \"hub\"] , /* x */ \"serial\" : [ \"A\",\n"
			     "{ \"glob\" : \"B*\" } // y\n ], \"user\": \"王\"")),
	      "Rule \"a\" is new; it says allow. More may be permitted for phone, with "
	      "serial: [\"A\", { \"glob\": \"B*\" }]; user: \"王\".\n");
	/* Cut at a whole character. */
	strcpy(text, "\"user\":[\"");
	for (int i = 0; i < 100; i++)
		strcat(text, "王");
	char whole[2000];
	snprintf(whole, sizeof(whole), DOCUMENT(ALLOW("a", "%s\"]")), text);
	struct document before = document_of(DOCUMENT("")), after = document_of(whole);
	struct rules_changes changes = diff_of(&before, &after);
	const char *who = changes.list[0].who;
	assert_in_range(strlen(who), RULES_WHO_SIZE - 7, RULES_WHO_SIZE - 1);
	assert_string_equal(who + strlen(who) - strlen("王…"), "王…");
	rules_changes_finish(&changes);
	document_finish(&before);
	document_finish(&after);
}

static void words_of_kinds(void **state)
{
	(void)state;
	for (int kind = 0; kind < _RULES_CHANGE_MAX; kind++) {
		const struct rules_change change = { .kind = (enum rules_change_kind)kind };

		assert_true(strlen(rules_change_to_text(change.kind)) > 2);
		assert_true(strlen(rules_change_sentence(&change)) > 20);
	}
}

static void outcomes_in_order(void **state)
{
	(void)state;
	static const struct outcome deny = { VERDICT_DENY, MODIFIER_NOTIFY, false },
				    charge = { VERDICT_CHARGE_ONLY, 0, false },
				    read = { VERDICT_READ_ONLY, 0, false },
				    encrypted = { VERDICT_ENCRYPTED_ONLY, 0, false },
				    allow = { VERDICT_ALLOW, 0, false },
				    asked = { VERDICT_ALLOW, MODIFIER_JUSTIFY, false },
				    risk = { VERDICT_DENY, 0, true },
				    risk_asked = { VERDICT_DENY, MODIFIER_JUSTIFY, true };
	static const struct {
		const struct outcome *a, *b;
		bool no_more, no_less;
	} table[] = {
		{ &deny, &charge, true, false },     { &charge, &read, true, false },
		{ &read, &allow, true, false },	     { &read, &encrypted, false, false },
		{ &asked, &allow, true, false },     { &asked, &read, false, false },
		{ &deny, &asked, true, false },	     { &risk, &allow, true, false },
		{ &risk, &asked, false, false },     { &risk_asked, &asked, true, false },
		{ &risk_asked, &risk, true, false }, { &deny, &risk, true, false },
		{ &risk, &read, false, false },	     { &risk, &risk, true, true },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		assert_int_equal(outcome_permits_no_more(table[i].a, table[i].b), table[i].no_more);
		assert_int_equal(outcome_permits_no_more(table[i].b, table[i].a), table[i].no_less);
	}
}

static void a_device_by_both(void **state)
{
	(void)state;
	struct document a = document_of(DOCUMENT(READ("a", STORAGE))),
			b = document_of(DOCUMENT(ALLOW("a", "\"function\":\"phone\""))),
			c = document_of(HEAD("n", "audit", ""));
	const struct policy_view views[] = { { .rules = a.rules },
					     { .rules = b.rules },
					     { .rules = c.rules } };
	struct decision_change change;
	struct device device = { .n_interfaces = 2 };

	device.interfaces[0].functions = FUNCTION_BIT(FUNCTION_STORAGE);
	device.interfaces[1].functions = FUNCTION_BIT(FUNCTION_PHONE);
	assert_true(decision_diff(&views[0], &views[1], &device, &circumstances_unknown, false,
				  &change));
	assert_true(change.more && change.less);
	assert_string_equal(change.before.interfaces[0].rule, "a");
	assert_int_equal(change.after.interfaces[0].verdict, VERDICT_DENY);
	assert_true(change.after.reason_en[0] != '\0' && change.before.reason_zh[0] != '\0');
	assert_true(decision_diff(&views[0], &views[2], &device, &circumstances_unknown, false,
				  &change));
	assert_true(change.more && !change.less);
	assert_true(decision_diff(&views[2], &views[1], &device, &circumstances_unknown, false,
				  &change));
	assert_true(!change.more && change.less);
	assert_false(decision_diff(&views[2], &views[2], &device, &circumstances_unknown, false,
				   &change));
	document_finish(&a);
	document_finish(&b);
	document_finish(&c);
}

static void a_text_of_other_rules_is_refused(void **state)
{
	(void)state;
	struct document a = document_of(DOCUMENT(DENY("a", ""))),
			b = document_of(DOCUMENT(DENY("b", "")));
	const struct rules_source empty_a = { "{}", 2, a.rules }, empty_b = { "{}", 2, b.rules },
				  none = { "", 0, a.rules };
	struct rules_changes changes;

	assert_int_equal(rules_diff(&a.source, &empty_b, &changes), -EBADMSG);
	assert_int_equal(rules_diff(&empty_a, &b.source, &changes), -EBADMSG);
	assert_int_equal(rules_diff(&none, &b.source, &changes), -EBADMSG);
	assert_int_equal(rules_diff(&b.source, &none, &changes), -EBADMSG);
	document_finish(&a);
	document_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents),
		cmocka_unit_test(rules_in_words),
		cmocka_unit_test(who_in_the_documents_words),
		cmocka_unit_test(words_of_kinds),
		cmocka_unit_test(outcomes_in_order),
		cmocka_unit_test(a_device_by_both),
		cmocka_unit_test(a_text_of_other_rules_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
