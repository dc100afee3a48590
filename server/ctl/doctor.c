/* doctor - what is wrong with this site, in words: the collector, its certificates, room and
 * records, the policy, and the workstations. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "checkpoint_list.h"
#include "host.h"
#include "judge.h"
#include "message.h"
#include "options.h"
#include "policy/text.h"
#include "profile.h"
#include "published.h"
#include "server/pki/cleanup.h"

enum { FINDINGS_DAYS = 30, FINDINGS_DAYS_MAX = 36500, READY_MAX = 64 * 1024 };

struct doctor {
	struct api *api; /* owned */
	struct diagnosis diagnosis;
	struct judged_policy policy;
	long days; /* of findings */
};

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

/* What the problem document says, or how the answer is numbered. */
static void read_detail(const struct api_reply *reply, char *ret, size_t size)
{
	_cleanup_json_ json_t *json = json_loadb(reply->body, reply->size, 0, NULL);
	const char *detail = json_string_value(json_object_get(json, "detail"));

	if (detail)
		message_clean(detail, ret, size);
	else
		snprintf(ret, size, "HTTP %ld", reply->status);
}

/* Is it there, and can it do its work?  0; -errno if there is no use in asking more. */
static int look_at_collector(struct doctor *doctor)
{
	const char *url = api_profile(doctor->api)->url;
	struct api_path path;
	struct api_request request = { .method = "GET", .path = &path, .max_reply = READY_MAX };
	struct api_reply reply;
	char detail[256];

	api_path_start(&path, "/readyz");
	int r = api_request(doctor->api, &request, &reply);
	if (r < 0) {
		diagnose(&doctor->diagnosis, GRADE_WRONG, N_("collector"),
			 _("%s does not answer as it should (the line before says how): start "
			   "devgate-collector there, and look at its log"),
			 url);
		return r;
	}
	if (reply.status == 200) {
		diagnose(&doctor->diagnosis, GRADE_OK, N_("collector"), _("%s is ready"), url);
	} else {
		read_detail(&reply, detail, sizeof(detail));
		diagnose(&doctor->diagnosis, GRADE_WRONG, N_("collector"),
			 _("%s answers and is not ready (%s): look at its log"), url, detail);
	}
	api_reply_finish(&reply);
	return 0;
}

/* GET @where, or a line that it could not be had. */
static json_t *get(struct doctor *doctor, const char *where, const char *subject)
{
	struct api_path path;
	json_t *reply = NULL;

	api_path_start(&path, where);
	if (api_get(doctor->api, &path, &reply) == 0)
		return reply;
	diagnose(&doctor->diagnosis, GRADE_WRONG, subject,
		 _("not known: the collector does not say (the line before says why)"));
	return NULL;
}

static void look_at_site(struct doctor *doctor)
{
	_cleanup_json_ json_t *site = get(doctor, "/api/v1/site", N_("site"));

	if (site)
		judge_site(&doctor->diagnosis, site, now_s());
}

/* The keys of officers have no end of their own: the trust root that names them has. */
static void look_at_trust(struct doctor *doctor)
{
	const struct trust *trust = api_trust(doctor->api);
	const struct term term = { N_("officers"), _("the trust root with the officers' keys"),
				   _("make a new one, with the officers of today, and enrol the "
				     "workstations again"),
				   (int64_t)180 * JUDGE_DAY_S, (int64_t)30 * JUDGE_DAY_S };

	if (trust)
		judge_term(&doctor->diagnosis, &term, trust->expires, now_s());
	else
		diagnose(&doctor->diagnosis, GRADE_LOOK, N_("officers"),
			 _("your profile has no trust root, so signatures cannot be judged"));
}

static void judge_bundle(struct doctor *doctor, enum trust_role role, int64_t expires)
{
	const struct term policy = { N_("policy"), _("the policy"),
				     _("sign and publish it anew: 'policy sign'"),
				     (int64_t)14 * JUDGE_DAY_S, 0 };
	const struct term revocations = { N_("policy"), _("the list of revoked devices"),
					  _("sign and publish it anew: 'revoke sign'"),
					  (int64_t)14 * JUDGE_DAY_S, 0 };

	judge_term(&doctor->diagnosis, role == ROLE_POLICY ? &policy : &revocations, expires,
		   now_s());
}

