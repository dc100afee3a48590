#include "agents_api.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "collector.h"
#include "enrolment.h"
#include "facts_api.h"
#include "field.h"
#include "grants_api.h"
#include "ingest.h"
#include "log.h"
#include "policy/text.h"
#include "policy_api.h"
#include "reply.h"
#include "server/pki/cleanup.h"

static enum MHD_Result reply_acked(struct request *request, uint64_t acked)
{
	return reply_json(request, MHD_HTTP_OK, json_pack("{sI}", "acked", (json_int_t)acked));
}

static enum MHD_Result refuse_upload(struct request *request, const struct ingest_result *result)
{
	static const struct {
		unsigned status;
		const char *code;
	} refusals[] = {
		[INGEST_GAP] = { MHD_HTTP_CONFLICT, "gap" },
		[INGEST_FORK] = { MHD_HTTP_CONFLICT, "fork" },
		[INGEST_BROKEN] = { MHD_HTTP_UNPROCESSABLE_CONTENT, "chain-broken" },
		[INGEST_TOO_MANY] = { MHD_HTTP_CONTENT_TOO_LARGE, "too-large" },
		[INGEST_UNFINISHED] = { MHD_HTTP_BAD_REQUEST, "bad-request" },
	};
	problem_set(&request->problem, refusals[result->outcome].status,
		    refusals[result->outcome].code, "%s", result->text);
	request->problem.has_acked = true;
	request->problem.acked = result->acked;
	if (result->outcome != INGEST_TOO_MANY)
		log_about(LOG_LEVEL_WARNING, "upload-refused",
			  LOG_ABOUT(LOG_TEXT("host", request->host),
				    LOG_TEXT("code", refusals[result->outcome].code)),
			  "host %s: %s: %s", request->host, refusals[result->outcome].code,
			  result->text);
	return reply_problem(request);
}

static void count(struct metrics *metrics, const struct request *request,
		  const struct ingest_result *result)
{
	if (request->body.size == 0)
		return;
	if (result->outcome != INGEST_TAKEN) {
		atomic_fetch_add(&metrics->refused_uploads, 1);
		return;
	}
	atomic_fetch_add(&metrics->uploads, 1);
	atomic_fetch_add(&metrics->upload_bytes, request->body.size);
}

static uint64_t count_lines(const struct body *body)
{
	uint64_t n = 0;

	for (size_t i = 0; i < body->size; i++)
		n += body->bytes[i] == '\n';
	return n;
}

static enum MHD_Result handle_events(struct request *request)
{
	const char *ledger = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							 "X-Devgate-Ledger");
	struct upload *upload = &request->upload;
	struct ingest_result result;

	if (ledger && !upload->done && request->body.size > 0 &&
	    disk_watch_is_full(&request->collector->disk))
		return reply_full(request);
	if (ledger && !upload->done) {
		request->events = count_lines(&request->body);
		*upload = (struct upload){ .connection = request->connection,
					   .host = request->host,
					   .ledger = ledger,
					   .lines = request->body.bytes,
					   .size = request->body.size };
		uploads_add(&request->collector->uploads, upload);
		return MHD_YES;
	}
	int r = ledger ? upload->r : -EINVAL;
	switch (r) {
	case 0:
		break;
	case -EINVAL:
		return reply_refusal(
			request, MHD_HTTP_BAD_REQUEST, "bad-request",
			"X-Devgate-Ledger must be a ledger id, 32 hexadecimal digits.");
	case -ENOENT:
		return reply_refusal(request, MHD_HTTP_FORBIDDEN, "certificate-revoked",
				     "This host is revoked; ask a security officer.");
	case -EDQUOT:
		return reply_refusal(request, MHD_HTTP_CONFLICT, "conflict",
				     "This host has too many ledgers; ask a security officer.");
	case -ENOSPC:
		return reply_full(request);
	default:
		return reply_failure(request, r, "keep events");
	}
	result = upload->result;
	count(&request->collector->metrics, request, &result);
	if (request->body.size > 0)
		waiters_wake(&request->collector->waiters, TOPIC_EVENTS);
	return result.outcome == INGEST_TAKEN ? reply_acked(request, result.acked)
					      : refuse_upload(request, &result);
}

/* Which machine it is, and what its clock says; older agents do not say. */
static int read_machine(struct request *request, const json_t *json, struct host_status *ret)
{
	const char *when;
	int r = field_text(request, json, "hostname", STORE_TEXT_SIZE - 1, false, &ret->hostname);

	if (r == 0)
		r = field_hex(request, json, "machine_id", HOST_MACHINE_SIZE - 1, false,
			      &ret->machine_id);
	if (r == 0)
		r = field_hex(request, json, "boot", HOST_BOOT_SIZE - 1, false, &ret->boot);
	if (r == 0)
		r = field_text(request, json, "time", 20, false, &when);
	if (r < 0)
		return r;
	ret->has_time = *when;
	if (*when && text_time_parse(when, &ret->time) < 0)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "\"time\" is not a time of RFC 3339 in UTC.");
	return 0;
}

