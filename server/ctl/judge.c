#include "judge.h"

#include <stdbool.h>
#include <string.h>

#include "message.h"
#include "names.h"
#include "policy/text.h"

enum {
	MIB = 1024 * 1024,
	BACKUP_LOOK_DAYS = 8,
	BACKUP_WRONG_DAYS = 31,
	TOKEN_LOOK_DAYS = 3,
	TOKEN_PAST_DAYS = 7,
	CHECKPOINT_WRONG_H = 26, /* there is one a day, even if nothing has grown */
};

/* Its time, or 0: none is given, or it is none. */
static int64_t time_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	int64_t time;

	return text && text_time_parse(text, &time) == 0 ? time : 0;
}

static json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

void judge_term(struct diagnosis *diagnosis, const struct term *term, int64_t ends, int64_t now)
{
	int64_t left = ends - now;
	char until[21];

	text_time(ends, until);
	if (left <= 0)
		diagnose(diagnosis, GRADE_WRONG, term->subject, _("%s has ended, %s: %s"),
			 term->what, until, term->todo);
	else if (left < term->look_s)
		diagnose(diagnosis, left < term->wrong_s ? GRADE_WRONG : GRADE_LOOK, term->subject,
			 _("%s ends in %lld days, %s: %s"), term->what,
			 (long long)left / JUDGE_DAY_S, until, term->todo);
	else
		diagnose(diagnosis, GRADE_OK, term->subject, _("%s is good until %s"), term->what,
			 until);
}

static void judge_clock(struct diagnosis *diagnosis, const json_t *site, int64_t now)
{
	int64_t offset = now - time_of(site, "time");
	int64_t size = offset < 0 ? -offset : offset;

	if (size <= JUDGE_CLOCK_LOOK_S)
		diagnose(diagnosis, GRADE_OK, N_("clock"),
			 _("this machine's and the collector's "
			   "agree"));
	else
		diagnose(diagnosis, size > JUDGE_CLOCK_WRONG_S ? GRADE_WRONG : GRADE_LOOK,
			 N_("clock"),
			 offset < 0 ? _("this machine's is %lld s behind the collector's: "
					"look at time synchronisation on both")
				    : _("this machine's is %lld s ahead of the collector's: "
					"look at time synchronisation on both"),
			 (long long)size);
}

static void judge_store(struct diagnosis *diagnosis, const json_t *store)
{
	json_int_t schema = number_of(store, "schema"), known = number_of(store, "schema_known");

	if (schema == known)
		diagnose(diagnosis, GRADE_OK, N_("records"),
			 _("kept in %s, version %lld, %lld MiB"), text_of(store, "engine"),
			 (long long)schema, (long long)number_of(store, "bytes") / MIB);
	else
		diagnose(diagnosis, GRADE_LOOK, N_("records"),
			 _("the database in %s is of version %lld, and the collector knows %lld: "
			   "bring all collectors to one version"),
			 text_of(store, "engine"), (long long)schema, (long long)known);
}

static void judge_room(struct diagnosis *diagnosis, const json_t *data)
{
	long long free = number_of(data, "free") / MIB, size = number_of(data, "size") / MIB;

	if (json_is_true(json_object_get(data, "full")))
		diagnose(diagnosis, GRADE_WRONG, N_("room"),
			 _("there is none to keep records (%lld of %lld MiB are free in the data "
			   "directory): make room there, or on the database's disk; nothing is "
			   "lost, and it goes on by itself"),
			 free, size);
	else if (json_is_true(json_object_get(data, "low")))
		diagnose(diagnosis, GRADE_LOOK, N_("room"),
			 _("%lld of %lld MiB are free in the data directory: make room before it "
			   "is full"),
			 free, size);
	else
		diagnose(diagnosis, GRADE_OK, N_("room"),
			 _("%lld of %lld MiB are free in the data directory"), free, size);
}

static void judge_backup(struct diagnosis *diagnosis, const json_t *site, int64_t now)
{
	int64_t at = time_of(site, "backed_up"), days = (now - at) / JUDGE_DAY_S;

	if (at == 0)
		diagnose(diagnosis, GRADE_LOOK, N_("backup"),
			 _("none is known of that was made with 'devgate-collector --backup'"));
	else if (days < BACKUP_LOOK_DAYS)
		diagnose(diagnosis, GRADE_OK, N_("backup"), _("the last is of %s"),
			 text_of(site, "backed_up"));
	else
		diagnose(diagnosis, days > BACKUP_WRONG_DAYS ? GRADE_WRONG : GRADE_LOOK,
			 N_("backup"),
			 _("the last is %lld days old: make one with "
			   "'devgate-collector --backup'"),
			 (long long)days);
}

