#include "decide.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "reason.h"
#include "text.h"

static const char *const steps[_STEP_MAX] = {
	[STEP_REVOKED] = "revoked", [STEP_REGISTERED] = "registered", [STEP_RULE] = "rule",
	[STEP_RISK] = "risk",	    [STEP_DEFAULT] = "default",	      [STEP_BUILTIN] = "builtin",
	[STEP_ERROR] = "error",
};

const char *decide_step_to_text(enum decide_step step)
{
	return steps[step];
}

/* One device being judged. */
struct trial {
	const struct policy_view *policy;
	const struct device *device;
	const struct circumstances *circumstances;
	bool present;
	/* What the tables say of the device, as registered_find(). */
	int revoked, registered;
	struct registered_entry revocation, registration;
	struct rules_query query;
	fact_set unknown;
	int risk; /* the highest score, -1 for none */
};

/* How one function of the device is judged; @rule is borrowed. */
struct judgement {
	enum verdict verdict;
	modifier_set modifiers;
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

static struct judgement judgement(enum verdict verdict, modifier_set modifiers,
				  enum function function, enum decide_step step, const char *rule)
{
	return (struct judgement){
		.verdict = verdict_for(verdict, function),
		.modifiers = modifiers,
		.function = function,
		.step = step,
		.rule = rule,
	};
}

static struct judgement judge_builtin(enum function function, bool present)
{
	const bool input = function == FUNCTION_KEYBOARD || function == FUNCTION_POINTER ||
			   function == FUNCTION_HID;
	const bool allowed = function == FUNCTION_HUB || (input && present);

	return judgement(allowed ? VERDICT_ALLOW : VERDICT_DENY, 0, function, STEP_BUILTIN,
			 function_to_text(function));
}

/* What @outcome, said by @step in the name of @rule, comes to. */
static struct judgement judge_outcome(struct trial *trial, enum function function,
				      const struct outcome *outcome, enum decide_step step,
				      const char *rule)
{
	(void)trial; /* until the risk model is asked here */
	if (outcome->by_risk)
		return judgement(VERDICT_DENY, 0, function, STEP_ERROR, rule);
	return judgement(outcome->verdict, outcome->modifiers, function, step, rule);
}

/* What permits no more than either; the one that decided gives its name. */
static struct judgement judgement_stricter(struct judgement a, struct judgement b)
{
	struct judgement strict = b.verdict < a.verdict ? b : a;

	strict.verdict = verdict_stricter(a.verdict, b.verdict);
	strict.modifiers = a.modifiers | b.modifiers;
	return strict;
}

/* The rules that match or may match, then the default unless one matched for sure. */
static struct judgement judge_rules(struct trial *trial, enum function function)
{
	struct judgement strictest = { 0 };
	fact_set unknown = 0, asked = 0;
	bool any = false;

	rules_query_begin(&trial->query, function);
	for (;;) {
		const struct rule *rule = rules_query_next(&trial->query, &unknown);
		struct outcome standard;
		struct judgement judged;

		if (rule != NULL) {
			judged = judge_outcome(trial, function, &rule->outcome, STEP_RULE, rule->id);
		} else {
			standard = rules_default(trial->policy->rules, function);
			judged = judge_outcome(trial, function, &standard, STEP_DEFAULT,
					       function_to_text(function));
		}
		strictest = any ? judgement_stricter(strictest, judged) : judged;
		any = true;
		asked |= unknown;
		if (rule == NULL || unknown == 0)
			break;
	}
	/* Where nothing is permitted, to know more could only help; where all is, it could not. */
	if (strictest.verdict != VERDICT_ALLOW)
		trial->unknown |= asked;
	return strictest;
}

static struct judgement judge(struct trial *trial, enum function function)
{
	const function_set bit = FUNCTION_BIT(function);

