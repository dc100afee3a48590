#include "retention_api.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "collector.h"
#include "field.h"
#include "log.h"
#include "policy/text.h"
#include "reply.h"
#include "server/pki/cleanup.h"
#include "server/store/audit.h"
#include "server/store/disposals.h"
#include "server/store/holds.h"
#include "server/store/retentions.h"

enum MHD_Result retention_handle_show(struct request *request)
{
	struct retention_set set;
	int r = retentions_current(request->collector->store, &set);
	json_t *kinds;

	if (r < 0)
		return reply_failure(request, r, "read the retention settings");
	kinds = json_object();
	for (size_t i = 0; kinds && i < set.retention.n_kinds; i++)
		json_object_set_new(kinds, set.retention.kinds[i].name,
				    json_integer(set.retention.kinds[i].days));
	return reply_json(request, MHD_HTTP_OK,
			  json_pack("{sI so ss s{si si so}}", "version",
				    (json_int_t)set.retention.version, "time", reply_time(set.time),
				    "by", set.by, "settings", "days", (int)set.retention.days,
				    "person_days", (int)set.retention.person_days, "kinds", kinds));
}

enum MHD_Result retention_handle_set(struct request *request)
{
	struct retention retention;
	char error[128] = "";
	uint64_t version = 0;
	int r = retention_parse(&retention, request->body.bytes, request->body.size, error);

	if (r < 0)
		return reply_refusal(request, MHD_HTTP_BAD_REQUEST, "bad-request",
				     "The retention settings are not right: %s.", error);
	r = retentions_set(request->collector->store, request->body.bytes, request->person.name,
			   (int64_t)time(NULL), &version);
	if (r < 0)
		return reply_failure(request, r, "set how long records are kept");
	log_about(LOG_LEVEL_INFO, "retention-set",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_NUMBER("version", version)),
		  "version %" PRIu64 " by %s", version, request->person.name);
	return reply_json(request, MHD_HTTP_OK, json_pack("{sI}", "version", (json_int_t)version));
}

static int on_hold(void *context, const struct hold *hold)
{
	json_t *json = json_pack(
		"{sI ss ss ss ss ss ss so ss so ss ss}", "id", (json_int_t)hold->id, "host",
		hold->host, "person", hold->person, "device", hold->device, "from", hold->first_day,
		"to", hold->last_day, "reason", hold->reason, "created", reply_time(hold->created),
		"created_by", hold->created_by, "released", reply_time(hold->released),
		"released_by", hold->released_by, "released_reason", hold->released_reason);

	return json_array_append_new(context, json) < 0 ? -ENOMEM : 0;
}

enum MHD_Result retention_handle_holds(struct request *request)
{
	const char *all = request_argument(request, "all");
	json_t *list = json_array();
	int r = list ? holds_each(request->collector->store, all && strcmp(all, "1") == 0, on_hold,
				  list)
		     : -ENOMEM;

	if (r < 0) {
		json_decref(list);
		return reply_failure(request, r, "list holds");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "holds", list));
}

/* "" or a day. */
static int read_day(struct request *request, const json_t *json, const char *name, const char **ret)
{
	char text[24];
	int64_t ignored;

	if (field_text(request, json, name, HOLD_DAY_SIZE - 1, false, ret) < 0)
		return -EACCES;
	snprintf(text, sizeof(text), "%sT00:00:00Z", *ret);
	if (**ret == '\0' || text_time_parse(text, &ignored) == 0)
		return 0;
	return problem_set(&request->problem, MHD_HTTP_BAD_REQUEST, "bad-request",
			   "\"%s\" must be a day, 2026-11-22.", name);
}

static int read_hold(struct request *request, const json_t *json, struct hold *ret)
{
	size_t max = STORE_TEXT_SIZE - 1;

	if (field_text(request, json, "host", STORE_UUID_SIZE - 1, false, &ret->host) < 0 ||
	    field_text(request, json, "person", max, false, &ret->person) < 0 ||
	    field_text(request, json, "device", HOLD_DEVICE_SIZE - 1, false, &ret->device) < 0 ||
	    read_day(request, json, "from", &ret->first_day) < 0 ||
	    read_day(request, json, "to", &ret->last_day) < 0)
		return -EACCES;
	return field_text(request, json, "reason", max, true, &ret->reason);
}

enum MHD_Result retention_handle_hold(struct request *request)
{
	struct hold hold = { .created = (int64_t)time(NULL), .created_by = request->person.name };
	_cleanup_json_ json_t *json = NULL;
	int64_t id = 0;

