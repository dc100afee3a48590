#include "reference.h"

#include <stdio.h>
#include <string.h>

struct judged {
	enum verdict verdict;
	modifier_set modifiers;
	enum decide_step step;
	const char *rule;
};

struct trial {
	const struct reference_policy *policy;
	struct reference_question question;
	bool present;
	int risk;
};

static enum verdict stricter(enum verdict a, enum verdict b)
{
	if ((a == VERDICT_READ_ONLY && b == VERDICT_ENCRYPTED_ONLY) ||
	    (a == VERDICT_ENCRYPTED_ONLY && b == VERDICT_READ_ONLY))
		return VERDICT_CHARGE_ONLY;
	return a < b ? a : b;
}

static struct judged strictest(struct judged a, struct judged b)
{
	return (struct judged){
		.verdict = stricter(a.verdict, b.verdict),
		.modifiers = a.modifiers | b.modifiers,
		.step = b.verdict < a.verdict ? b.step : a.step,
		.rule = b.verdict < a.verdict ? b.rule : a.rule,
	};
}

/* What only storage can be or have, nothing else is or has. */
static struct judged judged(enum verdict verdict, modifier_set modifiers, enum decide_step step,
			    const char *rule, enum function function)
{
	const bool storage_only = verdict == VERDICT_READ_ONLY || verdict == VERDICT_ENCRYPTED_ONLY;

	return (struct judged){
		.verdict = storage_only && function != FUNCTION_STORAGE ? VERDICT_DENY : verdict,
		.modifiers = function == FUNCTION_STORAGE
				     ? modifiers
				     : modifiers & (MODIFIER_NOTIFY | MODIFIER_JUSTIFY),
		.step = step,
		.rule = rule,
	};
}

/* @said is the verdict's word, or an object with "verdict"; @modifiers a list of words or NULL. */
static struct judged judge_words(struct trial *trial, json_t *said, json_t *modifiers,
				 enum decide_step step, const char *rule)
{
	const enum function function = trial->question.function;
	const char *word = json_string_value(said);
	modifier_set set = 0;
	json_t *modifier;
	size_t i;

	json_array_foreach (modifiers, i, modifier)
		set |= (modifier_set)modifier_from_text(json_string_value(modifier));
	if (strcmp(word, "by-risk") != 0)
		return judged((enum verdict)verdict_from_text(word), set, step, rule, function);
	if (trial->policy->risk == NULL)
		return judged(VERDICT_DENY, 0, STEP_ERROR, rule, function);

	struct outcome outcome;
	const int score = reference_risk(trial->policy->risk, &trial->question, &outcome);

	trial->risk = score > trial->risk ? score : trial->risk;
	return judged(outcome.verdict, outcome.modifiers | set, STEP_RISK, rule, function);
}

static struct judged judge_default(struct trial *trial)
{
	const char *function = function_to_text(trial->question.function);
	json_t *defaults = json_object_get(trial->policy->rules, "defaults");
	json_t *said = json_object_get(defaults, function);

	if (said == NULL)
		said = json_object_get(defaults, "*");
	if (said == NULL)
		return judged(VERDICT_DENY, 0, STEP_DEFAULT, function, trial->question.function);
	if (json_is_string(said))
		return judge_words(trial, said, NULL, STEP_DEFAULT, function);
	return judge_words(trial, json_object_get(said, "verdict"),
			   json_object_get(said, "modifiers"), STEP_DEFAULT, function);
}

static struct judged judge_rules(struct trial *trial)
{
	struct judged so_far = { 0 };
	bool any = false;
	json_t *rule;
	size_t i;

	json_array_foreach (json_object_get(trial->policy->rules, "rules"), i, rule) {
		fact_set unknown;
		const enum truth truth = reference_match(rule, &trial->question, &unknown);

		if (truth == FAILS)
			continue;
		const struct judged said = judge_words(
			trial, json_object_get(rule, "verdict"), json_object_get(rule, "modifiers"),
			STEP_RULE, json_string_value(json_object_get(rule, "id")));

		so_far = any ? strictest(so_far, said) : said;
		any = true;
		if (truth == HOLDS)
			return so_far;
	}
	const struct judged said = judge_default(trial);

