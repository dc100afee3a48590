/* risk - the risk model: likelihood times impact, as ISO/IEC 27005 has it, and the control that a
 * score calls for.
 * Pure.  The model is a document of its own (schema devgate-risk-1, ../schema/risk-1.schema.json),
 * with every factor's points written out, so that an assessment can be done again with a pencil.
 * It also lists the vendors whose devices the organisation restricts. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/circumstances.h"
#include "policy/device.h"
#include "policy/rules_error.h"
#include "policy/verdict.h"

enum {
	RISK_MAX_BYTES = 1024 * 1024,
	RISK_MAX_RESTRICTED = 4096, /* vendors */
	RISK_MAX_FACTORS = 16,	    /* in one assessment */
};

struct risk;

/* One factor's part in an assessment. */
struct risk_factor {
	const char *name;  /* "function", "identity", "first-seen", ...; owned by the model */
	const char *value; /* what of it held, "storage", "none", "unknown"; owned by the model */
	int likelihood, impact; /* points that it adds to each, or takes */
};

struct risk_assessment {
	int likelihood, impact; /* each 1 to the model's scale */
	int score;		/* their product */
	struct outcome outcome; /* of the threshold reached; never by_risk */
	size_t n_factors;
	struct risk_factor factors[RISK_MAX_FACTORS];
};

/* Gives *@ret, freed with risk_free.  Returns 0; -EBADMSG with *@error filled; -E2BIG; -ENOMEM. */
int risk_parse(const char *text, size_t size, struct risk **ret, struct rules_error *error)
	__attribute__((warn_unused_result));
void risk_free(struct risk *risk);

/* Assess one @function of @device.  A fact that is not known counts as its worst value. */
void risk_assess(const struct risk *risk, const struct device *device,
		 const struct circumstances *circumstances, enum function function,
		 struct risk_assessment *ret);

/* The facts that the model asks for. */
fact_set risk_facts(const struct risk *risk);

/* A vendor whose devices are restricted, or NULL.  Owned by @risk. */
struct restricted_vendor {
	uint16_t vendor;
	const char *brand, *origin, *ground; /* ground: why, and by what source */
};
const struct restricted_vendor *risk_restricted(const struct risk *risk, uint16_t vendor);
