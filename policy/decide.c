#include "decision.h"

/* One device being judged. */
struct trial {
	const struct policy_view *policy;
	const struct device *device;
	const struct circumstances *circumstances;
	bool present;
	bool searched; /* @query has been begun */
	/* What the tables say of the device, as registered_find(). */
	int revoked, registered;
	struct registered_entry revocation, registration;
	struct rules_query query;
	fact_set unknown;
	int risk;     /* the highest score, -1 for none */
	int assessed; /* the function that @assessment is of, -1 for none */
	struct risk_assessment assessment;
};

/* How one function of the device is judged; @rule is borrowed. */
struct judgement {
	enum verdict verdict;
	unsigned possible; /* bit (1u << enum verdict) of each that more knowledge might give */
	fact_set unknown;  /* the facts to know for another of those */
	modifier_set modifiers;
	bool even_if_last;
	enum function function;
	enum decide_step step;
	const char *rule;
};

/* Nothing but storage has a read-only or can be encrypted; what says so all the same permits
 * nothing. */
static enum verdict verdict_for(enum verdict verdict, enum function function)
{
	const bool storage_only = verdict == VERDICT_READ_ONLY || verdict == VERDICT_ENCRYPTED_ONLY;

	return storage_only && function != FUNCTION_STORAGE ? VERDICT_DENY : verdict;
}

/* Nor does anything else hold programs and files. */
static modifier_set modifiers_for(modifier_set modifiers, enum function function)
{
	return function == FUNCTION_STORAGE
		       ? modifiers
		       : modifiers & (modifier_set) ~(MODIFIER_NOEXEC | MODIFIER_TRAIL);
}

static struct judgement judgement(struct outcome outcome, enum function function,
				  enum decide_step step, const char *rule)
{
	const enum verdict verdict = verdict_for(outcome.verdict, function);

	return (struct judgement){
		.verdict = verdict,
		.possible = 1U << verdict,
		.modifiers = modifiers_for(outcome.modifiers, function),
		.even_if_last = outcome.even_if_last,
		.function = function,
		.step = step,
		.rule = rule,
	};
}

static struct judgement denial(enum function function, enum decide_step step, const char *rule)
{
	return judgement((struct outcome){ .verdict = VERDICT_DENY }, function, step, rule);
}

static struct judgement judge_builtin(enum function function, bool present)
{
	const bool input = function == FUNCTION_KEYBOARD || function == FUNCTION_POINTER ||
			   function == FUNCTION_HID;
	const struct outcome allow = { .verdict = VERDICT_ALLOW };

	return function == FUNCTION_HUB || (input && present)
		       ? judgement(allow, function, STEP_BUILTIN, function_to_text(function))
		       : denial(function, STEP_BUILTIN, function_to_text(function));
}

/* Once for each function, however many rules leave it to the model. */
static const struct risk_assessment *assess(struct trial *trial, enum function function)
{
	const struct risk_subject subject = {
		.device = trial->device,
		.circumstances = trial->circumstances,
		.function = function,
		.registered = trial->registered > 0,
	};

	if (trial->assessed != (int)function)
		risk_assess(trial->policy->risk, &subject, &trial->assessment);
	trial->assessed = (int)function;
	if (trial->assessment.score > trial->risk)
		trial->risk = trial->assessment.score;
	return &trial->assessment;
}

/* What the risk model makes of it, for a rule or default that asks for @modifiers beside. */
static struct judgement judge_by_risk(struct trial *trial, enum function function,
				      modifier_set modifiers, const char *rule)
{
	if (trial->policy->risk == NULL)
		return denial(function, STEP_ERROR, rule);

	const struct risk_assessment *assessment = assess(trial, function);
	struct outcome outcome = assessment->outcome;

	outcome.modifiers |= modifiers;
	struct judgement judged = judgement(outcome, function, STEP_RISK, rule);
	judged.possible |= 1U << verdict_for(assessment->best.verdict, function);
	judged.unknown = assessment->unknown;
	return judged;
}