void judge_site(struct diagnosis *diagnosis, const json_t *site, int64_t now)
{
	const struct term server = { N_("certificate"), _("the collector's certificate"),
				     _("run 'devgate-collector --data DIR --new-certificate' "
				       "there, and reload it"),
				     (int64_t)30 * JUDGE_DAY_S, (int64_t)7 * JUDGE_DAY_S };
	const struct term ca = { N_("authority"), _("the collector's CA"),
				 _("make a new site with 'devgatectl init' and enrol every "
				   "workstation there"),
				 (int64_t)365 * JUDGE_DAY_S, (int64_t)60 * JUDGE_DAY_S };

	judge_clock(diagnosis, site, now);
	judge_term(diagnosis, &server, time_of(site, "server_certificate_expires"), now);
	judge_term(diagnosis, &ca, time_of(site, "ca_expires"), now);
	judge_store(diagnosis, json_object_get(site, "store"));
	judge_room(diagnosis, json_object_get(site, "data"));
	judge_backup(diagnosis, site, now);
}

static bool ends_unused(const json_t *token, int64_t now)
{
	return strcmp(text_of(token, "state"), "good") == 0 && number_of(token, "remaining") > 0 &&
	       time_of(token, "expires") < now + (int64_t)TOKEN_LOOK_DAYS * JUDGE_DAY_S;
}

/* It let nobody in: whoever was to use it could not. */
static bool ended_unused(const json_t *token, int64_t now)
{
	return strcmp(text_of(token, "state"), "expired") == 0 &&
	       json_array_size(json_object_get(token, "used")) == 0 &&
	       time_of(token, "expires") > now - (int64_t)TOKEN_PAST_DAYS * JUDGE_DAY_S;
}

void judge_tokens(struct diagnosis *diagnosis, const json_t *tokens, int64_t now)
{
	struct names soon = { 0 }, past = { 0 };
	const json_t *token;
	size_t i;

	json_array_foreach (json_object_get(tokens, "tokens"), i, token) {
		if (ends_unused(token, now))
			names_add(&soon, text_of(token, "id"), text_of(token, "unit"));
		else if (ended_unused(token, now))
			names_add(&past, text_of(token, "id"), text_of(token, "unit"));
	}
	if (soon.n > 0)
		diagnose(diagnosis, GRADE_LOOK, N_("tokens"),
			 _("%zu end within %d days and are not used up: %s"), soon.n,
			 TOKEN_LOOK_DAYS, soon.text);
	if (past.n > 0)
		diagnose(diagnosis, GRADE_LOOK, N_("tokens"),
			 _("%zu have ended unused: %s; make new ones with 'token create' if they "
			   "are still wanted"),
			 past.n, past.text);
	if (soon.n == 0 && past.n == 0)
		diagnose(diagnosis, GRADE_OK, N_("tokens"), _("none ends unused"));
}

/* What was found in the records themselves, and of the machines' identity. */
static bool is_of_integrity(const char *kind)
{
	static const char *const kinds[] = { "gap", "fork", "chain-broken", "unreadable",
					     "cloned" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	}
	return false;
}

void judge_findings(struct diagnosis *diagnosis, const json_t *findings, int64_t days, int64_t now)
{
	struct names integrity = { 0 }, others = { 0 };
	const json_t *finding;
	size_t i;

	json_array_foreach (json_object_get(findings, "findings"), i, finding) {
		const char *kind = text_of(finding, "kind");

		if (time_of(finding, "time") < now - days * JUDGE_DAY_S)
			continue;
		names_add(is_of_integrity(kind) ? &integrity : &others, kind,
			  text_of(finding, "time"));
	}
	if (integrity.n > 0)
		diagnose(diagnosis, GRADE_WRONG, N_("findings"),
			 _("%zu on the records themselves in %lld days: %s; see 'devgatectl "
			   "findings', keep the workstations' ledgers, and close what was seen to "
			   "with 'finding close'"),
			 integrity.n, (long long)days, integrity.text);
	if (others.n > 0)
		diagnose(diagnosis, GRADE_LOOK, N_("findings"),
			 _("%zu in %lld days: %s; see 'devgatectl findings', and close what was "
			   "seen to with 'finding close'"),
			 others.n, (long long)days, others.text);
	if (integrity.n == 0 && others.n == 0)
		diagnose(diagnosis, GRADE_OK, N_("findings"), _("none in %lld days"),
			 (long long)days);
}

void judge_checkpoints(struct diagnosis *diagnosis, size_t n, int64_t time, int64_t now)
{
	char when[21];

	text_time(time, when);
	if (n == 0)
		diagnose(diagnosis, GRADE_WRONG, N_("checkpoints"),
			 _("none is signed, and the collector signs one at its start: look at its "
			   "log for checkpoint-failed"));
	else if (now - time > (int64_t)CHECKPOINT_WRONG_H * 3600)
		diagnose(diagnosis, GRADE_WRONG, N_("checkpoints"),
			 _("the last is of %s, and there should be one each day: look at the "
			   "collector's log for checkpoint-failed"),
			 when);
	else
		diagnose(diagnosis, GRADE_OK, N_("checkpoints"),
			 _("%zu, all signed by the key of your profile, the last of %s; "
			   "'checkpoints verify' reads every ledger against them"),
			 n, when);
}