	if (request_json(request, &json) < 0 || read_hold(request, json, &hold) < 0)
		return reply_problem(request);
	int r = holds_add(request->collector->store, &hold, &id);
	if (r == -EDQUOT)
		return reply_refusal(request, MHD_HTTP_CONFLICT, "conflict",
				     "There are %d holds already; release some.", HOLDS_MAX);
	if (r < 0)
		return reply_failure(request, r, "add a hold");
	log_about(LOG_LEVEL_INFO, "hold-added",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_NUMBER("hold", id)),
		  "%" PRId64 " by %s: %s", id, request->person.name, hold.reason);
	return reply_json(request, MHD_HTTP_CREATED, json_pack("{sI}", "id", (json_int_t)id));
}

enum MHD_Result retention_handle_release(struct request *request)
{
	struct hold hold = { .released = (int64_t)time(NULL), .released_by = request->person.name };
	_cleanup_json_ json_t *json = NULL;

	if (request_json(request, &json) < 0 ||
	    field_text(request, json, "reason", STORE_TEXT_SIZE - 1, true, &hold.released_reason) <
		    0)
		return reply_problem(request);
	int r = request_row(request, &hold.id);
	if (r == 0)
		r = holds_release(request->collector->store, &hold);
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "There is no hold with this number that was not released.");
	if (r < 0)
		return reply_failure(request, r, "release a hold");
	log_about(LOG_LEVEL_INFO, "hold-released",
		  LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_NUMBER("hold", hold.id)),
		  "%" PRId64 " by %s: %s", hold.id, request->person.name, hold.released_reason);
	return reply_empty(request, MHD_HTTP_NO_CONTENT);
}

static int step_through(struct request *request, const struct disposals *disposals,
			struct disposals_cursor *cursor, struct disposals_tally *tally)
{
	int r = 1;

	for (int i = 0; i < DISPOSAL_STEPS_MAX && r > 0; i++)
		r = disposals_step(request->collector->store, disposals, cursor, tally);
	if (r >= 0) {
		int finished = disposals_finish(request->collector->store, disposals,
						request->person.name, tally);
		r = finished < 0 ? finished : r;
	}
	return r;
}

static enum MHD_Result dispose(struct request *request, bool dry)
{
	const struct checkpoint_key *key = &request->collector->config.checkpoint_key;
	struct disposals_tally tally = { 0 };
	struct disposals_cursor cursor;
	struct retention_set set;
	uint64_t ledger, seq;

	if (request_number(request, "ledger", INT64_MAX, 0, &ledger) < 0 ||
	    request_number(request, "seq", INT64_MAX, 0, &seq) < 0)
		return reply_problem(request);
	cursor = (struct disposals_cursor){ (int64_t)ledger, seq };
	int r = retentions_current(request->collector->store, &set);
	if (r == 0) {
		const struct disposals disposals = { &set.retention, &key->key, key->secret,
						     (int64_t)time(NULL), dry };
		r = step_through(request, &disposals, &cursor, &tally);
	}
	if (r < 0)
		return reply_failure(request, r, "dispose of records");
	return reply_json(
		request, MHD_HTTP_OK,
		json_pack("{sI sI sI sI sI sI sI sI sI so}", "disposed", (json_int_t)tally.disposed,
			  "held", (json_int_t)tally.held, "damaged", (json_int_t)tally.damaged,
			  "persons", (json_int_t)tally.persons, "grants", (json_int_t)tally.grants,
			  "findings", (json_int_t)tally.findings, "tokens",
			  (json_int_t)tally.tokens, "starts", (json_int_t)tally.starts, "names",
			  (json_int_t)tally.names, "next",
			  r > 0 ? json_pack("{sI sI}", "ledger", (json_int_t)cursor.ledger, "seq",
					    (json_int_t)cursor.seq)
				: json_null()));
}

enum MHD_Result retention_handle_due(struct request *request)
{
	return dispose(request, true);
}

enum MHD_Result retention_handle_dispose(struct request *request)
{
	return dispose(request, false);
}

static int on_line(void *context, uint64_t seq, const char *line, size_t size)
{
	(void)seq;
	return json_array_append_new(context, json_stringn(line, size)) < 0 ? -ENOMEM : 0;
}

enum MHD_Result retention_handle_audit(struct request *request)
{
	uint64_t after;
	json_t *list;

	if (request_number(request, "after", INT64_MAX, 0, &after) < 0)
		return reply_problem(request);
	list = json_array();
	int r = list ? audit_each(request->collector->store, after, AUDIT_LIMIT_MAX, on_line, list)
		     : -ENOMEM;
	if (r < 0) {
		json_decref(list);
		return reply_failure(request, r, "read the audit log");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "lines", list));
}
