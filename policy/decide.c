#include "decide.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "reason.h"
#include "text.h"

static const char *const steps[_STEP_MAX] = {
	[STEP_REVOKED] = "revoked", [STEP_REGISTERED] = "registered", [STEP_RULE] = "rule",
	[STEP_DEFAULT] = "default", [STEP_BUILTIN] = "builtin",	      [STEP_ERROR] = "error",
};

const char *decide_step_to_text(enum decide_step step)
{
	return steps[step];
}

/* How one function of the device was judged; @rule is set when a rule of the document made it. */
struct judgement {
	struct interface_decision decision;
	const struct rule *rule;
};

static struct judgement judgement(enum verdict verdict, enum function function,
				  enum decide_step step, const char *rule)
{
	struct judgement judged = {
		.decision = { .verdict = verdict, .function = function, .step = step },
	};

	/* Nothing but storage has a read-only; a table that says so all the same permits nothing.
	 */
	if (verdict == VERDICT_READ_ONLY && function != FUNCTION_STORAGE)
		judged.decision.verdict = VERDICT_DENY;
	snprintf(judged.decision.rule, sizeof(judged.decision.rule), "%s", rule);
	return judged;
}

/* What the tables say of the device; found once, since they do not depend on the function. */
struct listed {
	int revoked, registered; /* as registered_find() */
	struct registered_entry revocation, registration;
};

static int find(const struct registered *table, const struct device *device,
		struct registered_entry *ret)
{
	return table == NULL ? 0 : registered_find(table, device, ret);
}

static struct judgement judge_builtin(enum function function, bool present)
{
	const bool input = function == FUNCTION_KEYBOARD || function == FUNCTION_POINTER ||
			   function == FUNCTION_HID;
	const bool allowed = function == FUNCTION_HUB || (input && present);

	return judgement(allowed ? VERDICT_ALLOW : VERDICT_DENY, function, STEP_BUILTIN,
			 function_to_text(function));
}

static struct judgement judge(const struct policy_view *policy, const struct listed *listed,
			      const struct device *device, enum function function, bool present)
{
	const function_set bit = FUNCTION_BIT(function);

	if (listed->revoked < 0 || listed->registered < 0)
		return judgement(VERDICT_DENY, function, STEP_ERROR,
				 listed->revoked < 0 ? "revoked" : "registered");
	if (listed->revoked > 0 && (listed->revocation.functions & bit))
		return judgement(VERDICT_DENY, function, STEP_REVOKED, listed->revocation.tag);
	if (listed->registered > 0 && (listed->registration.functions & bit))
		return judgement(listed->registration.verdict, function, STEP_REGISTERED,
				 listed->registration.tag);
	if (policy->rules == NULL)
		return judge_builtin(function, present);

	const struct rule *rule = rules_first_match(policy->rules, device, function);
	if (rule == NULL)
		return judgement(rules_default(policy->rules, function), function, STEP_DEFAULT,
				 function_to_text(function));
	struct judgement judged = judgement(rule->verdict, function, STEP_RULE, rule->id);
	judged.rule = rule;
	return judged;
}

/* The strictest judgement of the interface's functions; the first of equals. */
static struct judgement judge_interface(const struct policy_view *policy,
					const struct listed *listed, const struct device *device,
					const struct device_interface *interface, bool present)
{
	struct judgement strictest =
		judgement(VERDICT_DENY, FUNCTION_OTHER, STEP_ERROR, "no-function");
	bool any = false;

	for (int f = 0; f < _FUNCTION_MAX; f++) {
		if (!(interface->functions & FUNCTION_BIT(f)))
			continue;
		const struct judgement judged =
			judge(policy, listed, device, (enum function)f, present);
		if (!any || judged.decision.verdict < strictest.decision.verdict)
			strictest = judged;
		any = true;
	}
	return strictest;
}

static void explain(const struct judgement *judged, const char *policy, struct decision *ret)
{
	reason_write(&judged->decision, policy, ret->reason_en, ret->reason_zh);
	if (judged->rule != NULL && judged->rule->reason_en[0] != '\0')
		memcpy(ret->reason_en, judged->rule->reason_en, RULES_REASON_SIZE);
	if (judged->rule != NULL && judged->rule->reason_zh[0] != '\0')
		memcpy(ret->reason_zh, judged->rule->reason_zh, RULES_REASON_SIZE);
}

/* The device's verdict from those of its interfaces, of which there is at least one. */
static void add_up(struct decision *decision)
{
	enum verdict live = VERDICT_ALLOW;
	size_t denied = 0;

	for (size_t i = 0; i < decision->n; i++) {
		const enum verdict verdict = decision->interfaces[i].verdict;

		if (verdict == VERDICT_DENY)
			denied++;
		else
			live = verdict_stricter(live, verdict);
	}
	decision->verdict = denied == decision->n ? VERDICT_DENY : live;
	decision->partial = denied > 0 && denied < decision->n;
}

void decide(const struct policy_view *policy, const struct device *device, bool present,
	    struct decision *ret)
{
	struct listed listed;
	struct judgement strictest;

	if (device->n_interfaces == 0 || device->n_interfaces > DEVICE_MAX_INTERFACES) {
		decide_error("The device has no interface that could be judged.", ret);
		return;
	}
	memset(ret, 0, sizeof(*ret));
	listed.revoked = find(policy->revoked, device, &listed.revocation);
	listed.registered = find(policy->registered, device, &listed.registration);

	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct judgement judged =
			judge_interface(policy, &listed, device, &device->interfaces[i], present);

		ret->interfaces[i] = judged.decision;
		if (i == 0 || judged.decision.verdict < strictest.decision.verdict)
			strictest = judged;
	}
	ret->n = device->n_interfaces;
	add_up(ret);
	ret->audit_only = policy->rules != NULL && rules_audit_only(policy->rules);
	ret->step = strictest.decision.step;
	memcpy(ret->rule, strictest.decision.rule, sizeof(ret->rule));
	explain(&strictest, policy->rules == NULL ? "" : rules_name(policy->rules), ret);
}

void decide_error(const char *why_en, struct decision *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->verdict = VERDICT_DENY;
	ret->step = STEP_ERROR;
	explain(&(struct judgement){ .decision.step = STEP_ERROR }, "", ret);
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