	if (trial->revoked < 0 || trial->registered < 0)
		return judgement(VERDICT_DENY, 0, function, STEP_ERROR,
				 trial->revoked < 0 ? "revoked" : "registered");
	if (trial->revoked > 0 && (trial->revocation.functions & bit))
		return judgement(VERDICT_DENY, 0, function, STEP_REVOKED, trial->revocation.tag);
	if (trial->registered > 0 && (trial->registration.functions & bit))
		return judgement(trial->registration.verdict, trial->registration.modifiers,
				 function, STEP_REGISTERED, trial->registration.tag);
	if (trial->policy->rules == NULL)
		return judge_builtin(function, trial->present);
	return judge_rules(trial, function);
}

/* The strictest of the interface's functions, which are judged once for the whole device. */
static struct judgement judge_interface(const struct judgement by_function[static _FUNCTION_MAX],
					function_set functions)
{
	struct judgement strictest = judgement(VERDICT_DENY, 0, FUNCTION_OTHER, STEP_ERROR,
					       "no-function");
	bool any = false;

	for (; functions != 0; functions &= functions - 1) {
		const struct judgement *judged = &by_function[__builtin_ctz(functions)];

		strictest = any ? judgement_stricter(strictest, *judged) : *judged;
		any = true;
	}
	return strictest;
}

static void set_rule(char ret[static RULES_ID_SIZE], const char *rule)
{
	const size_t size = strnlen(rule, RULES_ID_SIZE - 1);

	memcpy(ret, rule, size);
	ret[size] = '\0';
}

/* The device's verdict from those of its interfaces, of which there is at least one. */
static void add_up(struct decision *decision)
{
	enum verdict live = VERDICT_ALLOW;
	size_t denied = 0, first = 0;

	decision->modifiers = 0;
	for (size_t i = 0; i < decision->n; i++) {
		const struct interface_decision *interface = &decision->interfaces[i];

		if (interface->verdict < decision->interfaces[first].verdict)
			first = i;
		if (interface->verdict == VERDICT_DENY) {
			denied++;
			continue;
		}
		live = verdict_stricter(live, interface->verdict);
		decision->modifiers |= interface->modifiers;
	}
	decision->verdict = denied == decision->n ? VERDICT_DENY : live;
	decision->partial = denied > 0 && denied < decision->n;
	decision->step = decision->interfaces[first].step;
	set_rule(decision->rule, decision->interfaces[first].rule);
}

static void look_up(struct trial *trial)
{
	const struct policy_view *policy = trial->policy;
	const struct device *device = trial->device;
	uint8_t key[DEVICE_KEY_SIZE];

	if (policy->rules != NULL)
		rules_query_init(&trial->query, policy->rules, device, trial->circumstances);
	if (!device->has_serial || device->serial[0] == '\0' ||
	    (policy->revoked == NULL && policy->registered == NULL))
		return;
	device_media_key(device->vendor, device->product, device->serial, key);
	if (policy->revoked != NULL)
		trial->revoked = registered_find_key(policy->revoked, key, device,
						     &trial->revocation);
	if (policy->registered != NULL)
		trial->registered = registered_find_key(policy->registered, key, device,
							&trial->registration);
}

void decide(const struct policy_view *policy, const struct device *device,
	    const struct circumstances *circumstances, bool present, struct decision *ret)
{
	struct trial trial = { policy, device, circumstances, present, .risk = -1 };
	struct judgement by_function[_FUNCTION_MAX];

	if (device->n_interfaces == 0 || device->n_interfaces > DEVICE_MAX_INTERFACES) {
		decide_error("The device has no interface that could be judged.", ret);
		return;
	}
	look_up(&trial);
	for (function_set left = device_functions(device) & (FUNCTION_BIT(_FUNCTION_MAX) - 1);
	     left != 0; left &= left - 1) {
		const int f = __builtin_ctz(left);

		by_function[f] = judge(&trial, (enum function)f);
	}
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct judgement judged =
			judge_interface(by_function, device->interfaces[i].functions &
							     (FUNCTION_BIT(_FUNCTION_MAX) - 1));

		ret->interfaces[i] = (struct interface_decision){
			.verdict = judged.verdict,
			.modifiers = judged.modifiers,
			.function = judged.function,
			.step = judged.step,
		};
		set_rule(ret->interfaces[i].rule, judged.rule);
	}
	ret->n = device->n_interfaces;
	ret->unknown = trial.unknown;
	ret->risk = trial.risk;
	ret->audit_only = policy->rules != NULL && rules_audit_only(policy->rules);
	ret->reason_en[0] = ret->reason_zh[0] = '\0';
	add_up(ret);
}

/* The interface that the device's step and rule are from. */
static const struct interface_decision *strictest_of(const struct decision *decision)
{
	const struct interface_decision *strictest = &decision->interfaces[0];

	for (size_t i = 1; i < decision->n; i++)
		if (decision->interfaces[i].verdict < strictest->verdict)
			strictest = &decision->interfaces[i];
	return strictest;
}

void decide_explain(const struct policy_view *policy, struct decision *decision)
{
	const struct rule *rule;

	if (decision->n == 0)
		return;
	reason_write(strictest_of(decision), policy->rules == NULL ? "" : rules_name(policy->rules),
		     decision->reason_en, decision->reason_zh);
	if (decision->step != STEP_RULE || policy->rules == NULL)
		return;
	rule = rules_find(policy->rules, decision->rule);
	if (rule == NULL)
		return;
	if (rule->reason_en != NULL)
		snprintf(decision->reason_en, sizeof(decision->reason_en), "%s", rule->reason_en);
	if (rule->reason_zh != NULL)
		snprintf(decision->reason_zh, sizeof(decision->reason_zh), "%s", rule->reason_zh);
}

void decide_error(const char *why_en, struct decision *ret)
{
	*ret = (struct decision){ .verdict = VERDICT_DENY, .step = STEP_ERROR, .risk = -1 };
	reason_write(&(struct interface_decision){ .step = STEP_ERROR }, "", ret->reason_en,
		     ret->reason_zh);
	if (why_en[0] != '\0')
		text_sanitise(why_en, strlen(why_en), ret->reason_en, sizeof(ret->reason_en));
}

enum verdict decision_effect(const struct decision *decision, size_t i)
{
	assert(i < decision->n);
	const struct interface_decision *interface = &decision->interfaces[i];

	return decision->audit_only && interface->step != STEP_ERROR ? VERDICT_ALLOW
								     : interface->verdict;
}
