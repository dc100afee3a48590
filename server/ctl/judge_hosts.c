#include <stdbool.h>
#include <string.h>

#include "judge.h"
#include "message.h"
#include "names.h"
#include "policy/text.h"

enum { CERTIFICATE_LOOK_DAYS = 14, POLICY_LOOK_S = 600 };

/* What one host is looked at for. */
struct look {
	const struct judged_policy *policy;
	int64_t now;
};

static const char *text_of(const json_t *host, const char *name)
{
	const char *text = json_string_value(json_object_get(host, name));

	return text ? text : "";
}

static json_int_t number_of(const json_t *host, const char *name)
{
	return json_integer_value(json_object_get(host, name));
}

static bool is_in_state(const json_t *host, const char *state)
{
	return strcmp(text_of(host, "state"), state) == 0;
}

static bool is_cloned(const json_t *host, const struct look *look)
{
	(void)look;
	return json_is_true(json_object_get(host, "cloned"));
}

static bool is_silent(const json_t *host, const struct look *look)
{
	(void)look;
	return is_in_state(host, "silent");
}

static bool is_stopped(const json_t *host, const struct look *look)
{
	(void)look;
	return is_in_state(host, "stopped");
}

static bool is_removed(const json_t *host, const struct look *look)
{
	(void)look;
	return is_in_state(host, "removed");
}

static bool is_ungated(const json_t *host, const struct look *look)
{
	(void)look;
	return is_in_state(host, "reporting") &&
	       strncmp(text_of(host, "gate"), "unavailable", strlen("unavailable")) == 0;
}

static bool has_wrong_clock(const json_t *host, const struct look *look)
{
	json_int_t offset = number_of(host, "clock_offset_s");

	(void)look;
	return offset > JUDGE_CLOCK_WRONG_S || offset < -JUDGE_CLOCK_WRONG_S;
}

/* Lines that it has written, and the collector has not. */
static json_int_t behind(const json_t *host)
{
	json_int_t written = number_of(host, "written"), acked = number_of(host, "acked");

	return is_in_state(host, "reporting") && written > acked ? written - acked : 0;
}

static bool is_far_behind(const json_t *host, const struct look *look)
{
	(void)look;
	return behind(host) >= JUDGE_BEHIND_WRONG;
}

static bool is_behind(const json_t *host, const struct look *look)
{
	(void)look;
	return behind(host) >= JUDGE_BEHIND_LOOK && behind(host) < JUDGE_BEHIND_WRONG;
}

static bool lacks_policy(const json_t *host, const struct look *look)
{
	return is_in_state(host, "reporting") &&
	       (uint64_t)number_of(host, "policy") < look->policy->version;
}

static bool lacks_policy_long(const json_t *host, const struct look *look)
{
	return lacks_policy(host, look) && look->now - look->policy->issued > JUDGE_DAY_S;
}

static bool lacks_policy_yet(const json_t *host, const struct look *look)
{
	int64_t since = look->now - look->policy->issued;

	return lacks_policy(host, look) && since > POLICY_LOOK_S && since <= JUDGE_DAY_S;
}

static bool has_taken_back(const json_t *host, const struct look *look)
{
	(void)look;
	return json_is_integer(json_object_get(host, "rolled_back"));
}

/* It would have been renewed in the last third of its life. */
static bool has_old_certificate(const json_t *host, const struct look *look)
{
	int64_t expires;

	return text_time_parse(text_of(host, "certificate_expires"), &expires) == 0 &&
	       expires < look->now + (int64_t)CERTIFICATE_LOOK_DAYS * JUDGE_DAY_S;
}

static const struct {
	bool (*is)(const json_t *host, const struct look *look);
	enum grade grade;
	const char *format; /* N_(): how many, and who */
} CHECKS[] = {
	{ is_cloned, GRADE_WRONG,
	  N_("%zu identities were shown by two machines each: %s; enrol the copies anew with a "
	     "token of their own") },
	{ is_silent, GRADE_WRONG,
	  N_("%zu are not heard of, though they did not say that they would end: %s; look at the "
	     "machines and their network") },
	{ is_stopped, GRADE_WRONG,
	  N_("the agent of %zu was stopped, and the machine not: %s; look there with 'devgate "
	     "status'") },
	{ is_removed, GRADE_WRONG,
	  N_("the agent of %zu was removed: %s; install it again, or 'hosts revoke' what is out of "
	     "use") },
	{ is_ungated, GRADE_WRONG,
	  N_("devices are not held back at %zu: %s; look there with 'devgate status'") },
	{ has_wrong_clock, GRADE_WRONG,
	  N_("the clock of %zu is off by more than five minutes: %s; look at time synchronisation "
	     "there") },
	{ is_far_behind, GRADE_WRONG,
	  N_("%zu have sent little of what they recorded: %s; look at devgate-reporter's log "
	     "there") },
	{ is_behind, GRADE_LOOK, N_("%zu are still sending what they recorded: %s") },
	{ lacks_policy_long, GRADE_WRONG,
	  N_("%zu do not have the policy that was published more than a day ago: %s; look there "
	     "with 'devgate status'") },
	{ lacks_policy_yet, GRADE_LOOK, N_("%zu do not have the latest policy yet: %s") },
	{ has_taken_back, GRADE_LOOK,
	  N_("%zu took a policy back that cut them off: %s; see 'devgatectl hosts'") },
	{ has_old_certificate, GRADE_LOOK,
	  N_("the certificate of %zu ends within two weeks or has ended: %s; a machine that is on "
	     "renews it, and others must be enrolled again") },
};

enum { N_CHECKS = sizeof(CHECKS) / sizeof(CHECKS[0]) };

static void sort_in(struct names found[static N_CHECKS], const json_t *host,
		    const struct look *look)
{
	for (size_t i = 0; i < N_CHECKS; i++) {
		if (CHECKS[i].is(host, look))
			names_add(&found[i], text_of(host, "hostname"), text_of(host, "unit"));
	}
}

/* The formats are CHECKS's, translated: msgfmt --check has seen that they take the same. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void say(struct diagnosis *diagnosis, size_t check, const struct names *names)
{
	diagnose(diagnosis, CHECKS[check].grade, N_("workstations"), _(CHECKS[check].format),
		 names->n, names->text);
}
#pragma GCC diagnostic pop

void judge_hosts(struct diagnosis *diagnosis, const json_t *hosts,
		 const struct judged_policy *policy, int64_t now)
{
	const struct look look = { policy, now };
	struct names found[N_CHECKS] = { 0 };
	size_t i, reporting = 0, off = 0;
	const json_t *host;

	json_array_foreach (json_object_get(hosts, "hosts"), i, host) {
		reporting += is_in_state(host, "reporting");
		off += is_in_state(host, "off");
		if (!is_in_state(host, "revoked"))
			sort_in(found, host, &look);
	}
	for (size_t j = 0; j < N_CHECKS; j++) {
		if (found[j].n > 0)
			say(diagnosis, j, &found[j]);
	}
	diagnose(diagnosis, GRADE_OK, N_("workstations"), _("%zu report, and %zu are off"),
		 reporting, off);
}
