/* The arithmetic of a risk model: what every fact adds, what is not known, and the control that a
 * score calls for. */
#include "cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "policy/risk/risk.h"

static const char model[] =
	"{ \"schema\": \"devgate-risk-1\", \"name\": \"模型\", \"scale\": 5,"
	"  \"base\": { \"likelihood\": 1, \"impact\": 1 },"
	"  \"factors\": {"
	"    \"function\": { \"storage\": { \"impact\": 1 }, \"hub\": {},"
	"                    \"*\": { \"likelihood\": 1 } },"
	"    \"identity\": { \"none\": { \"likelihood\": 1 }, \"changed\": { \"likelihood\": 2 },"
	"                    \"duplicate\": { \"impact\": 2 } },"
	"    \"encryption\": { \"luks\": { \"impact\": -1 }, \"*\": { \"impact\": 1 } },"
	"    \"first-seen\": [ { \"from\": 0, \"likelihood\": 1 }, { \"from\": 7 },"
	"                      { \"from\": 30, \"likelihood\": -1 } ],"
	"    \"unregistered\": { \"likelihood\": 1 },"
	"    \"restricted-vendor\": { \"likelihood\": 3, \"impact\": 3 },"
	"    \"classification\": [ { \"is\": \"機密\", \"impact\": 2 }, { \"is\": \"一般\" },"
	"                          { \"is\": \"*\", \"impact\": 1 } ],"
	"    \"violations\": [ { \"from\": 0 }, { \"from\": 1, \"likelihood\": 1 } ],"
	"    \"hosts-seen\": [ { \"from\": 0 }, { \"from\": 3, \"impact\": 1 } ],"
	"    \"history\": [ { \"from\": 0 }, { \"from\": 2, \"likelihood\": 1 } ] },"
	"  \"thresholds\": [ { \"from\": 1, \"verdict\": \"allow\" },"
	"    { \"from\": 4, \"verdict\": \"read-only\", \"modifiers\": [\"trail\"] },"
	"    { \"from\": 12, \"verdict\": \"deny\", \"modifiers\": [\"notify\"] } ],"
	"  \"restricted\": ["
	"    { \"vendor\": \"2ca3\", \"brand\": \"DJI\", \"origin\": \"CN\", \"ground\": \"g\" },"
	"    { \"vendor\": \"12D1\", \"brand\": \"Huawei\", \"origin\": \"CN\", \"ground\": \"h\" "
	"} ] }";

static struct risk *parse(const char *text)
{
	struct rules_error error;
	struct risk *risk = NULL;

	if (risk_parse(text, strlen(text), &risk, &error) < 0)
		fail_msg("%d:%d: %s: %s", error.line, error.column, error.path, error.message);
	return risk;
}

/* Everything known and as harmless as it can be. */
static struct circumstances calm(void)
{
	struct circumstances calm = circumstances_unknown;

	calm.identity = IDENTITY_SERIAL;
	calm.encryption = ENCRYPTION_LUKS;
	calm.known_days = 10;
	calm.classification = "一般";
	calm.violations = calm.hosts_seen = calm.denials = 0;
	return calm;
}

struct subject {
	struct device device;
	struct circumstances circumstances;
	enum function function;
	bool registered;
};

static struct subject stick(void)
{
	return (struct subject){
		.device = { .bus = BUS_USB, .vendor = 0x0951, .product = 0x1666 },
		.circumstances = calm(),
		.function = FUNCTION_STORAGE,
		.registered = true,
	};
}

static struct risk_assessment assess(const struct risk *risk, const struct subject *subject)
{
	const struct risk_subject borrowed = { &subject->device, &subject->circumstances,
					       subject->function, subject->registered };
	struct risk_assessment ret;

	memset(&ret, 0xa5, sizeof(ret));
	risk_assess(risk, &borrowed, &ret);
	return ret;
}

static const struct risk_factor *factor(const struct risk_assessment *assessment, const char *name)
{
	for (size_t i = 0; i < assessment->n_factors; i++)
		if (strcmp(assessment->factors[i].name, name) == 0)
			return &assessment->factors[i];
	return NULL;
}

