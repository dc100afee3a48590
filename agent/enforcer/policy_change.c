#include "policy_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/log.h"
#include "clock.h"
#include "grant_change.h"
#include "judge.h"
#include "policy/text.h"
#include "record.h"

static int64_t now_s(void)
{
	return clock_now_us() / 1000000;
}

static json_t *signers_of(const struct loaded_bundle *bundle)
{
	json_t *signers = json_array();

	for (size_t i = 0; i < bundle->n_signers; i++) {
		if (json_array_append_new(signers, record_text(bundle->signers[i])) < 0) {
			json_decref(signers);
			return NULL;
		}
	}
	return signers;
}

static void note_applied(struct enforcer *enforcer, enum trust_role role)
{
	const struct loaded_bundle *bundle = &enforcer->policy.roles[role];
	char payload[65], expires[21];

	text_hex(bundle->payload, sizeof(bundle->payload), payload);
	text_time(bundle->manifest.expires, expires);
	log_info("policy-applied", "Role %s is at version %llu", trust_role_to_text(role),
		 (unsigned long long)bundle->manifest.version);
	recorder_note(&enforcer->recorder, "policy.applied",
		      json_pack("{s:s, s:I, s:s, s:o, s:o, s:s}", "role", trust_role_to_text(role),
				"version", (json_int_t)bundle->manifest.version, "manifest",
				payload, "signers", signers_of(bundle), "name",
				record_text(bundle->rules == NULL ? bundle->manifest.note
								  : rules_name(bundle->rules)),
				"expires", expires));
}

static void note_refused(struct enforcer *enforcer, enum trust_role role,
			 const struct policy_outcome *outcome)
{
	char offer[65];

	text_hex(outcome->offer, sizeof(outcome->offer), offer);
	log_warning("policy-refused", "Role %s: %s: %s", trust_role_to_text(role), outcome->refused,
		    outcome->text);
	recorder_note(&enforcer->recorder, "policy.refused",
		      json_pack("{s:s, s:o, s:s, s:o, s:s}", "role", trust_role_to_text(role),
				"version",
				outcome->verified ? json_integer((json_int_t)outcome->version)
						  : json_null(),
				"reason", outcome->refused, "text", record_text(outcome->text),
				"offer", offer));
}

static void load_roles(struct enforcer *enforcer)
{
	for (int role = 0; role < _ROLE_MAX; role++) {
		struct policy_outcome outcome;

		if (!policy_store_load(&enforcer->policy, (enum trust_role)role, &outcome) &&
		    outcome.refused != NULL)
			note_refused(enforcer, (enum trust_role)role, &outcome);
	}
	grant_change_load(enforcer);
	if (!enforcer->policy.note_damaged)
		return;
	log_error("policy-tampered", "What is provisional, or was taken back, cannot be read");
	recorder_note(&enforcer->recorder, "agent.tampered",
		      json_pack("{s:s, s:s}", "what", "policy", "text",
				"Whether the policy in force is provisional, and which one was "
				"taken back, cannot be read; it stays."));
}

void policy_change_start(struct enforcer *enforcer)
{
	char error[256] = "";
	int r = policy_store_read_trust(&enforcer->policy, error);

	if (r < 0 && r != -ENOENT) {
		log_error("trust-root", "%s", error);
		recorder_note(
			&enforcer->recorder, "agent.degraded",
			json_pack("{s:s, s:o}", "what", "trust-root", "text", record_text(error)));
	}
	load_roles(enforcer);
}

/* The table of a role is not what was signed, or cannot be read to find out. */
static void distrust(struct enforcer *enforcer, enum trust_role role, int error)
{
	char text[160];

	snprintf(text, sizeof(text), "The table of role %s, version %llu, %s; it is not in force.",
		 trust_role_to_text(role),
		 (unsigned long long)policy_store_version(&enforcer->policy, role),
		 error == -EBADMSG ? "is not what was signed" : "cannot be read");
	log_error("policy-tampered", "%s", text);
	recorder_note(&enforcer->recorder, "agent.tampered",
		      json_pack("{s:s, s:s}", "what", "policy", "text", text));
	policy_store_distrust(&enforcer->policy, role);
}

void policy_change_took_effect(struct enforcer *enforcer)
{
	policy_change_follow(enforcer);
	judge_all(enforcer, 0);
	enforcer_notify_status(enforcer);
}