/* What permits no more than either; the one that decided gives its name. */
static struct judgement stricter(struct judgement a, struct judgement b)
{
	struct judgement strict = b.verdict < a.verdict ? b : a;

	strict.verdict = verdict_stricter(a.verdict, b.verdict);
	strict.modifiers = a.modifiers | b.modifiers;
	return strict;
}

static struct judgement judge_rule(struct trial *trial, enum function function,
				   const struct rule *rule)
{
	if (rule->outcome.by_risk)
		return judge_by_risk(trial, function, rule->outcome.modifiers, rule->id);
	return judgement(rule->outcome, function, STEP_RULE, rule->id);
}

static struct judgement judge_default(struct trial *trial, enum function function)
{
	const struct outcome outcome = rules_default(trial->policy->rules, function);
	const char *name = function_to_text(function);

	if (outcome.by_risk)
		return judge_by_risk(trial, function, outcome.modifiers, name);
	return judgement(outcome, function, STEP_DEFAULT, name);
}

/* By verdict, the facts to know for it. */
struct ways {
	fact_set facts[_VERDICT_MAX];
	unsigned possible;
};

/* Note what one rule might give, to which the facts @asked lead. */
static void ways_add(struct ways *ways, const struct judgement *judged, fact_set asked)
{
	ways->facts[judged->verdict] |= asked;
	for (unsigned left = judged->possible & ~(1U << judged->verdict); left != 0;
	     left &= left - 1)
		ways->facts[__builtin_ctz(left)] |= asked | judged->unknown;
	ways->possible |= judged->possible;
}

/* The strictest of the rules that match or may match, up to the first that does for sure, or the
 * default.  Every verdict among them is one that more knowledge might give: a fact that some rule
 * up to there asks for is one to know for it, and what is behind the last such rule is not. */
static struct judgement judge_rules(struct trial *trial, enum function function)
{
	struct judgement strictest = { 0 };
	struct ways ways = { 0 };
	fact_set unknown = 0, asked = 0;
	bool any = false;

	/* What is registered or revoked is not looked for among the rules at all. */
	if (!trial->searched)
		rules_query_init(&trial->query, trial->policy->rules, trial->device,
				 trial->circumstances);
	trial->searched = true;
	rules_query_begin(&trial->query, function);
	do {
		const struct rule *rule = rules_query_next(&trial->query, &unknown);
		const struct judgement judged = rule != NULL ? judge_rule(trial, function, rule)
							     : judge_default(trial, function);

		unknown = rule != NULL ? unknown : 0;
		asked |= unknown;
		strictest = any ? stricter(strictest, judged) : judged;
		any = true;
		ways_add(&ways, &judged, asked);
	} while (unknown != 0);

	strictest.possible = ways.possible;
	strictest.unknown = 0;
	for (int v = 0; v < _VERDICT_MAX; v++)
		if (v != (int)strictest.verdict)
			strictest.unknown |= ways.facts[v];
	return strictest;
}

/* The grant that speaks for @function, the one that gives the most; NULL for none. */
static const struct grant *find_grant(const struct trial *trial, enum function function)
{
	const struct policy_view *policy = trial->policy;
	const struct grant *most = NULL;

	for (size_t i = 0; policy->rules != NULL && i < policy->n_grants; i++) {
		const struct grant *grant = policy->grants[i];

		if (!grant->withdrawn && (grant->functions & FUNCTION_BIT(function)) &&
		    grant_is_for(grant, trial->device) &&
		    grant_is_within(grant, rules_grant_limits(policy->rules)) &&
		    (most == NULL || grant->verdict > most->verdict))
			most = grant;
	}
	return most;
}

static struct judgement judge(struct trial *trial, enum function function)
{
	const function_set bit = FUNCTION_BIT(function);
	const struct registered_entry *entry = &trial->registration;

