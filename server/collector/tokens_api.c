#include "tokens_api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector.h"
#include "field.h"
#include "log.h"
#include "policy/text.h"
#include "reply.h"
#include "server/pki/api_token.h"
#include "server/pki/cleanup.h"
#include "server/store/tokens.h"

enum {
	TTL_MIN_S = 60,
	TTL_MAX_S = 30 * 24 * 60 * 60,
	TTL_DEFAULT_S = 24 * 60 * 60,
};

static json_t *time_to_json(int64_t seconds)
{
	char text[21];

	text_time(seconds, text);
	return json_string(text);
}

static json_t *enrolment_document(struct request *request, const char *token,
				  const struct enrolment_token *record)
{
	const struct config *config = &request->collector->config;
	json_t *trust = json_loads(config->trust_text, 0, NULL);

	return json_pack("{s{ss ss ss ss so ss so}}", "enrolment", "schema", "devgate-enrolment-1",
			 "url", config->agents_url, "token", token, "ca",
			 ca_certificate(config->ca), "trust_root", trust, "unit", record->unit,
			 "expires", time_to_json(record->expires));
}

static int read_order(struct request *request, const json_t *json, struct enrolment_token *ret)
{
	static const json_int_t ttl_range[] = { TTL_MIN_S, TTL_MAX_S };
	static const json_int_t machines_range[] = { 1, TOKEN_MACHINES_MAX };
	const char *unit, *host;
	json_int_t ttl, machines;

	if (field_text(request, json, "unit", STORE_TEXT_SIZE - 1, true, &unit) < 0 ||
	    field_text(request, json, "host", STORE_UUID_SIZE - 1, false, &host) < 0 ||
	    field_number(request, json, "ttl_s", ttl_range, TTL_DEFAULT_S, &ttl) < 0 ||
	    field_number(request, json, "machines", machines_range, 1, &machines) < 0)
		return -EACCES;
	if (*host && machines != 1)
		return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
				   "A token for one host lets one machine in.");
	snprintf(ret->unit, sizeof(ret->unit), "%s", unit);
	snprintf(ret->host, sizeof(ret->host), "%s", host);
	snprintf(ret->created_by, sizeof(ret->created_by), "%s", request->person.name);
	ret->created = (int64_t)time(NULL);
	ret->expires = ret->created + ttl;
	ret->machines = machines;
	return 0;
}

enum MHD_Result tokens_handle_create(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	struct enrolment_token record = { 0 };
	char token[API_TOKEN_SIZE];

	if (request_json(request, &json) < 0 || read_order(request, json, &record) < 0)
		return reply_problem(request);
	api_token_generate(token);
	int r = api_token_hash(token, record.hash);
	if (r == 0)
		r = tokens_add_enrolment(request->collector->store, &record);
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "There is no host with this id.");
	if (r < 0)
		return reply_failure(request, r, "make an enrolment token");
	log_about(LOG_LEVEL_INFO, "token-made",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_TEXT("unit", record.unit),
			    LOG_NUMBER("machines", record.machines)),
		  "enrolment token for %lld machines of unit %s%s%s by %s",
		  (long long)record.machines, record.unit, *record.host ? ", host " : "",
		  record.host, request->person.name);
	return reply_json(request, MHD_HTTP_CREATED, enrolment_document(request, token, &record));
}

static const char *state_of(const struct listed_token *row, int64_t now)
{
	if (row->revoked)
		return "revoked";
	if (row->remaining == 0)
		return "used";
	return row->token.expires <= now ? "expired" : "good";
}

static int on_token(void *context, const struct listed_token *row)
{
	const struct enrolment_token *token = &row->token;
	json_t *json =
		json_pack("{ss ss so ss so so sI sI ss so}", "id", row->id, "unit", token->unit,
			  "host", *token->host ? json_string(token->host) : json_null(),
			  "created_by", token->created_by, "created", time_to_json(token->created),
			  "expires", time_to_json(token->expires), "machines",
			  (json_int_t)token->machines, "remaining", (json_int_t)row->remaining,
			  "state", state_of(row, (int64_t)time(NULL)), "used", json_array());

	return json_array_append_new(context, json) < 0 ? -ENOMEM : 0;
}

static int on_use(void *context, const struct token_use *row)
{
	json_t *token;
	size_t i;

	json_array_foreach (context, i, token) {
		if (strcmp(json_string_value(json_object_get(token, "id")), row->id) != 0)
			continue;
		json_t *use = json_pack("{ss ss so}", "host", row->host, "hostname", row->hostname,
					"time", time_to_json(row->time));
		return json_array_append_new(json_object_get(token, "used"), use) < 0 ? -ENOMEM : 0;
	}
	return 0; /* made between the two queries */
}

enum MHD_Result tokens_handle_list(struct request *request)
{
	json_t *tokens = json_array();
	int r = tokens ? tokens_each(request->collector->store, on_token, tokens) : -ENOMEM;

	if (r == 0)
		r = tokens_each_use(request->collector->store, on_use, tokens);
	if (r < 0) {
		json_decref(tokens);
		return reply_failure(request, r, "list enrolment tokens");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "tokens", tokens));
}

enum MHD_Result tokens_handle_revoke(struct request *request)
{
	_cleanup_json_ json_t *json = NULL;
	const char *reason;

	if (request_json(request, &json) < 0 ||
	    field_text(request, json, "reason", STORE_TEXT_SIZE - 1, true, &reason) < 0)
		return reply_problem(request);
	int r = tokens_revoke(request->collector->store, request->segment, request->person.name,
			      reason, (int64_t)time(NULL));
	if (r == -ENOENT || r == -EINVAL)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "There is no token with this id.");
	if (r < 0)
		return reply_failure(request, r, "revoke an enrolment token");
	log_about(LOG_LEVEL_INFO, "token-revoked",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name),
			    LOG_TEXT("token", request->segment)),
		  "%s by %s: %s", request->segment, request->person.name, reason);
	return reply_empty(request, MHD_HTTP_NO_CONTENT);
}
