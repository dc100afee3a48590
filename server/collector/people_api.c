#include "people_api.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "checkpoints_api.h"
#include "collector.h"
#include "events_api.h"
#include "field.h"
#include "findings_api.h"
#include "grants_api.h"
#include "ledgers_api.h"
#include "log.h"
#include "media_api.h"
#include "policy/text.h"
#include "policy_api.h"
#include "reply.h"
#include "retention_api.h"
#include "server/pki/cleanup.h"
#include "server/report/usage_report.h"
#include "server/store/endings.h"
#include "site_api.h"
#include "tokens_api.h"

/* The program runs. */
static enum MHD_Result handle_health(struct request *request)
{
	return reply_json(request, MHD_HTTP_OK, json_pack("{ss}", "status", "ok"));
}

/* It can do its work. */
static enum MHD_Result handle_ready(struct request *request)
{
	int r = store_check(request->collector->store);

	if (r == 0 && disk_watch_is_full(&request->collector->disk)) {
		problem_full(&request->problem);
		return reply_problem(request);
	}
	return r < 0 ? reply_failure(request, r, "read the database")
		     : reply_json(request, MHD_HTTP_OK, json_pack("{ss}", "status", "ok"));
}

/* Prometheus shows a token, as an auditor does ("authorization" in its scrape_config). */
static enum MHD_Result handle_metrics(struct request *request)
{
	char *text;
	size_t size;
	int r = metrics_write(request->collector, &text, &size);

	return r < 0 ? reply_failure(request, r, "write metrics")
		     : reply_bytes(request, "text/plain; version=0.0.4; charset=utf-8", text, size,
				   NULL);
}

static enum MHD_Result handle_whoami(struct request *request)
{
	return reply_json(
		request, MHD_HTTP_OK,
		json_pack("{ss ss}", "name", request->person.name, "role", request->person.role));
}

/* null for 0, which is no version and no line. */
static json_t *version_to_json(uint64_t version)
{
	return version == 0 ? json_null() : json_integer((json_int_t)version);
}

struct host_list {
	json_t *hosts;
	int64_t now;
	unsigned silent_after_s;
};

static int on_host(void *context, const struct host *host)
{
	const struct host_list *list = context;
	const enum host_state state = host_state(host, list->now, list->silent_after_s);
	json_t *json = json_pack(
		"{ss ss ss ss so so ss sI sI so ss ss ss sI so so sb sb so ss ss ss* so}", "id",
		host->id, "machine_id", host->machine_id, "hostname", host->hostname, "unit",
		host->unit, "enrolled", reply_time(host->enrolled), "last_seen",
		reply_time(host->last_seen), "version", host->version, "policy",
		(json_int_t)host->policy, "revocations", (json_int_t)host->revocations,
		"rolled_back", version_to_json(host->rolled_back), "mode", host->mode, "gate",
		host->gate, "ledger", host->ledger, "acked", (json_int_t)host->acked, "written",
		version_to_json(host->written), "certificate_expires",
		reply_time(host->certificate_expires), "revoked", (int)host->revoked, "cloned",
		(int)host->cloned, "clock_offset_s",
		host->offset_known ? json_integer((json_int_t)host->offset_s) : json_null(),
		"address", host->address, "state", host_state_to_text(state), "ended",
		host->ended[0] == '\0' ? NULL : host->ended, "ended_at",
		reply_time(host->ended_at));

	return json_array_append_new(list->hosts, json) < 0 ? -ENOMEM : 0;
}

static enum MHD_Result handle_hosts(struct request *request)
{
	json_t *hosts = json_array();
	struct host_list list = { hosts, (int64_t)time(NULL),
				  atomic_load(&request->collector->silent_after_s) };
	int r = hosts ? hosts_each(request->collector->store, on_host, &list) : -ENOMEM;

	if (r < 0) {
		json_decref(hosts);
		return reply_failure(request, r, "list hosts");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "hosts", hosts));
}

