#include "grant_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/log.h"
#include "clock.h"
#include "judge.h"
#include "policy/text.h"
#include "policy_change.h"
#include "policy_store_internal.h"
#include "record.h"

static int64_t now_s(void)
{
	return clock_now_us() / 1000000;
}

void grant_change_init(struct enforcer *enforcer)
{
	int r = grants_init(&enforcer->grants, enforcer->policy.policy_fd);

	enforcer->policy.granted = &enforcer->grants.in_force;
	if (r >= 0)
		return;
	log_error("grants", "Grants cannot be kept, so none is taken: %s", strerror(-r));
	recorder_note(&enforcer->recorder, "agent.degraded",
		      json_pack("{s:s, s:s}", "what", "grants", "text",
				"Grants cannot be kept, so none is taken."));
}

void grant_change_load(struct enforcer *enforcer)
{
	if (enforcer->policy.trusted)
		grants_load(&enforcer->grants, &enforcer->policy.trust, now_s());
}

static void on_grants(void *userdata)
{
	judge_all(userdata, CHANGED_GRANTS);
}

void grant_change_follow(struct enforcer *enforcer)
{
	grants_follow(&enforcer->grants, enforcer->loop, on_grants, enforcer);
}

static void note_applied(struct enforcer *enforcer, const struct held_grant *held)
{
	char payload[65], until[21];

	text_hex(held->payload, sizeof(held->payload), payload);
	text_time(held->grant.until, until);
	log_info("grant-applied", "Grant %s is at version %llu, until %s", held->grant.id,
		 (unsigned long long)held->grant.version, until);
	recorder_note(&enforcer->recorder, "policy.applied",
		      json_pack("{s:s, s:I, s:s, s:[o], s:s, s:s}", "role",
				trust_role_to_text(ROLE_GRANTS), "version",
				(json_int_t)held->grant.version, "manifest", payload, "signers",
				record_text(held->signer), "name", held->grant.id, "expires",
				until));
}

/* A withdrawal is told as the version that took effect, and ends at once. */
static void note_withdrawn(struct enforcer *enforcer, const struct policy_outcome *outcome)
{
	char offer[65];

	text_hex(outcome->offer, sizeof(outcome->offer), offer);
	recorder_note(&enforcer->recorder, "grant.withdrawn",
		      json_pack("{s:s, s:I, s:s}", "grant", outcome->text, "version",
				(json_int_t)outcome->version, "offer", offer));
}

static void note_refused(struct enforcer *enforcer, const struct policy_outcome *outcome)
{
	char offer[65];

	text_hex(outcome->offer, sizeof(outcome->offer), offer);
	log_warning("policy-refused", "Role %s: %s: %s", trust_role_to_text(ROLE_GRANTS),
		    outcome->refused, outcome->text);
	recorder_note(&enforcer->recorder, "policy.refused",
		      json_pack("{s:s, s:o, s:s, s:o, s:s}", "role",
				trust_role_to_text(ROLE_GRANTS), "version",
				outcome->verified ? json_integer((json_int_t)outcome->version)
						  : json_null(),
				"reason", outcome->refused, "text", record_text(outcome->text),
				"offer", offer));
}

/* The rules in force say what may be granted; where there are none, nothing. */
static const struct grant_limits *limits_of(const struct enforcer *enforcer)
{
	static const struct grant_limits none;
	const struct rules *rules = enforcer->policy.roles[ROLE_POLICY].rules;

	return rules == NULL ? &none : rules_grant_limits(rules);
}

static void judge_offer(struct enforcer *enforcer, const struct section *envelope,
			struct policy_outcome *ret)
{
	const struct held_grant *held = NULL;

	if (!enforcer->policy.trusted) {
		policy_store_refuse(
			ret, "not-trusted",
			"This machine has no trust root; enrol it with \"devgate enrol\".");
		return;
	}
	grants_offer(&enforcer->grants, &enforcer->policy.trust, limits_of(enforcer), envelope,
		     now_s(), ret, &held);
	if (!ret->applied || ret->unchanged)
		return;
	if (held != NULL)
		note_applied(enforcer, held);
	else
		note_withdrawn(enforcer, ret);
	judge_all(enforcer, CHANGED_GRANTS);
}

void grant_change_offer(struct enforcer *enforcer, const int *fds, size_t n_fds,
			struct policy_outcome *ret)
{
	struct section envelope = { 0 };
	int r = n_fds == 1 ? section_map_sealed(fds[0], GRANT_MAX_BYTES, &envelope) : -EBADMSG;

	*ret = (struct policy_outcome){ 0 };
	if (r == -EPERM)
		policy_store_refuse(ret, "not-sealed", "What is offered must be sealed memory.");
	else if (r < 0)
		policy_store_refuse(ret, "malformed", "The offer cannot be read.");
	else
		judge_offer(enforcer, &envelope, ret);
	section_finish(&envelope);
	if (!ret->applied && policy_change_is_worth_telling(&enforcer->refusals[ROLE_GRANTS], ret))
		note_refused(enforcer, ret);
}

static json_t *device_of(const struct grant *grant)
{
	char vendor[5], product[5];

	snprintf(vendor, sizeof(vendor), "%04x", grant->vendor);
	snprintf(product, sizeof(product), "%04x", grant->product);
	return json_pack("{s:s, s:s, s:s, s:o}", "bus", bus_to_text(grant->bus), "vendor", vendor,
			 "product", product, "serial", record_text(grant->serial));
}

static void note_used(struct enforcer *enforcer, const struct usbdev *dev,
		      const struct interface_decision *decided)
{
	const struct held_grant *held = grants_find(&enforcer->grants, decided->rule);
	char until[21] = "";

	if (held == NULL)
		return;
	text_time(held->grant.until, until);
	recorder_note(&enforcer->recorder, "grant.used",
		      json_pack("{s:s, s:o, s:s, s:I, s:s, s:s, s:s?}", "instance", dev->instance,
				"device", record_device(dev), "grant", held->grant.id, "version",
				(json_int_t)held->grant.version, "verdict",
				verdict_to_text(decided->verdict), "until", until, "person",
				dev->person[0] == '\0' ? NULL : dev->person));
}

void grant_change_used(struct enforcer *enforcer, const struct usbdev *dev,
		       const struct decision *decision)
{
	for (size_t i = 0; i < decision->n; i++) {
		bool told = decision->interfaces[i].step != STEP_GRANT;

		for (size_t j = 0; j < i && !told; j++)
			told = decision->interfaces[j].step == STEP_GRANT &&
			       strcmp(decision->interfaces[i].rule, decision->interfaces[j].rule) ==
				       0;
		if (!told)
			note_used(enforcer, dev, &decision->interfaces[i]);
	}
}

json_t *grant_change_status(const struct enforcer *enforcer)
{
	const struct grants *grants = &enforcer->grants;
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < grants->n; i++) {
		const struct grant *grant = &grants->items[i].grant;
		char from[21], until[21];

		text_time(grant->from, from);
		text_time(grant->until, until);
		if (json_array_append_new(
			    list,
			    json_pack("{s:s, s:I, s:o, s:s, s:s, s:s, s:o, s:b}", "id", grant->id,
				      "version", (json_int_t)grant->version, "device",
				      device_of(grant), "verdict", verdict_to_text(grant->verdict),
				      "from", from, "until", until, "signer",
				      record_text(grants->items[i].signer), "in_force",
				      now_s() >= grant->from &&
					      grant_is_within(grant, limits_of(enforcer)))) < 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}
