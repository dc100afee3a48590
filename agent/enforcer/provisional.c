#include "provisional.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/common/log.h"
#include "clock.h"
#include "enforcer.h"
#include "judge.h"
#include "policy_change.h"
#include "record.h"

static uint32_t within_s(const struct enforcer *enforcer)
{
	uint32_t s = enforcer->provisional.within_s;

	return s == 0 ? PROVISIONAL_WITHIN_S : s;
}

static void note_rolled_back(struct enforcer *enforcer, uint64_t from, uint64_t to)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "Version %llu was not confirmed in time: the collector was not reached under it; "
		 "version %llu is in force again.",
		 (unsigned long long)from, (unsigned long long)to);
	log_warning("policy-rolled-back", "Role policy: %s", text);
	recorder_note(&enforcer->recorder, "policy.rolled-back",
		      json_pack("{s:s, s:I, s:I, s:s}", "role", trust_role_to_text(ROLE_POLICY),
				"from", (json_int_t)from, "to", (json_int_t)to, "text", text));
}

/* There is nothing to go back to: what is in force stays, and that is told. */
static void note_kept(struct enforcer *enforcer, uint64_t version,
		      const struct policy_outcome *outcome)
{
	char text[BUNDLE_TEXT_SIZE + 160];

	snprintf(text, sizeof(text),
		 "Version %llu was not confirmed and stays, because version %llu cannot be put in "
		 "force again: %s",
		 (unsigned long long)version, (unsigned long long)outcome->version, outcome->text);
	log_error("policy-tampered", "%s", text);
	recorder_note(&enforcer->recorder, "agent.tampered",
		      json_pack("{s:s, s:o}", "what", "policy", "text", record_text(text)));
}

static void retry_later(sd_event_source *deadline)
{
	sd_event_source_set_time_relative(deadline, (uint64_t)PROVISIONAL_RETRY_S * 1000000);
	sd_event_source_set_enabled(deadline, SD_EVENT_ONESHOT);
}

static int on_deadline(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct enforcer *enforcer = userdata;
	const struct policy_trial *trial = policy_store_trial(&enforcer->policy);
	uint64_t version = trial == NULL ? 0 : trial->version;
	struct policy_outcome outcome;
	int r;

	(void)now_us;
	if (trial == NULL)
		return 0;
	r = policy_store_roll_back(&enforcer->policy, &outcome);
	if (r == -EBADMSG) {
		note_kept(enforcer, version, &outcome);
	} else if (r < 0) {
		log_error("policy-provisional",
			  "The policy before cannot be put in force again yet: %s", strerror(-r));
		retry_later(source);
	} else {
		note_rolled_back(enforcer, version, outcome.version);
		policy_change_took_effect(enforcer);
	}
	return 0;
}

static int on_again(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct enforcer *enforcer = userdata;

	(void)source;
	(void)now_us;
	policy_store_allow_again(&enforcer->policy);
	log_info("policy-again", "Role policy: version %llu, which was taken back, may be offered",
		 (unsigned long long)policy_store_undone(&enforcer->policy));
	return 0;
}

static void stop_again(struct provisional *provisional)
{
	provisional->again = sd_event_source_disable_unref(provisional->again);
	provisional->again_version = 0;
}

/* Wait until what was taken back may be offered again; from the start, where it was before. */
static void follow_undone(struct enforcer *enforcer)
{
	static const unsigned waits[PROVISIONAL_AGAIN_MAX] = { 1, 6, 24 };
	struct provisional *provisional = &enforcer->provisional;
	uint64_t version = policy_store_undone(&enforcer->policy);
	unsigned times = policy_store_undone_times(&enforcer->policy);
	int r;

	if (version > 0 && version == provisional->again_version &&
	    times == provisional->again_times) {
		if (sd_event_source_get_enabled(provisional->again, NULL) == SD_EVENT_OFF)
			policy_store_allow_again(&enforcer->policy); /* it was loaded anew */
		return;
	}
	stop_again(provisional);
	if (times == 0 || times > PROVISIONAL_AGAIN_MAX)
		return;
	r = sd_event_add_time_relative(enforcer->loop, &provisional->again, CLOCK_BOOTTIME,
				       (uint64_t)within_s(enforcer) * waits[times - 1] * 1000000,
				       100000, on_again, enforcer);
	if (r < 0) {
		log_error("policy-provisional", "What was taken back is not tried again: %s",
			  strerror(-r));
		return;
	}
	provisional->again_version = version;
	provisional->again_times = times;
}

static void stop_deadline(struct provisional *provisional)
{
	provisional->deadline = sd_event_source_disable_unref(provisional->deadline);
}

void provisional_follow(struct enforcer *enforcer)
{
	struct provisional *provisional = &enforcer->provisional;
	uint64_t deadline_us;
	int r;

	stop_deadline(provisional);
	follow_undone(enforcer);
	if (policy_store_trial(&enforcer->policy) == NULL)
		return;
	deadline_us = policy_store_begin_trial(&enforcer->policy, enforcer->boot, clock_mono_us(),
					       (uint64_t)within_s(enforcer) * 1000000);
	r = sd_event_add_time(enforcer->loop, &provisional->deadline, CLOCK_BOOTTIME, deadline_us,
			      100000, on_deadline, enforcer);
	if (r < 0)
		log_error("policy-provisional", "Nothing will take the policy back: %s",
			  strerror(-r));
}

void provisional_finish(struct enforcer *enforcer)
{
	stop_deadline(&enforcer->provisional);
	stop_again(&enforcer->provisional);
}

int provisional_confirm(struct enforcer *enforcer, uint64_t version)
{
	int r = policy_store_confirm(&enforcer->policy, version);

	if (r < 0)
		return r;
	provisional_finish(enforcer); /* nothing is on trial, or taken back, any more */
	log_info("policy-confirmed", "Role policy: version %llu is confirmed",
		 (unsigned long long)version);
	recorder_note(&enforcer->recorder, "policy.confirmed",
		      json_pack("{s:s, s:I}", "role", trust_role_to_text(ROLE_POLICY), "version",
				(json_int_t)version));
	return 0;
}

int64_t provisional_until(const struct enforcer *enforcer)
{
	const struct policy_trial *trial = policy_store_trial(&enforcer->policy);
	int64_t left_us;

	if (trial == NULL)
		return 0;
	left_us = (int64_t)(trial->deadline_us - clock_mono_us());
	return (clock_now_us() + left_us) / 1000000;
}

int64_t provisional_again(const struct enforcer *enforcer)
{
	uint64_t at_us;

	if (enforcer->provisional.again == NULL ||
	    sd_event_source_get_time(enforcer->provisional.again, &at_us) < 0)
		return 0;
	return (clock_now_us() + (int64_t)(at_us - clock_mono_us())) / 1000000;
}
