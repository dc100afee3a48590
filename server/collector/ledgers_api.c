#include "ledgers_api.h"

#include <errno.h>

#include "collector.h"
#include "reply.h"
#include "server/store/ledgers.h"

static int on_row(void *context, const struct ledger_row *row)
{
	json_t *json =
		json_pack("{sI ss ss ss sI sI sb}", "number", (json_int_t)row->number, "host",
			  row->host, "hostname", row->hostname, "ledger", row->id, "lines",
			  (json_int_t)row->lines, "checkpointed", (json_int_t)row->checkpointed,
			  "quarantined", (int)row->quarantined);

	return json_array_append_new(context, json) < 0 ? -ENOMEM : 0;
}

enum MHD_Result ledgers_handle_list(struct request *request)
{
	uint64_t after;
	json_t *list;

	if (request_number(request, "after", INT64_MAX, 0, &after) < 0)
		return reply_problem(request);
	list = json_array();
	int r = list ? ledgers_each(request->collector->store, (int64_t)after, LEDGERS_LIMIT_MAX,
				    on_row, list)
		     : -ENOMEM;
	if (r < 0) {
		json_decref(list);
		return reply_failure(request, r, "list ledgers");
	}
	return reply_json(request, MHD_HTTP_OK, json_pack("{so}", "ledgers", list));
}