static enum MHD_Result handle_revoke(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	const char *reason;

	if (request_json(request, &json) < 0 ||
	    field_text(request, json, "reason", STORE_TEXT_SIZE - 1, true, &reason) < 0)
		return reply_problem(request);
	int r = hosts_revoke(request->collector->store, request->segment, request->person.name,
			     reason, (int64_t)time(NULL));
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "There is no host with this id.");
	if (r == 0)
		r = revoked_reload(&request->collector->revoked, request->collector->store);
	if (r < 0)
		return reply_failure(request, r, "revoke a host");
	/* Its long polls end now, not in a minute. */
	waiters_wake(&request->collector->waiters, TOPIC_POLICY);
	waiters_wake(&request->collector->waiters, TOPIC_REVOCATIONS);
	waiters_wake_key(&request->collector->waiters, TOPIC_GRANTS, request->segment);
	log_about(
		LOG_LEVEL_INFO, "host-revoked",
		LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_TEXT("host", request->segment)),
		"%s by %s: %s", request->segment, request->person.name, reason);
	return reply_empty(request, MHD_HTTP_NO_CONTENT);
}

/* The day @ago days before today, UTC. */
static void day_before(int64_t now, int ago, char ret[static 21])
{
	text_time(now - ago * INT64_C(86400), ret);
	ret[USAGE_DAY_SIZE - 1] = '\0';
}

static int check_period(struct request *request, const struct usage_query *query)
{
	int r = usage_report_check_period(query->from, query->to);

	if (r == -ERANGE)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "A report covers at most %d days.", USAGE_REPORT_MAX_DAYS);
	if (r < 0)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "from and to must be days, 2026-11-22, in order.");
	return 0;
}

static enum MHD_Result handle_usage(struct request *request)
{
	const char *from = request_argument(request, "from"), *to = request_argument(request, "to");
	const char *format = request_argument(request, "format");
	bool csv = format && strcmp(format, "csv") == 0;
	int64_t now = (int64_t)time(NULL);
	char month_ago[21], today[21], *text;
	size_t size;

	day_before(now, 29, month_ago);
	day_before(now, 0, today);
	struct usage_query query = {
		.from = from ? from : month_ago,
		.to = to ? to : today,
		.host = request_argument(request, "host"),
		.unit = request_argument(request, "unit"),
		.person = request_argument(request, "person"),
		.device = request_argument(request, "device"),
	};
	if (format && !csv && strcmp(format, "json") != 0)
		return reply_refusal(request, MHD_HTTP_BAD_REQUEST, "bad-request",
				     "format must be json or csv.");
	if (check_period(request, &query) < 0)
		return reply_problem(request);
	int r = usage_report_write(request->collector->store, &query,
				   csv ? REPORT_CSV : REPORT_JSON, now, &text, &size);
	if (r == -E2BIG)
		return reply_refusal(request, MHD_HTTP_BAD_REQUEST, "bad-request",
				     "The report has more than %d rows; ask for fewer days.",
				     USAGE_REPORT_MAX_ROWS);
	if (r < 0)
		return reply_failure(request, r, "write a report");
	return reply_bytes(request, csv ? "text/csv; charset=utf-8" : "application/json", text,
			   size, NULL);
}

