/* decide - the order of judgement: revoked, granted, registered media, rules, risk, default, deny.
 * Pure.  One decision per interface; the device's verdict is what they add up to.
 *
 * A rule of which it is not known whether it matches, for want of a fact, is judged both ways and
 * the stricter outcome taken; so is a register that cannot be read.  Nothing unknown permits.
 *
 * What the collector tells beside (circumstances.h, "told") may only tighten: the device is judged
 * without, and with each combination of what was told, and the strictest counts. */
#pragma once

#include <stdbool.h>

#include "circumstances.h"
#include "device.h"
#include "grant.h"
#include "policy/risk/risk.h"
#include "registered.h"
#include "rules.h"

/* What is in force.  Each pointer may be NULL; all borrowed for the call. */
struct policy_view {
	const struct registered *revoked;
	const struct registered *registered;
	const struct rules *rules; /* NULL: the built-in policy */
	const struct risk *risk;   /* NULL: none; then what is left to it is denied */
	/* Verified grants for this machine whose time it is, @n_grants of them; those that the
	 * rules do not let be granted count for nothing. */
	const struct grant *const *grants;
	size_t n_grants;
};

enum decide_step {
	STEP_REVOKED,
	STEP_GRANT,
	STEP_REGISTERED,
	STEP_RULE,
	STEP_RISK, /* by the risk model, because a rule or a default left it to it */
	STEP_DEFAULT,
	STEP_BUILTIN, /* no policy yet */
	STEP_ERROR,   /* could not be judged: deny */
	_STEP_MAX,
};

/* "revoked", "grant", "registered", "rule", "risk", "default", "builtin", "error". */
const char *decide_step_to_text(enum decide_step step);

struct interface_decision {
	enum verdict verdict;
	modifier_set modifiers;
	bool even_if_last;	/* the lock-out guard does not keep what this takes away */
	enum function function; /* the one that decided, of those the interface has */
	enum decide_step step;
	/* Rule id; grant's id; asset tag; the function, for a default and the built-in policy.  Of
	 * STEP_RISK, the rule or default that left it to the model; so of STEP_ERROR, where there
	 * is no model; else "revoked" or "registered" for a table that could not be read, or
	 * "no-function". */
	char rule[RULES_ID_SIZE];
};

struct decision {
	modifier_set modifiers; /* of all interfaces that are not denied */
	fact_set unknown;	/* facts that were not known and could have permitted more */
	int risk;	      /* the highest score of the risk model, where it was asked; else -1 */
	enum verdict verdict; /* allow only if every interface is; deny only if every one is */
	bool partial;	      /* some interfaces live, some do not */
	bool audit_only;      /* the verdicts are recorded, not enforced */
	enum decide_step step;
	char rule[RULES_ID_SIZE];
	char reason_en[RULES_REASON_SIZE], reason_zh[RULES_REASON_SIZE]; /* by decide_explain() */
	size_t n; /* = device->n_interfaces */
	struct interface_decision interfaces[DEVICE_MAX_INTERFACES];
};

/* @circumstances with what the rules of @policy give of what they do not tell: how the unit's data
 * are classified, and what is assumed of facts that only the collector can tell (rules.h).  Gives
 * @circumstances itself where that is nothing, else *@scratch, filled; borrows both.  decide() and
 * decide_assess() judge by these. */
const struct circumstances *decide_circumstances(const struct policy_view *policy,
						 const struct circumstances *circumstances,
						 struct circumstances *scratch);

/* Judge @device under @circumstances.  @present: it was there before the agent (the built-in policy
 * lets keyboards and pointers that were there work on).  Device verdict: allow if all interfaces
 * are allow; deny if all are deny or there are none; else the strictest of those that are not deny,
 * and partial if some are.  Step and rule of the device are those of its strictest interface, the
 * first of equals.  The reasons are left empty: see decide_explain().
 *
 * Only storage can be read-only or encrypted-only: for any other function those are a denial, and
 * noexec and trail are dropped.  What a rule or default leaves to the risk model gets the model's
 * modifiers beside its own.
 * Never fails: what cannot be judged is denied with STEP_ERROR. */
void decide(const struct policy_view *policy, const struct device *device,
	    const struct circumstances *circumstances, bool present, struct decision *ret);

/* The assessment by which decide() judged @function where it was left to the risk model, with its
 * breakdown.  False, with *@ret untouched, if the policy has no model. */
bool decide_assess(const struct policy_view *policy, const struct device *device,
		   const struct circumstances *circumstances, enum function function,
		   struct risk_assessment *ret) __attribute__((warn_unused_result));

/* Write the reasons of a decision that decide() made by the same @policy: what the rule says, or a
 * sentence of our own.  Never empty after.  One by decide_error() has its reasons. */
void decide_explain(const struct policy_view *policy, struct decision *decision);

/* A denial for a device that could not be read or parsed; @why_en becomes the reason. */
void decide_error(const char *why_en, struct decision *ret);

/* Deny interface @i after all, with STEP_ERROR: there is nothing here to enforce its verdict with.
 * The device's verdict is added up anew, and the reasons are to be explained anew. */
void decide_withhold(struct decision *decision, size_t i);

/* What is to be in force for interface @i: deny, encrypted-only, read-only or allow.  The
 * decision's, where charge-only comes to deny; or allow under audit, but for what could not be
 * judged.  Encrypted-only opens the interface, and of its disks what is encrypted. */
enum verdict decision_effect(const struct decision *decision, size_t i);