static void on_rechecked(void *userdata, int result)
{
	struct policy_recheck *it = userdata;
	struct enforcer *enforcer = it->enforcer;

	enforcer->policy.assumed[it->role] = false;
	if (result >= 0)
		return;
	distrust(enforcer, it->role, result);
	policy_change_took_effect(enforcer);
}

static int start_recheck(struct enforcer *enforcer, struct policy_recheck *it)
{
	const struct loaded_bundle *bundle = &enforcer->policy.roles[it->role];
	const char *name = bundle_table_name(it->role);

	it->recheck.handler = on_rechecked;
	it->recheck.userdata = it;
	for (size_t i = 0; i < bundle->manifest.n_sections; i++) {
		const struct manifest_section *named = &bundle->manifest.sections[i];

		if (strcmp(named->name, name) == 0)
			return recheck_start(&it->recheck, enforcer->loop,
					     enforcer->policy.sections_fd, named, &bundle->table);
	}
	return -EBADMSG;
}

void policy_change_follow(struct enforcer *enforcer)
{
	struct policy_view view;

	for (int role = 0; role < _ROLE_MAX; role++) {
		struct policy_recheck *it = &enforcer->rechecks[role];
		int r;

		it->enforcer = enforcer;
		it->role = (enum trust_role)role;
		recheck_stop(&it->recheck);
		if (!enforcer->policy.assumed[role])
			continue;
		r = start_recheck(enforcer, it);
		if (r < 0)
			distrust(enforcer, it->role, r);
	}
	view = policy_store_view(&enforcer->policy);
	surroundings_read_unit(&enforcer->surroundings, enforcer->policy.config_fd);
	surroundings_follow(&enforcer->surroundings, &view);
	provisional_follow(enforcer);
	grant_change_follow(enforcer);
}

void policy_change_finish(struct enforcer *enforcer)
{
	provisional_finish(enforcer);
	for (int role = 0; role < _ROLE_MAX; role++)
		recheck_stop(&enforcer->rechecks[role].recheck);
}

bool policy_change_is_worth_telling(struct policy_refusals *refusals,
				    const struct policy_outcome *outcome)
{
	uint64_t now_us = clock_mono_us();

	if (refusals->reason == outcome->refused &&
	    memcmp(refusals->offer, outcome->offer, sizeof(refusals->offer)) == 0)
		return false;
	if (now_us >= refusals->until_us) {
		refusals->until_us = now_us + (uint64_t)POLICY_REFUSALS_S * 1000000;
		refusals->n = 0;
	}
	if (refusals->n == POLICY_REFUSALS_MAX)
		return false;
	refusals->n++;
	refusals->reason = outcome->refused;
	memcpy(refusals->offer, outcome->offer, sizeof(refusals->offer));
	return true;
}

void policy_change_offer(struct enforcer *enforcer, enum trust_role role, const int *fds,
			 size_t n_fds, struct policy_outcome *ret)
{
	uint64_t before = policy_store_version(&enforcer->policy, role);

	policy_store_offer(&enforcer->policy, role, fds, n_fds, now_s(), ret);
	if (ret->applied && !ret->unchanged)
		note_applied(enforcer, role);
	else if (!ret->applied && policy_change_is_worth_telling(&enforcer->refusals[role], ret))
		note_refused(enforcer, role, ret);
	if (policy_store_version(&enforcer->policy, role) == before)
		return;
	policy_change_took_effect(enforcer);
}

int policy_change_trust(struct enforcer *enforcer, char error[static 256])
{
	int r = policy_store_read_trust(&enforcer->policy, error);

	if (r < 0)
		return r;
	log_info("trust-root", "Trust root version %llu is in force",
		 (unsigned long long)enforcer->policy.trust.version);
	load_roles(enforcer);
	policy_change_took_effect(enforcer);
	return 0;
}

void policy_change_check_expiry(struct enforcer *enforcer)
{
	for (int role = 0; role < _ROLE_MAX; role++) {
		uint64_t version = policy_store_version(&enforcer->policy, (enum trust_role)role);

		if (!policy_store_expiry_due(&enforcer->policy, (enum trust_role)role, now_s()))
			continue;
		log_warning("policy-expired", "Role %s, version %llu, is past its date",
			    trust_role_to_text((enum trust_role)role), (unsigned long long)version);
		recorder_note(&enforcer->recorder, "policy.expired",
			      json_pack("{s:s, s:I}", "role",
					trust_role_to_text((enum trust_role)role), "version",
					(json_int_t)version));
	}
}