static const struct route ROUTES[] = {
	{ "GET", "/healthz", ACCESS_OPEN, BODY_NONE, 0, false, handle_health },
	{ "GET", "/readyz", ACCESS_OPEN, BODY_NONE, 0, false, handle_ready },
	{ "GET", "/metrics", ACCESS_AUDITOR, BODY_NONE, 0, false, handle_metrics },
	{ "GET", "/api/v1/site", ACCESS_AUDITOR, BODY_NONE, 0, false, site_handle_get },
	{ "GET", "/api/v1/whoami", ACCESS_AUDITOR, BODY_NONE, 0, false, handle_whoami },
	{ "POST", "/api/v1/tokens", ACCESS_OFFICER, BODY_TEXT, 4096, false, tokens_handle_create },
	{ "GET", "/api/v1/tokens", ACCESS_AUDITOR, BODY_NONE, 0, false, tokens_handle_list },
	{ "POST", "/api/v1/tokens/*/revoke", ACCESS_OFFICER, BODY_TEXT, 4096, false,
	  tokens_handle_revoke },
	{ "GET", "/api/v1/hosts", ACCESS_AUDITOR, BODY_NONE, 0, false, handle_hosts },
	{ "POST", "/api/v1/hosts/*/revoke", ACCESS_OFFICER, BODY_TEXT, 4096, false, handle_revoke },
	{ "GET", "/api/v1/events", ACCESS_AUDITOR, BODY_NONE, 0, false, events_handle_list },
	{ "GET", "/api/v1/events/raw", ACCESS_AUDITOR, BODY_NONE, 0, false, events_handle_raw },
	{ "GET", "/api/v1/report/usage", ACCESS_AUDITOR, BODY_NONE, 0, false, handle_usage },
	{ "GET", "/api/v1/findings", ACCESS_AUDITOR, BODY_NONE, 0, false, findings_handle_list },
	{ "POST", "/api/v1/findings/*/close", ACCESS_OFFICER, BODY_TEXT, 4096, false,
	  findings_handle_close },
	{ "GET", "/api/v1/checkpoints", ACCESS_AUDITOR, BODY_NONE, 0, false,
	  checkpoints_handle_list },
	{ "GET", "/api/v1/checkpoints/consistency", ACCESS_AUDITOR, BODY_NONE, 0, false,
	  checkpoints_handle_consistency },
	{ "GET", "/api/v1/checkpoints/inclusion", ACCESS_AUDITOR, BODY_NONE, 0, false,
	  checkpoints_handle_inclusion },
	{ "GET", "/api/v1/checkpoints/leaves", ACCESS_AUDITOR, BODY_NONE, 0, false,
	  checkpoints_handle_leaves },
	{ "GET", "/api/v1/ledgers", ACCESS_AUDITOR, BODY_NONE, 0, false, ledgers_handle_list },
	{ "GET", "/api/v1/retention", ACCESS_AUDITOR, BODY_NONE, 0, false, retention_handle_show },
	{ "PUT", "/api/v1/retention", ACCESS_OFFICER, BODY_TEXT, RETENTION_MAX_BYTES, false,
	  retention_handle_set },
	{ "GET", "/api/v1/holds", ACCESS_AUDITOR, BODY_NONE, 0, false, retention_handle_holds },
	{ "POST", "/api/v1/holds", ACCESS_OFFICER, BODY_TEXT, 8192, false, retention_handle_hold },
	{ "POST", "/api/v1/holds/*/release", ACCESS_OFFICER, BODY_TEXT, 4096, false,
	  retention_handle_release },
	{ "GET", "/api/v1/disposals", ACCESS_AUDITOR, BODY_NONE, 0, false, retention_handle_due },
	{ "POST", "/api/v1/disposals", ACCESS_OFFICER, BODY_NONE, 0, false,
	  retention_handle_dispose },
	{ "GET", "/api/v1/audit", ACCESS_AUDITOR, BODY_NONE, 0, false, retention_handle_audit },
	{ "GET", "/api/v1/media", ACCESS_AUDITOR, BODY_NONE, 0, false, media_handle_list },
	{ "POST", "/api/v1/media", ACCESS_OFFICER, BODY_TEXT, 8192, false, media_handle_add },
	{ "DELETE", "/api/v1/media/*", ACCESS_OFFICER, BODY_TEXT, 4096, false,
	  media_handle_withdraw },
	{ "GET", "/api/v1/policy", ACCESS_AUDITOR, BODY_NONE, 0, false, policy_handle_current },
	{ "POST", "/api/v1/policy", ACCESS_OFFICER, BODY_TEXT, DSSE_MAX_BYTES, false,
	  policy_handle_publish },
	{ "GET", "/api/v1/grants", ACCESS_AUDITOR, BODY_NONE, 0, false, grants_handle_list },
	{ "POST", "/api/v1/grants", ACCESS_OFFICER, BODY_TEXT, GRANT_MAX_BYTES, false,
	  grants_handle_publish },
	{ "GET", "/api/v1/sections/*", ACCESS_AUDITOR, BODY_NONE, 0, false, policy_handle_section },
	{ "PUT", "/api/v1/sections/*", ACCESS_OFFICER, BODY_SECTION, SECTION_MAX_BYTES, false,
	  policy_handle_put_section },
	{ "GET", "/api/v1/trust-root", ACCESS_AUDITOR, BODY_NONE, 0, false,
	  policy_handle_trust_root },
};

const struct route *people_routes(size_t *ret_n)
{
	*ret_n = sizeof(ROUTES) / sizeof(ROUTES[0]);
	return ROUTES;
}
