/* decide_world - rules and a risk model to decide by, and what is decided.  After cmocka_test.h. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "policy/decide.h"

#define F(name) FUNCTION_BIT(FUNCTION_##name)

/* Likelihood 1, 2 or 4 by violations; impact 1, and 1 more without a register entry, without a
 * serial, and 2 for a network adapter. */
static const char model[] =
	"{\"schema\":\"devgate-risk-1\",\"name\":\"m\",\"base\":{\"likelihood\":1,\"impact\":1},"
	"\"factors\":{\"violations\":[{\"from\":0},{\"from\":1,\"likelihood\":1},"
	"{\"from\":2,\"likelihood\":3}],\"identity\":{\"none\":{\"impact\":1}},"
	"\"unregistered\":{\"impact\":1},\"function\":{\"network\":{\"impact\":2}}},"
	"\"thresholds\":[{\"from\":1,\"verdict\":\"allow\"},"
	"{\"from\":2,\"verdict\":\"allow\",\"modifiers\":[\"trail\",\"notify\"]},"
	"{\"from\":4,\"verdict\":\"read-only\",\"modifiers\":[\"trail\",\"notify\",\"noexec\"]},"
	"{\"from\":9,\"verdict\":\"deny\"}]}";

struct world {
	struct rules *rules;
	struct risk *risk;
	struct policy_view view;
};

/* Rules (elements of the list), defaults (an object or NULL), and the model or none. */
static inline struct world build(const char *rules, const char *defaults, bool with_model)
{
	static char text[8192];
	struct world world = { 0 };
	struct rules_error error;

	snprintf(text, sizeof(text),
		 "{\"schema\":\"devgate-rules-1\",\"name\":\"n\",\"mode\":\"enforce\","
		 "\"rules\":[%s],\"defaults\":%s}",
		 rules, defaults == NULL ? "{}" : defaults);
	if (rules_parse(text, strlen(text), &world.rules, &error) < 0)
		fail_msg("%s: %s: %s", text, error.path, error.message);
	if (with_model && risk_parse(model, strlen(model), &world.risk, &error) < 0)
		fail_msg("%s: %s", error.path, error.message);
	world.view = (struct policy_view){ .rules = world.rules, .risk = world.risk };
	return world;
}

static inline void tear_down(struct world *world)
{
	rules_free(world->rules);
	risk_free(world->risk);
}

static inline struct device device_of(function_set functions)
{
	struct device device = { .vendor = 0x0951, .product = 0x1666, .n_interfaces = 1 };

	device.interfaces[0].functions = functions;
	return device;
}

static inline struct decision judge(const struct world *world, function_set functions,
				    const struct circumstances *circumstances)
{
	const struct device device = device_of(functions);
	struct decision decision;

	memset(&decision, 0xa5, sizeof(decision));
	decide(&world->view, &device, circumstances, false, &decision);
	decide_explain(&world->view, &decision);
	assert_true(decision.reason_en[0] != '\0' && decision.reason_zh[0] != '\0');
	return decision;
}

#define RULE(id, match, verdict)                                                                   \
	"{\"id\":\"" id "\",\"match\":{\"function\":\"storage\"" match "},\"verdict\":\"" verdict  \
	"\"}"
#define ASKING(id, match, verdict, modifiers)                                                      \
	"{\"id\":\"" id "\",\"match\":{\"function\":\"storage\"" match "},\"verdict\":\"" verdict  \
	"\",\"modifiers\":[" modifiers "]}"
#define ALICE	",\"user\":\"alice\""
#define UNIT	",\"unit\":\"u\""
#define LOCKED	",\"session\":\"locked\""
#define ON_SITE ",\"site\":\"on\""
