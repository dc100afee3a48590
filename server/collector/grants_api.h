/* grants_api - officers' grants: carried to the workstation that each is for, and shown. */
#pragma once

#include "policy/grant.h"
#include "request.h"

/* GET /v1/grants?have=ETAG&wait=S: {"grants":["<envelope>", ...]}, those of the host that asks. */
enum MHD_Result grants_handle_poll(struct request *request);

/* GET and POST /api/v1/grants. */
enum MHD_Result grants_handle_list(struct request *request);
enum MHD_Result grants_handle_publish(struct request *request);
