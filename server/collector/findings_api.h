/* findings_api - people's calls about what was found wrong: list it, and close what was seen to. */
#pragma once

#include "request.h"

/* GET /api/v1/findings?all=1: those that are open, and with all=1 the closed ones, too. */
enum MHD_Result findings_handle_list(struct request *request);

/* POST /api/v1/findings/ID/close {"reason"} */
enum MHD_Result findings_handle_close(struct request *request);