static void look_at_policy(struct doctor *doctor, enum trust_role role)
{
	struct signed_bundle bundle;
	int r = api_profile(doctor->api)->has_trust
			? published_fetch(doctor->api, role, false, &bundle)
			: -ENOKEY;

	if (r == -ENOKEY)
		return; /* said already */
	if (r < 0)
		diagnose(&doctor->diagnosis, GRADE_WRONG, N_("policy"),
			 _("what is published cannot be trusted or read (the line before says "
			   "why)"));
	else if (r == 0 && role == ROLE_POLICY)
		diagnose(&doctor->diagnosis, GRADE_WRONG, N_("policy"),
			 _("none is published, and workstations deny almost every device: 'policy "
			   "sign', 'policy approve', 'policy publish'"));
	if (r <= 0)
		return;
	judge_bundle(doctor, role, bundle.manifest.expires);
	if (role == ROLE_POLICY)
		doctor->policy =
			(struct judged_policy){ bundle.manifest.version, bundle.manifest.issued };
	signed_bundle_finish(&bundle);
}

static void look_at_checkpoints(struct doctor *doctor)
{
	const struct profile *profile = api_profile(doctor->api);
	struct checkpoint_list list = { 0 };
	int64_t at = 0;

	if (!profile->has_checkpoint_key) {
		diagnose(&doctor->diagnosis, GRADE_LOOK, N_("checkpoints"),
			 _("your profile pins no key for them: 'checkpoints verify --key FILE'"));
		return;
	}
	int r = checkpoint_list_fetch(&list, doctor->api, &profile->checkpoint_key);
	if (r < 0)
		diagnose(
			&doctor->diagnosis, GRADE_WRONG, N_("checkpoints"),
			_("they are not what the key of your profile signed, or cannot be had (the "
			  "line before says which): keep the collector's data as evidence"));
	if (r < 0)
		return;
	if (list.n > 0 && text_time_parse(list.items[list.n - 1].time, &at) < 0)
		at = 0;
	judge_checkpoints(&doctor->diagnosis, list.n, at, now_s());
	checkpoint_list_finish(&list);
}

static void look_at_lists(struct doctor *doctor)
{
	_cleanup_json_ json_t *hosts = get(doctor, "/api/v1/hosts", N_("workstations"));
	_cleanup_json_ json_t *findings = get(doctor, "/api/v1/findings", N_("findings"));
	_cleanup_json_ json_t *tokens = get(doctor, "/api/v1/tokens", N_("tokens"));

	if (hosts)
		judge_hosts(&doctor->diagnosis, hosts, &doctor->policy, now_s());
	if (findings)
		judge_findings(&doctor->diagnosis, findings, doctor->days, now_s());
	if (tokens)
		judge_tokens(&doctor->diagnosis, tokens, now_s());
}

static int examine(struct doctor *doctor, const struct ctl *ctl)
{
	if (look_at_collector(doctor) == 0) {
		look_at_site(doctor);
		look_at_trust(doctor);
		look_at_policy(doctor, ROLE_POLICY);
		look_at_policy(doctor, ROLE_REVOCATIONS);
		look_at_checkpoints(doctor);
		look_at_lists(doctor);
	}
	return diagnosis_print(&doctor->diagnosis, ctl->json);
}

static int parse_days(const char *text, long *ret)
{
	char *end;
	long days = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || days > FINDINGS_DAYS_MAX) {
		complain(_("--findings %s: is not a number of days"), text);
		return STATUS_USAGE;
	}
	*ret = days;
	return OPTIONS_GO_ON;
}

int run_doctor(struct ctl *ctl, int argc, char **argv)
{
	const char *days = NULL;
	const struct option_row rows[] = {
		{ "findings", OPTION_TEXT, &days, "DAYS",
		  N_("look at the findings of the last DAYS (default: 30)") },
		{ 0 },
	};
	struct doctor doctor = { .days = FINDINGS_DAYS };
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON && days)
		status = parse_days(days, &doctor.days);
	if (status != OPTIONS_GO_ON)
		return status;
	if (diagnosis_init(&doctor.diagnosis) < 0)
		return STATUS_FAILURE;
	status = api_open(&doctor.api, ctl) < 0 ? STATUS_FAILURE : examine(&doctor, ctl);
	api_free(doctor.api);
	diagnosis_finish(&doctor.diagnosis);
	return status;
}
