#include "decision.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "reason.h"
#include "text.h"

static const char *const steps[_STEP_MAX] = {
	[STEP_REVOKED] = "revoked", [STEP_GRANT] = "grant", [STEP_REGISTERED] = "registered",
	[STEP_RULE] = "rule",	    [STEP_RISK] = "risk",   [STEP_DEFAULT] = "default",
	[STEP_BUILTIN] = "builtin", [STEP_ERROR] = "error",
};

const char *decide_step_to_text(enum decide_step step)
{
	return steps[step];
}

void decision_set_rule(char ret[static RULES_ID_SIZE], const char *rule)
{
	const size_t size = strnlen(rule, RULES_ID_SIZE - 1);

	memcpy(ret, rule, size);
	ret[size] = '\0';
}

/* The device's verdict from those of its interfaces, of which there is at least one. */
void decision_add_up(struct decision *decision)
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
	decision_set_rule(decision->rule, decision->interfaces[first].rule);
}

void decision_tighten(struct decision *decision, const struct decision *other)
{
	for (size_t i = 0; i < decision->n; i++) {
		struct interface_decision *mine = &decision->interfaces[i];
		const struct interface_decision *theirs = &other->interfaces[i];
		const enum verdict verdict = verdict_stricter(mine->verdict, theirs->verdict);
		const modifier_set modifiers = mine->modifiers | theirs->modifiers;

		if (theirs->verdict < mine->verdict)
			*mine = *theirs;
		mine->verdict = verdict;
		mine->modifiers = modifiers;
	}
	decision->unknown |= other->unknown;
	if (other->risk > decision->risk)
		decision->risk = other->risk;
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

void decide_withhold(struct decision *decision, size_t i)
{
	assert(i < decision->n);
	decision->interfaces[i].verdict = VERDICT_DENY;
	decision->interfaces[i].step = STEP_ERROR;
	decision_add_up(decision);
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

	if (decision->audit_only && interface->step != STEP_ERROR)
		return VERDICT_ALLOW;
	/* What is only charged has no driver. */
	return interface->verdict == VERDICT_CHARGE_ONLY ? VERDICT_DENY : interface->verdict;
}
