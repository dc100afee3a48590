#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "policy/text.h"

/* Append one step; false out of memory. */
static bool add(json_t *order, const struct device_interface *interface, enum decide_step step,
		const char *result)
{
	char name[16];

	snprintf(name, sizeof(name), "%u.%u", interface->config, interface->number);
	return json_array_append_new(order,
				     json_pack("{s:s, s:s, s:s}", "step", decide_step_to_text(step),
					       "interface", name, "result", result)) == 0;
}

/* What a step says that did not decide; @by_risk: the risk model did. */
static const char *passed(const struct policy_view *policy, const struct device *device,
			  enum decide_step step, bool by_risk)
{
	switch (step) {
	case STEP_REVOKED:
		return policy->revoked == NULL ? "no list is in force"
		       : !device->has_serial   ? "not listed: it has no serial number"
					       : "not listed";
	case STEP_GRANT:
		return policy->n_grants == 0 ? "no grant is in force"
		       : !device->has_serial ? "not granted: it has no serial number"
					     : "not granted";
	case STEP_RULE:
		return by_risk ? "left to the risk model" : "no rule matches";
	case STEP_REGISTERED:
		return policy->registered == NULL ? "no register is in force"
		       : !device->has_serial	  ? "not registered: it has no serial number"
						  : "not registered for this function";
	default:
		return "not asked";
	}
}

static bool explain_interface(json_t *order, const struct policy_view *policy,
			      const struct usbdev *dev, size_t i)
{
	const struct device_interface *interface = &dev->device.interfaces[i];
	const struct interface_decision *decided = &dev->decision.interfaces[i];
	char rule[RULES_ID_SIZE * 4], result[RULES_ID_SIZE * 4 + 64];

	for (int step = STEP_REVOKED; step < STEP_DEFAULT && step < (int)decided->step; step++) {
		if ((step == STEP_RULE && policy->rules == NULL) ||
		    (step == STEP_RISK && policy->risk == NULL))
			continue;
		if (!add(order, interface, (enum decide_step)step,
			 passed(policy, &dev->device, (enum decide_step)step,
				decided->step == STEP_RISK)))
			return false;
	}
	text_sanitise(decided->rule, strnlen(decided->rule, sizeof(decided->rule)), rule,
		      sizeof(rule));
	snprintf(result, sizeof(result), "%s by %s, as %s", verdict_to_text(decided->verdict), rule,
		 function_to_text(decided->function));
	return add(order, interface, decided->step, result);
}

json_t *explain_order(const struct policy_view *policy, const struct usbdev *dev)
{
	json_t *order = json_array();

	for (size_t i = 0; i < dev->decision.n && i < dev->device.n_interfaces; i++) {
		if (!explain_interface(order, policy, dev, i)) {
			json_decref(order);
			return NULL;
		}
	}
	return order;
}
