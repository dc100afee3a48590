/* ledgers_api - people's calls about which ledgers are held. */
#pragma once

#include "request.h"

enum { LEDGERS_LIMIT_MAX = 1000 };

/* GET /api/v1/ledgers?after=N: {"ledgers":[{"number","host","hostname","ledger","lines",
 * "checkpointed","quarantined"}]}, those after number N, LEDGERS_LIMIT_MAX at most. */
enum MHD_Result ledgers_handle_list(struct request *request);
