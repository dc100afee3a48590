/* events_api - the records, listed and followed, or as the exact lines. */
#pragma once

#include "request.h"

enum {
	EVENTS_LIMIT_MAX = 1000,
	EVENTS_BYTES_MAX = 4 * 1024 * 1024, /* of lines in one answer; then "next" comes sooner */
};

/* GET /api/v1/events?after=&host=&kind=&limit=&wait= */
enum MHD_Result events_handle_list(struct request *request);

/* GET /api/v1/events/raw?host=&ledger=: NDJSON; without @ledger all of the host's, oldest first. */
enum MHD_Result events_handle_raw(struct request *request);