static int read_status(struct request *request, const json_t *json, struct host_status *ret)
{
	static const json_int_t range[] = { 0, INT64_MAX };
	json_int_t policy = 0, revocations = 0, rolled_back = 0, next_seq = 0;
	int r = field_text(request, json, "version", HOST_WORD_SIZE - 1, true, &ret->version);

	if (r == 0)
		r = field_text(request, json, "mode", HOST_WORD_SIZE - 1, false, &ret->mode);
	if (r == 0)
		r = field_text(request, json, "gate", STORE_TEXT_SIZE - 1, false, &ret->gate);
	if (r == 0)
		r = field_text(request, json, "ledger", HOST_WORD_SIZE - 1, false, &ret->ledger);
	if (r == 0)
		r = field_number(request, json, "policy", range, 0, &policy);
	if (r == 0)
		r = field_number(request, json, "revocations", range, 0, &revocations);
	if (r == 0)
		r = field_number(request, json, "rolled_back", range, 0, &rolled_back);
	if (r == 0)
		r = field_number(request, json, "next_seq", range, 0, &next_seq);
	ret->written = next_seq > 0 ? (uint64_t)next_seq - 1 : 0;
	ret->policy = (uint64_t)policy;
	ret->revocations = (uint64_t)revocations;
	ret->rolled_back = (uint64_t)rolled_back;
	ret->now = (int64_t)time(NULL);
	ret->address = request->address;
	return r == 0 ? read_machine(request, json, ret) : r;
}

/* Another machine is refused from now on, also where it waits. */
static void shut_out(struct request *request)
{
	struct collector *collector = request->collector;

	if (revoked_reload(&collector->revoked, collector->store) < 0)
		log_line(LOG_LEVEL_ERROR, "revoked-stale", "barred machines not read: %s",
			 store_error());
	waiters_wake(&collector->waiters, TOPIC_POLICY);
	waiters_wake(&collector->waiters, TOPIC_REVOCATIONS);
	waiters_wake_key(&collector->waiters, TOPIC_GRANTS, request->host);
}

/* This machine is another than the host. */
static enum MHD_Result refuse_clone(struct request *request, const char *other)
{
	log_about(LOG_LEVEL_WARNING, "host-cloned",
		  LOG_ABOUT(LOG_TEXT("host", request->host), LOG_TEXT("address", request->address)),
		  "host %s is %s; refused at %s", request->host, other, request->address);
	shut_out(request);
	return reply_refusal(request, MHD_HTTP_FORBIDDEN, "cloned",
			     "%s has the certificate that this machine shows: one is a copy of the "
			     "other's disk.  Enrol this machine anew; ask a security officer for a "
			     "token.",
			     other);
}

static enum MHD_Result handle_status(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	struct host_status status = { 0 };
	char other[HOST_OTHER_SIZE];

	if (request_json(request, &json) < 0 || read_status(request, json, &status) < 0)
		return reply_problem(request);
	int r = hosts_set_status(request->collector->store, request->host, &status, other);
	if (r == -EOWNERDEAD)
		return refuse_clone(request, other);
	if (r > 0)
		shut_out(request);
	return r < 0 ? reply_failure(request, r, "keep status")
		     : reply_empty(request, MHD_HTTP_NO_CONTENT);
}

static const struct route ROUTES[] = {
	{ "POST", "/v1/enroll", ACCESS_OPEN, BODY_TEXT, 32 * 1024, false, enrolment_handle },
	{ "POST", "/v1/renew", ACCESS_HOST, BODY_TEXT, 32 * 1024, false, enrolment_handle_renew },
	{ "POST", "/v1/events", ACCESS_HOST, BODY_TEXT, INGEST_MAX_BYTES, true, handle_events },
	{ "POST", "/v1/status", ACCESS_HOST, BODY_TEXT, 4096, false, handle_status },
	{ "GET", "/v1/policy", ACCESS_HOST, BODY_NONE, 0, false, policy_handle_poll },
	{ "GET", "/v1/facts", ACCESS_HOST, BODY_NONE, 0, false, facts_handle_get },
	{ "GET", "/v1/grants", ACCESS_HOST, BODY_NONE, 0, false, grants_handle_poll },
	{ "GET", "/v1/sections/*", ACCESS_HOST, BODY_NONE, 0, false, policy_handle_section },
};

const struct route *agents_routes(size_t *ret_n)
{
	*ret_n = sizeof(ROUTES) / sizeof(ROUTES[0]);
	return ROUTES;
}