	if (trial->revoked < 0 || trial->registered < 0)
		return denial(function, STEP_ERROR, trial->revoked < 0 ? "revoked" : "registered");
	if (trial->revoked > 0 && (trial->revocation.functions & bit))
		return denial(function, STEP_REVOKED, trial->revocation.tag);
	const struct grant *grant = find_grant(trial, function);
	if (grant != NULL)
		return judgement((struct outcome){ .verdict = grant->verdict,
						   .modifiers = grant->modifiers },
				 function, STEP_GRANT, grant->id);
	if (trial->registered > 0 && (entry->functions & bit))
		return judgement((struct outcome){ .verdict = entry->verdict,
						   .modifiers = entry->modifiers },
				 function, STEP_REGISTERED, entry->tag);
	if (trial->policy->rules == NULL)
		return judge_builtin(function, trial->present);
	return judge_rules(trial, function);
}

/* Every verdict that one of @a and one of @b come to, together. */
static unsigned possible_together(unsigned a, unsigned b)
{
	unsigned together = 0;

	for (unsigned x = a; x != 0; x &= x - 1)
		for (unsigned y = b; y != 0; y &= y - 1)
			together |= 1U << verdict_stricter((enum verdict)__builtin_ctz(x),
							   (enum verdict)__builtin_ctz(y));
	return together;
}

/* The strictest of the interface's functions, which are judged once for the whole device. */
static struct judgement judge_interface(const struct judgement by_function[static _FUNCTION_MAX],
					function_set functions)
{
	if (functions == 0)
		return denial(FUNCTION_OTHER, STEP_ERROR, "no-function");

	struct judgement strictest = by_function[__builtin_ctz(functions)];
	while ((functions &= functions - 1) != 0) {
		const struct judgement *judged = &by_function[__builtin_ctz(functions)];
		const unsigned possible = possible_together(strictest.possible, judged->possible);
		const fact_set unknown = strictest.unknown | judged->unknown;

		strictest = stricter(strictest, *judged);
		strictest.possible = possible;
		strictest.unknown = unknown;
	}
	return strictest;
}

/* Nothing is looked up or judged yet.  The rest of @trial is not zeroed: it is large, and much of
 * it is seldom needed. */
static void begin(struct trial *trial, const struct policy_view *policy,
		  const struct device *device, const struct circumstances *circumstances)
{
	trial->policy = policy;
	trial->device = device;
	trial->circumstances = circumstances;
	trial->searched = false;
	trial->unknown = 0;
	trial->risk = trial->assessed = -1;
	trial->revoked = trial->registered = 0;
}

static void look_up(struct trial *trial)
{
	const struct policy_view *policy = trial->policy;
	const struct device *device = trial->device;
	uint8_t key[DEVICE_KEY_SIZE];

	if (!device->has_serial || device->serial[0] == '\0' ||
	    (policy->revoked == NULL && policy->registered == NULL))
		return;
	device_key(device, key);
	if (policy->revoked != NULL)
		trial->revoked =
			registered_find_key(policy->revoked, key, device, &trial->revocation);
	if (policy->registered != NULL)
		trial->registered =
			registered_find_key(policy->registered, key, device, &trial->registration);
}

static void set_interface(struct interface_decision *ret, const struct judgement *judged)
{
	ret->verdict = judged->verdict;
	ret->modifiers = judged->modifiers;
	ret->even_if_last = judged->even_if_last;
	ret->function = judged->function;
	ret->step = judged->step;
	decision_set_rule(ret->rule, judged->rule);
}

/* Judge each function that the device has, once, and from that each interface. */
static void judge_all(struct trial *trial, struct decision *ret)
{
	static const function_set known = FUNCTION_BIT(_FUNCTION_MAX) - 1;
	struct judgement by_function[_FUNCTION_MAX];
	const struct device *device = trial->device;

	for (function_set left = device_functions(device) & known; left != 0; left &= left - 1) {
		const int f = __builtin_ctz(left);

		by_function[f] = judge(trial, (enum function)f);
	}
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct judgement judged =
			judge_interface(by_function, device->interfaces[i].functions & known);

		set_interface(&ret->interfaces[i], &judged);
		if (judged.possible != 1U << judged.verdict)
			trial->unknown |= judged.unknown;
	}
	ret->n = device->n_interfaces;
}

