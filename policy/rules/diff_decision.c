/* One device, judged by two policies. */
#include "diff_internal.h"

/* What is done to interface @i. */
static struct outcome effect_of(const struct decision *decision, size_t i)
{
	return (struct outcome){ .verdict = decision->audit_only ? decision_effect(decision, i)
								 : decision->interfaces[i].verdict,
				 .modifiers = decision->interfaces[i].modifiers };
}

bool decision_diff(const struct policy_view *before, const struct policy_view *after,
		   const struct device *device, const struct circumstances *circumstances,
		   bool present, struct decision_change *ret)
{
	ret->more = ret->less = false;
	decide(before, device, circumstances, present, &ret->before);
	decide(after, device, circumstances, present, &ret->after);
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct outcome was = effect_of(&ret->before, i);
		const struct outcome is = effect_of(&ret->after, i);

		ret->more = ret->more || !outcome_permits_no_more(&is, &was);
		ret->less = ret->less || !outcome_permits_no_more(&was, &is);
	}
	decide_explain(before, &ret->before);
	decide_explain(after, &ret->after);
	return ret->more || ret->less;
}
