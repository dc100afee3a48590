#include "grants_api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "collector.h"
#include "log.h"
#include "policy/text.h"
#include "reply.h"
#include "server/pki/cleanup.h"
#include "server/store/grants.h"

static int on_envelope(void *context, const struct grant_record *grant)
{
	return json_array_append_new(context, json_stringn(grant->text, grant->size)) < 0 ? -ENOMEM
											  : 0;
}

/* The list as its text, with its digest. */
static int read_list(struct request *request, char **ret, char ret_sha256[static 65])
{
	_cleanup_json_ json_t *list = json_array(), *root = NULL;
	uint8_t hash[STORE_HASH_SIZE];
	char *text;
	int r = list == NULL ? -ENOMEM
			     : grants_each_of(request->collector->store, request->host,
					      (int64_t)time(NULL), on_envelope, list);

	if (r < 0)
		return r;
	root = json_pack("{sO}", "grants", list);
	text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
	if (text == NULL)
		return -ENOMEM;
	crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
	text_hex(hash, sizeof(hash), ret_sha256);
	*ret = text;
	return 0;
}

/* Wait for news.  What the handler returns. */
static enum MHD_Result wait_or_end(struct request *request, uint64_t generation, uint64_t wait_s)
{
	int r = waiters_suspend(&request->collector->waiters, &request->wait, generation,
				(unsigned)wait_s);

	if (r == 0)
		return MHD_YES;
	if (r == -EAGAIN)
		return grants_handle_poll(request);
	if (r == -ETIME)
		return reply_empty(request, MHD_HTTP_NO_CONTENT);
	problem_set(&request->problem, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
		    "Too many machines wait already; ask again later.");
	return reply_problem(request);
}

enum MHD_Result grants_handle_poll(struct request *request)
{
	const char *have = request_argument(request, "have");
	char *text, sha256[65];
	uint64_t wait_s;

	if (request_number(request, "wait", WAIT_MAX_S, 0, &wait_s) < 0)
		return reply_problem(request);
	request->wait.topic = TOPIC_GRANTS;
	request->wait.key = request->host;
	uint64_t generation = waiters_generation(&request->collector->waiters, TOPIC_GRANTS);
	int r = read_list(request, &text, sha256);
	if (r < 0)
		return reply_failure(request, r, "read grants");
	if (have == NULL || strcmp(have, sha256) != 0)
		return reply_bytes(request, "application/json", text, strlen(text), sha256);
	free(text);
	return wait_or_end(request, generation, wait_s);
}

static const char *state_of(const struct grant *grant, int64_t now)
{
	return grant->withdrawn	     ? "withdrawn"
	       : grant->until <= now ? "over"
	       : grant->from > now   ? "to-come"
				     : "current";
}

/* What was published is the grant itself, with what is known of it. */
static json_t *grant_to_json(const struct grant *grant, const struct grant_record *record)
{
	_cleanup_free_ char *text = NULL;
	char published[21];
	json_t *json;

	if (grant_encode(grant, &text) < 0)
		return NULL;
	json = json_loads(text, 0, NULL);
	text_time(record->published, published);
	if (json == NULL || json_object_del(json, "schema") < 0 ||
	    json_object_set_new(json, "hostname", json_string(record->hostname)) < 0 ||
	    json_object_set_new(json, "published", json_string(published)) < 0 ||
	    json_object_set_new(json, "published_by", json_string(record->published_by)) < 0 ||
	    json_object_set_new(json, "state", json_string(state_of(grant, (int64_t)time(NULL)))) <
		    0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static int on_grant(void *context, const struct grant_record *record)
{
	struct grant grant;
	struct dsse dsse;
	int r = dsse_parse(&dsse, record->text, record->size);

	if (r < 0)
		return r;
	r = grant_parse(&grant, dsse.payload, dsse.payload_size);
	dsse_finish(&dsse);
	if (r < 0)
		return r;
	return json_array_append_new(context, grant_to_json(&grant, record)) < 0 ? -ENOMEM : 0;
}

enum MHD_Result grants_handle_list(struct request *request)
{
	json_t *list = json_array();
	int r = list ? grants_each(request->collector->store, on_grant, list) : -ENOMEM;

	if (r < 0) {
		json_decref(list);
		return reply_failure(request, r, "list grants");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "grants", list));
}

static enum MHD_Result refuse(struct request *request, enum grant_refusal refusal)
{
	return reply_refusal(request, MHD_HTTP_UNPROCESSABLE_CONTENT,
			     grant_refusal_to_text(refusal), "%s", grant_refusal_explain(refusal));
}

static int publish(struct request *request, const struct grant *grant)
{
	char machine[2 * GRANT_MACHINE_SIZE + 1];
	const struct grant_record record = { .id = grant->id,
					     .host = grant->host,
					     .version = grant->version,
					     .until = grant->until,
					     .withdrawn = grant->withdrawn,
					     .text = request->body.bytes,
					     .size = request->body.size };

	text_hex(grant->machine, sizeof(grant->machine), machine);
	return grants_publish(request->collector->store, &record, machine, request->person.name,
			      (int64_t)time(NULL));
}

enum MHD_Result grants_handle_publish(struct request *request)
{
	struct grant grant;
	enum grant_refusal refusal =
		grant_verify(&request->collector->config.trust, request->body.bytes,
			     request->body.size, (int64_t)time(NULL), &grant);

	if (refusal != GRANT_OK)
		return refuse(request, refusal);
	int r = publish(request, &grant);
	if (r == -EEXIST)
		return refuse(request, GRANT_OLD);
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_UNPROCESSABLE_CONTENT,
				     grant_refusal_to_text(GRANT_OTHER_HOST),
				     "No workstation with this id has enrolled as that machine.");
	if (r == -EXDEV)
		return reply_refusal(request, MHD_HTTP_CONFLICT, "conflict",
				     "This id is of a grant for another workstation.");
	if (r == -EMLINK)
		return reply_refusal(
			request, MHD_HTTP_CONFLICT, "cloned",
			"Another workstation has the same machine id, and the grant "
			"would be good there, too.  Give one of them a machine id of its "
			"own, enrol it again, and revoke what it was before.");
	if (r < 0)
		return reply_failure(request, r, "publish a grant");
	log_about(LOG_LEVEL_INFO, "grant-published",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_TEXT("grant", grant.id),
			    LOG_TEXT("host", grant.host), LOG_NUMBER("version", grant.version)),
		  "%s version %llu for host %s by %s", grant.id, (unsigned long long)grant.version,
		  grant.host, request->person.name);
	waiters_wake_key(&request->collector->waiters, TOPIC_GRANTS, grant.host);
	return reply_json(
		request, MHD_HTTP_CREATED,
		json_pack("{ss sI}", "id", grant.id, "version", (json_int_t)grant.version));
}