static void decide_once(const struct policy_view *policy, const struct device *device,
			const struct circumstances *circumstances, bool present,
			struct decision *ret)
{
	struct trial trial;

	begin(&trial, policy, device, circumstances);
	trial.present = present;
	look_up(&trial);
	judge_all(&trial, ret);
	ret->unknown = trial.unknown;
	ret->risk = trial.risk;
}

enum { TOLD_VIOLATIONS = 1, TOLD_HOSTS_SEEN = 2, TOLD_ALL = 3 };

/* Judge again with what was told: with each part alone, too, so that one cannot hide what another
 * tightens. */
static void heed(const struct policy_view *policy, const struct device *device,
		 const struct circumstances *circumstances, bool present, struct decision *ret)
{
	const struct circumstances_told *told = &circumstances->told;
	const int there = (told->violations >= 0 ? TOLD_VIOLATIONS : 0) |
			  (told->hosts_seen >= 0 ? TOLD_HOSTS_SEEN : 0);

	for (int part = 1; part <= TOLD_ALL; part++) {
		struct circumstances with = *circumstances;
		struct decision other;

		if ((part & there) != part)
			continue;
		if (part & TOLD_VIOLATIONS)
			with.violations = told->violations;
		if (part & TOLD_HOSTS_SEEN)
			with.hosts_seen = told->hosts_seen;
		decide_once(policy, device, &with, present, &other);
		decision_tighten(ret, &other);
	}
}

const struct circumstances *decide_circumstances(const struct policy_view *policy,
						 const struct circumstances *circumstances,
						 struct circumstances *scratch)
{
	if (policy->rules == NULL || !rules_gives(policy->rules))
		return circumstances;

	const struct rules_assumed assumed = rules_assumed(policy->rules);
	*scratch = *circumstances;
	if (scratch->violations < 0)
		scratch->violations = assumed.violations;
	if (scratch->hosts_seen < 0)
		scratch->hosts_seen = assumed.hosts_seen;
	if (scratch->classification == NULL && scratch->unit != NULL)
		scratch->classification = rules_classification(policy->rules, scratch->unit);
	return scratch;
}

void decide(const struct policy_view *policy, const struct device *device,
	    const struct circumstances *circumstances, bool present, struct decision *ret)
{
	struct circumstances given;

	if (device->n_interfaces == 0 || device->n_interfaces > DEVICE_MAX_INTERFACES) {
		decide_error("The device has no interface that could be judged.", ret);
		return;
	}
	circumstances = decide_circumstances(policy, circumstances, &given);
	decide_once(policy, device, circumstances, present, ret);
	if (circumstances->told.violations >= 0 || circumstances->told.hosts_seen >= 0)
		heed(policy, device, circumstances, present, ret);
	ret->audit_only = policy->rules != NULL && rules_audit_only(policy->rules);
	ret->reason_en[0] = ret->reason_zh[0] = '\0';
	decision_add_up(ret);
}

bool decide_assess(const struct policy_view *policy, const struct device *device,
		   const struct circumstances *circumstances, enum function function,
		   struct risk_assessment *ret)
{
	struct registered_entry entry;
	struct circumstances given;
	const struct risk_subject subject = {
		.device = device,
		.circumstances = decide_circumstances(policy, circumstances, &given),
		.function = function,
		.registered = policy->registered != NULL &&
			      registered_find(policy->registered, device, &entry) > 0,
	};

	if (policy->risk == NULL)
		return false;
	risk_assess(policy->risk, &subject, ret);
	return true;
}
