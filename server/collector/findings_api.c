#include "findings_api.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "collector.h"
#include "field.h"
#include "log.h"
#include "reply.h"
#include "server/pki/cleanup.h"
#include "server/store/findings.h"

static int on_finding(void *context, const struct finding *finding)
{
	json_t *json =
		json_pack("{sI so ss ss sI ss ss so ss ss}", "id", (json_int_t)finding->id, "time",
			  reply_time(finding->time), "host", finding->host, "ledger",
			  finding->ledger, "seq", (json_int_t)finding->seq, "kind", finding->kind,
			  "text", finding->text, "closed", reply_time(finding->closed), "closed_by",
			  finding->closed_by, "closed_reason", finding->closed_reason);

	return json_array_append_new(context, json) < 0 ? -ENOMEM : 0;
}

enum MHD_Result findings_handle_list(struct request *request)
{
	const char *all = request_argument(request, "all");
	json_t *list = json_array();
	int r = list ? findings_each(request->collector->store, all && strcmp(all, "1") == 0,
				     on_finding, list)
		     : -ENOMEM;

	if (r < 0) {
		json_decref(list);
		return reply_failure(request, r, "list findings");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "findings", list));
}

enum MHD_Result findings_handle_close(struct request *request)
{
	struct finding_closing closing = { .time = (int64_t)time(NULL),
					   .by = request->person.name };
	_cleanup_json_ json_t *json = NULL;

	if (request_json(request, &json) < 0 ||
	    field_text(request, json, "reason", FINDING_REASON_MAX, true, &closing.reason) < 0)
		return reply_problem(request);
	int r = request_row(request, &closing.id);
	if (r == 0)
		r = findings_close(request->collector->store, &closing);
	if (r == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "There is no open finding with this number.");
	if (r < 0)
		return reply_failure(request, r, "close a finding");
	log_about(
		LOG_LEVEL_INFO, "finding-closed",
		LOG_ABOUT(LOG_TEXT("by", request->person.name), LOG_NUMBER("finding", closing.id)),
		"%" PRId64 " by %s: %s", closing.id, request->person.name, closing.reason);
	return reply_empty(request, MHD_HTTP_NO_CONTENT);
}
