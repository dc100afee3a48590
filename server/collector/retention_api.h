/* retention_api - people's calls about how long records are kept, what is held, what is disposed
 * of, and who did what here. */
#pragma once

#include "policy/retention.h"
#include "request.h"

enum {
	AUDIT_LIMIT_MAX = 1000,
	DISPOSAL_STEPS_MAX = 40, /* in one answer: so many times DISPOSALS_STEP lines */
};

/* GET and PUT /api/v1/retention: the settings (policy/retention.h), with version, time and by. */
enum MHD_Result retention_handle_show(struct request *request);
enum MHD_Result retention_handle_set(struct request *request);

/* GET /api/v1/holds?all=1, POST /api/v1/holds, POST /api/v1/holds/ID/release {"reason"} */
enum MHD_Result retention_handle_holds(struct request *request);
enum MHD_Result retention_handle_hold(struct request *request);
enum MHD_Result retention_handle_release(struct request *request);

/* GET (count only) and POST /api/v1/disposals?ledger=N&seq=N: deal with the next lines; "next" says
 * where to go on, or is null. */
enum MHD_Result retention_handle_due(struct request *request);
enum MHD_Result retention_handle_dispose(struct request *request);

/* GET /api/v1/audit?after=N: {"lines":["...",...]}, the exact lines. */
enum MHD_Result retention_handle_audit(struct request *request);