	return any ? strictest(so_far, said) : said;
}

static struct judged judge_builtin(const struct trial *trial)
{
	const enum function function = trial->question.function;
	const bool works =
		function == FUNCTION_HUB ||
		(trial->present && (function == FUNCTION_KEYBOARD || function == FUNCTION_POINTER ||
				    function == FUNCTION_HID));

	return judged(works ? VERDICT_ALLOW : VERDICT_DENY, 0, STEP_BUILTIN,
		      function_to_text(function), function);
}

static const struct reference_medium *find(const struct reference_medium *media, size_t n,
					   const struct reference_question *question,
					   function_set functions)
{
	const struct device *device = question->device;

	for (size_t i = 0; i < n; i++)
		if (device->has_serial && media[i].bus == device->bus &&
		    media[i].vendor == device->vendor && media[i].product == device->product &&
		    strcmp(media[i].serial, device->serial) == 0 &&
		    (!media[i].bound ||
		     memcmp(media[i].digest, device->digest, sizeof(media[i].digest)) == 0) &&
		    (media[i].functions & functions))
			return &media[i];
	return NULL;
}

static struct judged judge(struct trial *trial)
{
	const struct reference_policy *policy = trial->policy;
	const function_set bit = FUNCTION_BIT(trial->question.function);
	const struct reference_medium *medium =
		find(policy->revoked, policy->n_revoked, &trial->question, bit);

	if (medium != NULL)
		return judged(VERDICT_DENY, 0, STEP_REVOKED, medium->tag, trial->question.function);
	medium = find(policy->registered, policy->n_registered, &trial->question, bit);
	if (medium != NULL)
		return judged(medium->verdict, medium->modifiers, STEP_REGISTERED, medium->tag,
			      trial->question.function);
	return policy->rules == NULL ? judge_builtin(trial) : judge_rules(trial);
}

static struct interface_decision judge_interface(struct trial *trial, function_set functions)
{
	struct judged so_far = { VERDICT_DENY, 0, STEP_ERROR, "no-function" };
	enum function decided = FUNCTION_OTHER;
	bool any = false;

	for (int f = 0; f < _FUNCTION_MAX; f++) {
		if (!(functions & FUNCTION_BIT(f)))
			continue;
		trial->question.function = (enum function)f;
		const struct judged said = judge(trial);

		if (!any || said.verdict < so_far.verdict)
			decided = (enum function)f;
		so_far = any ? strictest(so_far, said) : said;
		any = true;
	}

	struct interface_decision ret = {
		.verdict = so_far.verdict,
		.modifiers = so_far.modifiers,
		.function = decided,
		.step = so_far.step,
	};
	snprintf(ret.rule, sizeof(ret.rule), "%s", so_far.rule);
	return ret;
}

void reference_decide(const struct reference_policy *policy, const struct device *device,
		      const struct circumstances *circumstances, bool present,
		      struct reference_decision *ret)
{
	struct trial trial = { policy, { device, circumstances, 0, false }, present, -1 };
	enum verdict live = VERDICT_ALLOW;
	size_t denied = 0;

	trial.question.registered = find(policy->registered, policy->n_registered, &trial.question,
					 ~(function_set)0) != NULL;
	for (size_t i = 0; i < device->n_interfaces; i++) {
		ret->interfaces[i] = judge_interface(&trial, device->interfaces[i].functions);
		if (ret->interfaces[i].verdict == VERDICT_DENY)
			denied++;
		else
			live = stricter(live, ret->interfaces[i].verdict);
	}
	ret->verdict = denied == device->n_interfaces ? VERDICT_DENY : live;
	ret->partial = denied > 0 && denied < device->n_interfaces;
	ret->risk = trial.risk;
}