/* What the breakdown says must come to what the assessment says. */
static void check_sum(const struct risk *risk, const struct risk_assessment *assessment)
{
	int likelihood = 0, impact = 0;
	const int scale = risk_scale(risk);

	assert_in_range(assessment->n_factors, 1, RISK_MAX_FACTORS);
	for (size_t i = 0; i < assessment->n_factors; i++) {
		likelihood += assessment->factors[i].likelihood;
		impact += assessment->factors[i].impact;
		assert_non_null(assessment->factors[i].value);
	}
	likelihood = likelihood < 1 ? 1 : likelihood > scale ? scale : likelihood;
	impact = impact < 1 ? 1 : impact > scale ? scale : impact;
	assert_int_equal(assessment->likelihood, likelihood);
	assert_int_equal(assessment->impact, impact);
	assert_int_equal(assessment->score, likelihood * impact);
	assert_false(assessment->outcome.by_risk);
	assert_false(assessment->best.by_risk);
}

/* One thing at a time is changed of a registered, calm stick. */
static void every_factor_counts(void **state)
{
	(void)state;
	struct risk *risk = parse(model);
	static const struct {
		const char *name, *value;
		int likelihood, impact; /* of the factor */
		int score;		/* 1 for the stick itself: likelihood 1, impact 1 + 1 - 1 */
	} table[] = {
		{ "base", "", 1, 1, 1 },
		{ "function", "storage", 0, 1, 1 },
		{ "function", "network", 1, 0, 2 }, /* and no encryption: likelihood 2, impact 1 */
		{ "function", "hub", 0, 0, 1 },
		{ "identity", "serial", 0, 0, 1 },
		{ "identity", "none", 1, 0, 2 },
		{ "identity", "changed", 2, 0, 3 },
		{ "identity", "duplicate", 0, 2, 3 },
		{ "identity", "unknown", 2, 2, 9 },
		{ "encryption", "luks", 0, -1, 1 },
		{ "encryption", "bitlocker", 0, 1, 3 },
		{ "encryption", "none", 0, 1, 3 },
		{ "encryption", "unknown", 0, 1, 3 },
		{ "first-seen", "0-6", 1, 0, 2 },
		{ "first-seen", "7-29", 0, 0, 1 },
		{ "first-seen", "30+", -1, 0, 1 }, /* never below 1 */
		{ "first-seen", "unknown", 1, 0, 2 },
		{ "unregistered", "no", 0, 0, 1 },
		{ "unregistered", "yes", 1, 0, 2 },
		{ "restricted-vendor", "no", 0, 0, 1 },
		{ "restricted-vendor", "DJI", 3, 3, 16 },
		{ "restricted-vendor", "Huawei", 3, 3, 16 },
		{ "classification", "機密", 0, 2, 3 },
		{ "classification", "一般", 0, 0, 1 },
		{ "classification", "*", 0, 1, 2 },
		{ "classification", "unknown", 0, 2, 3 },
		{ "violations", "0", 0, 0, 1 },
		{ "violations", "1+", 1, 0, 2 },
		{ "violations", "unknown", 1, 0, 2 },
		{ "hosts-seen", "0-2", 0, 0, 1 },
		{ "hosts-seen", "3+", 0, 1, 2 },
		{ "hosts-seen", "unknown", 0, 1, 2 },
		{ "history", "0-1", 0, 0, 1 },
		{ "history", "2+", 1, 0, 2 },
		{ "history", "unknown", 1, 0, 2 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct subject subject = stick();
		struct circumstances *c = &subject.circumstances;
		const char *name = table[i].name, *value = table[i].value;
		const bool unknown = strcmp(value, "unknown") == 0;

		if (strcmp(name, "function") == 0)
			subject.function = (enum function)function_from_text(value);
		if (strcmp(name, "identity") == 0)
			c->identity = (enum identity)identity_from_text(value);
		if (strcmp(name, "encryption") == 0)
			c->encryption = (enum encryption)encryption_from_text(value);
		if (strcmp(name, "first-seen") == 0)
			c->known_days = unknown		  ? -1
					: value[0] == '0' ? 6
					: value[0] == '7' ? 29
							  : 30;
		if (strcmp(name, "unregistered") == 0)
			subject.registered = value[0] == 'n';
		if (strcmp(name, "restricted-vendor") == 0)
			subject.device.vendor = value[0] == 'D'	  ? 0x2ca3
						: value[0] == 'H' ? 0x12d1
								  : 0x2ca2;
		if (strcmp(name, "classification") == 0)
			c->classification = unknown ? NULL : value[0] == '*' ? "另類" : value;
		if (strcmp(name, "violations") == 0)
			c->violations = unknown ? -1 : value[0] == '0' ? 0 : 1;
		if (strcmp(name, "hosts-seen") == 0)
			c->hosts_seen = unknown ? -1 : value[0] == '0' ? 2 : 3;
		if (strcmp(name, "history") == 0)
			c->denials = unknown ? -1 : value[0] == '0' ? 1 : 2;

		const struct risk_assessment assessment = assess(risk, &subject);
		const struct risk_factor *found = factor(&assessment, name);

		assert_non_null(found);
		if (strcmp(found->value, value) != 0 || found->likelihood != table[i].likelihood ||
		    found->impact != table[i].impact || assessment.score != table[i].score)
			fail_msg("%s %s: %s %d %d, score %d", name, value, found->value,
				 found->likelihood, found->impact, assessment.score);
		check_sum(risk, &assessment);
		assert_int_equal(assessment.unknown != 0, unknown);
		assert_int_equal(assessment.n_factors,
				 subject.function == FUNCTION_STORAGE ? 11 : 10);
	}
	risk_free(risk);
}

static void encryption_is_asked_for_storage_alone(void **state)
{
	(void)state;
	struct risk *risk = parse(model);

	for (int f = 0; f < _FUNCTION_MAX; f++) {
		struct subject subject = stick();

		subject.function = (enum function)f;
		subject.circumstances.encryption = ENCRYPTION_UNKNOWN;
		const struct risk_assessment assessment = assess(risk, &subject);
		assert_int_equal(factor(&assessment, "encryption") != NULL, f == FUNCTION_STORAGE);
		assert_int_equal(assessment.unknown, f == FUNCTION_STORAGE ? FACT_ENCRYPTION : 0);
	}
	risk_free(risk);
}

/* A vendor id of another bus is of another registry. */
static void vendors_are_restricted_on_usb_alone(void **state)
{
	(void)state;
	struct risk *risk = parse(model);

	for (int bus = 0; bus < _BUS_MAX; bus++) {
		struct subject subject = stick();

		subject.device.bus = (enum bus)bus;
		subject.device.vendor = 0x2ca3;
		const struct risk_assessment assessment = assess(risk, &subject);
		assert_string_equal(factor(&assessment, "restricted-vendor")->value,
				    bus == BUS_USB ? "DJI" : "no");
	}
	risk_free(risk);
}

static void thresholds_choose_the_control(void **state)
{
	(void)state;
	struct risk *risk =
		parse("{ \"schema\": \"devgate-risk-1\", \"name\": \"n\", \"scale\": 10,"
		      "  \"base\": { \"likelihood\": 1, \"impact\": 1 },"
		      "  \"factors\": { \"violations\": ["
		      "    { \"from\": 0 }, { \"from\": 1, \"likelihood\": 1 },"
		      "    { \"from\": 2, \"likelihood\": 2 },"
		      "    { \"from\": 3, \"likelihood\": 3 },"
		      "    { \"from\": 4, \"likelihood\": 9, \"impact\": 9 } ] },"
		      "  \"thresholds\": [ { \"from\": 1, \"verdict\": \"allow\" },"
		      "    { \"from\": 2, \"verdict\": \"allow\","
		      "      \"modifiers\": [\"notify\", \"justify\"] },"
		      "    { \"from\": 3, \"verdict\": \"encrypted-only\","
		      "      \"modifiers\": [\"justify\", \"notify\", \"trail\"] },"
		      "    { \"from\": 100, \"verdict\": \"deny\" } ] }");
	static const struct {
		int score;
		enum verdict verdict;
		modifier_set modifiers;
	} table[] = {
		{ 1, VERDICT_ALLOW, 0 },
		{ 2, VERDICT_ALLOW, MODIFIER_NOTIFY | MODIFIER_JUSTIFY },
		{ 3, VERDICT_ENCRYPTED_ONLY, MODIFIER_NOTIFY | MODIFIER_JUSTIFY | MODIFIER_TRAIL },
		{ 4, VERDICT_ENCRYPTED_ONLY, MODIFIER_NOTIFY | MODIFIER_JUSTIFY | MODIFIER_TRAIL },
		{ 100, VERDICT_DENY, 0 },
	};
	const struct risk_threshold *thresholds;
	size_t n;

	for (size_t i = 0; i < COUNT(table); i++) {
		struct subject subject = stick();

		subject.circumstances.violations = (int32_t)i;
		const struct risk_assessment assessment = assess(risk, &subject);
		assert_int_equal(assessment.score, table[i].score);
		assert_int_equal(assessment.outcome.verdict, table[i].verdict);
		assert_int_equal(assessment.outcome.modifiers, table[i].modifiers);
		assert_int_equal(assessment.best.verdict, table[i].verdict);
		assert_int_equal(assessment.best.modifiers, table[i].modifiers);
	}
	/* Not known: as if it were the worst, and it might be the best. */
	struct subject subject = stick();
	subject.circumstances.violations = -1;
	const struct risk_assessment assessment = assess(risk, &subject);
	assert_int_equal(assessment.score, 100);
	assert_int_equal(assessment.outcome.verdict, VERDICT_DENY);
	assert_int_equal(assessment.best.verdict, VERDICT_ALLOW);
	assert_int_equal(assessment.best.modifiers, 0);
	assert_int_equal(assessment.unknown, FACT_VIOLATIONS);

	thresholds = risk_thresholds(risk, &n);
	assert_int_equal(n, 4);
	assert_int_equal(thresholds[3].from, 100);
	assert_int_equal(risk_scale(risk), 10);
	assert_int_equal(risk_facts(risk), FACT_VIOLATIONS);
	risk_free(risk);
}

static void a_model_without_factors_is_its_base(void **state)
{
	(void)state;
	struct risk *risk = parse("{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"factors\":{},"
				  "\"base\":{\"likelihood\":5,\"impact\":4},"
				  "\"thresholds\":[{\"from\":1,\"verdict\":\"charge-only\"}]}");
	const struct subject subject = { .circumstances = circumstances_unknown };
	const struct risk_assessment assessment = assess(risk, &subject);
	size_t n = 7;

	assert_int_equal(risk_scale(risk), 5);
	assert_int_equal(assessment.score, 20);
	assert_int_equal(assessment.outcome.verdict, VERDICT_CHARGE_ONLY);
	assert_int_equal(assessment.n_factors, 1);
	assert_int_equal(assessment.unknown, 0);
	assert_int_equal(risk_facts(risk), 0);
	assert_null(risk_restricted(risk, 0));
	(void)risk_restricted_all(risk, &n);
	assert_int_equal(n, 0);
	risk_free(risk);
	risk_free(NULL);
}

/* A factor that says the same of every value is not worth asking for. */
static void what_makes_no_difference_is_not_missed(void **state)
{
	(void)state;
	struct risk *risk =
		parse("{\"schema\":\"devgate-risk-1\",\"name\":\"n\",\"factors\":{"
		      "\"identity\":{\"*\":{\"likelihood\":1}},\"history\":[{\"from\":0,"
		      "\"impact\":1}]},\"base\":{\"likelihood\":1,\"impact\":1},"
		      "\"thresholds\":[{\"from\":1,\"verdict\":\"allow\"}]}");
	const struct subject subject = { .circumstances = circumstances_unknown };
	const struct risk_assessment assessment = assess(risk, &subject);

	assert_int_equal(assessment.score, 4);
	assert_int_equal(assessment.unknown, 0);
	assert_int_equal(risk_facts(risk), FACT_IDENTITY | FACT_HISTORY);
	risk_free(risk);
}

/* Any circumstances: some known, some not. */
static struct subject any_subject(void)
{
	static const char *const classes[] = { "機密", "一般", "?", NULL };
	struct subject subject = stick();
	struct circumstances *c = &subject.circumstances;

	subject.function = (enum function)randombytes_uniform(_FUNCTION_MAX);
	subject.registered = randombytes_uniform(2);
	subject.device.vendor = randombytes_uniform(2) ? 0x2ca3 : 0x0951;
	c->identity = (enum identity)randombytes_uniform(_IDENTITY_MAX);
	c->encryption = (enum encryption)randombytes_uniform(_ENCRYPTION_MAX);
	c->known_days = (int32_t)randombytes_uniform(40) - 1;
	c->classification = classes[randombytes_uniform(COUNT(classes))];
	c->violations = (int32_t)randombytes_uniform(4) - 1;
	c->hosts_seen = (int32_t)randombytes_uniform(6) - 1;
	c->denials = (int32_t)randombytes_uniform(5) - 1;
	return subject;
}

static void forget(struct circumstances *c, unsigned which)
{
	if (which & 1)
		c->identity = IDENTITY_UNKNOWN;
	if (which & 2)
		c->encryption = ENCRYPTION_UNKNOWN;
	if (which & 4)
		c->known_days = -1;
	if (which & 8)
		c->classification = NULL;
	if (which & 16)
		c->violations = -1;
	if (which & 32)
		c->hosts_seen = -1;
	if (which & 64)
		c->denials = -1;
}

static void to_know_less_never_helps(void **state)
{
	(void)state;
	struct risk *risk = parse(model);

	for (int i = 0; i < 20000; i++) {
		const struct subject known = any_subject();
		struct subject forgotten = known;

		forget(&forgotten.circumstances, randombytes_uniform(128));
		const struct risk_assessment before = assess(risk, &known);
		const struct risk_assessment after = assess(risk, &forgotten);
		check_sum(risk, &before);
		check_sum(risk, &after);
		assert_true(after.likelihood >= before.likelihood);
		assert_true(after.impact >= before.impact);
		assert_int_equal(verdict_stricter(after.outcome.verdict, before.outcome.verdict),
				 after.outcome.verdict);
		/* And what it was before is between the worst and the best that it might be. */
		assert_true(after.best.verdict >= before.outcome.verdict);
		assert_int_equal(after.unknown & before.unknown, before.unknown);
	}
	risk_free(risk);
}

static void restricted_vendors_are_found(void **state)
{
	(void)state;
	struct risk *risk = parse(model);
	const struct restricted_vendor *all, *found;
	size_t n;

	assert_string_equal(risk_name(risk), "模型");
	all = risk_restricted_all(risk, &n);
	assert_int_equal(n, 2);
	assert_int_equal(all[0].vendor, 0x12d1); /* in order of id */
	assert_int_equal(all[1].vendor, 0x2ca3);
	found = risk_restricted(risk, 0x2ca3);
	assert_ptr_equal(found, &all[1]);
	assert_string_equal(found->brand, "DJI");
	assert_string_equal(found->origin, "CN");
	assert_string_equal(found->ground, "g");
	for (unsigned id = 0; id <= UINT16_MAX; id++)
		assert_int_equal(risk_restricted(risk, (uint16_t)id) != NULL,
				 id == 0x12d1 || id == 0x2ca3);
	risk_free(risk);
}

static void every_factor_has_its_fact(void **state)
{
	(void)state;
	struct risk *risk = parse(model);

	assert_int_equal(risk_facts(risk), FACT_IDENTITY | FACT_ENCRYPTION | FACT_FIRST_SEEN |
						   FACT_CLASSIFICATION | FACT_VIOLATIONS |
						   FACT_HOSTS_SEEN | FACT_HISTORY);
	const struct subject subject = { .function = FUNCTION_STORAGE,
					 .circumstances = circumstances_unknown };
	const struct risk_assessment assessment = assess(risk, &subject);
	assert_int_equal(assessment.unknown, risk_facts(risk));
	risk_free(risk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_factor_counts),
		cmocka_unit_test(encryption_is_asked_for_storage_alone),
		cmocka_unit_test(vendors_are_restricted_on_usb_alone),
		cmocka_unit_test(thresholds_choose_the_control),
		cmocka_unit_test(a_model_without_factors_is_its_base),
		cmocka_unit_test(what_makes_no_difference_is_not_missed),
		cmocka_unit_test(to_know_less_never_helps),
		cmocka_unit_test(restricted_vendors_are_found),
		cmocka_unit_test(every_factor_has_its_fact),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
