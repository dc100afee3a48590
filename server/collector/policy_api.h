/* policy_api - policy as it is published and fetched, on both ports. */
#pragma once

#include "request.h"

/* GET /v1/policy?role=&have=&wait=: the envelope in force if it is another than @have, or 204. */
enum MHD_Result policy_handle_poll(struct request *request);
/* GET .../sections/SHA256; compressed for those who accept zstd. */
enum MHD_Result policy_handle_section(struct request *request);

/* GET /api/v1/policy?role= */
enum MHD_Result policy_handle_current(struct request *request);
/* POST /api/v1/policy?role=: verify an envelope against the trust root and publish it. */
enum MHD_Result policy_handle_publish(struct request *request);
/* PUT /api/v1/sections/SHA256 */
enum MHD_Result policy_handle_put_section(struct request *request);
/* GET /api/v1/trust-root */
enum MHD_Result policy_handle_trust_root(struct request *request);
