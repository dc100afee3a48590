/* risk - the risk model: likelihood times impact, as ISO/IEC 27005 has it, and the control that a
 * score calls for.
 * Pure.  The model is a document of its own (schema devgate-risk-1, ../schema/risk-1.schema.json),
 * with every factor's points written out, so that an assessment can be done again with a pencil.
 * It also lists the vendors whose devices the organisation restricts.
 *
 * {
 *   "schema": "devgate-risk-1",
 *   "name": "bureau",
 *   "scale": 5,                                       // likelihood and impact go from 1 to this
 *   "base": { "likelihood": 1, "impact": 1 },         // where every assessment begins
 *   "factors": {                                      // points that each adds, or takes
 *     "function": { "storage": { "impact": 1 }, "*": { "likelihood": 1 } },
 *     "identity": { "none": { "likelihood": 2 } },    // circumstances.h; "*" here, too
 *     "encryption": { "luks": { "impact": -1 } },     // asked for storage only; so, too
 *     "first-seen": [ { "from": 0, "likelihood": 1 }, { "from": 30 } ],   // bands of days
 *     "unregistered": { "likelihood": 1 },            // the register has no entry for the device
 *     "restricted-vendor": { "likelihood": 2 },       // a vendor of "restricted", on USB
 *     "classification": [ { "is": "機密", "impact": 3 }, { "is": "*", "impact": 1 } ],
 *     "violations": [...], "hosts-seen": [...], "history": [...]          // bands of a number
 *   },
 *   "thresholds": [ { "from": 1, "verdict": "allow" }, { "from": 8, "verdict": "read-only",
 *                     "modifiers": ["trail"] } ],     // by score, likelihood times impact
 *   "restricted": [ { "vendor": "2ca3", "brand": "DJI", "origin": "CN", "ground": "..." } ]
 * }
 *
 * All but "scale" (5) and "restricted" (none) must be there; a factor that is left out counts
 * nothing, nor does a word that is not named where there is no "*".  Points are whole numbers from
 * -9 to 9.  Bands begin at 0, and thresholds at 1, the lowest score; both go up, and no threshold
 * may be less strict than the one before it.
 *
 * A fact that is not known counts as its worst: the most likelihood and the most impact that any
 * value of its factor would give.  So to learn a fact never raises a score.
 *
 * Thresholds are the same for every function.  What only storage can have is cut to size by
 * decide(): a "read-only" or "encrypted-only" is a denial for anything else, and "noexec" and
 * "trail" are dropped.  So "charge-only" may not come after them: it would permit more. */
#pragma once

#include <stdbool.h>
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
	RISK_MAX_BANDS = 32,	    /* of one factor; so classifications */
	RISK_MAX_SCALE = 10,
	RISK_MAX_POINTS = 9,
	RISK_NAME_SIZE = 128,
};

struct risk;

/* What is assessed: one function of a device.  All borrowed. */
struct risk_subject {
	const struct device *device;
	const struct circumstances *circumstances;
	enum function function;
	bool registered; /* the register has an entry for the device, whatever it speaks for */
};

/* One factor's part in an assessment. */
struct risk_factor {
	const char *name;  /* "base", "function", "identity", "first-seen", ...; static storage */
	const char *value; /* what of it held, "storage", "7-29", "unknown"; owned by the model */
	int likelihood, impact; /* points that it adds to each, or takes */
};

struct risk_assessment {
	int likelihood, impact; /* each 1 to the model's scale */
	int score;		/* their product */
	struct outcome outcome; /* of the threshold reached; never by_risk */
	/* Had every fact been known, and been at its best; the same if all were known. */
	struct outcome best;
	fact_set unknown; /* asked for, not known, and not the same whatever it is */
	size_t n_factors; /* all of the model that apply, those without points, too */
	struct risk_factor factors[RISK_MAX_FACTORS];
};

/* One step of the ladder from scores to controls. */
struct risk_threshold {
	int from; /* the lowest score of it */
	struct outcome outcome;
};

/* A vendor whose devices are restricted.  The texts are owned by the model. */
struct restricted_vendor {
	uint16_t vendor;		     /* as a USB device names it */
	const char *brand, *origin, *ground; /* ground: why, and by what source */
};

/* Gives *@ret, freed with risk_free.  Returns 0; -EBADMSG with *@error filled; -E2BIG; -ENOMEM. */
int risk_parse(const char *text, size_t size, struct risk **ret, struct rules_error *error)
	__attribute__((warn_unused_result));
void risk_free(struct risk *risk);

/* True if @text says that it is a risk model, good or not. */
bool risk_is_model(const char *text, size_t size);

/* Assess @subject.  A fact that is not known counts as its worst value. */
void risk_assess(const struct risk *risk, const struct risk_subject *subject,
		 struct risk_assessment *ret);

/* The facts that the model asks for. */
fact_set risk_facts(const struct risk *risk);

const char *risk_name(const struct risk *risk);
int risk_scale(const struct risk *risk);

/* All thresholds, *@ret_n of them, at least one.  Owned by @risk. */
const struct risk_threshold *risk_thresholds(const struct risk *risk, size_t *ret_n);

/* All restricted vendors, *@ret_n of them, in order of id.  Owned by @risk. */
const struct restricted_vendor *risk_restricted_all(const struct risk *risk, size_t *ret_n);

/* The restricted vendor with that id, or NULL.  Owned by @risk. */
const struct restricted_vendor *risk_restricted(const struct risk *risk, uint16_t vendor);
