/* enrolment - a machine shows a one-time token and a request for a certificate. */
#pragma once

#include "request.h"

/* POST /v1/enroll.  A machine that is known keeps its host id; its earlier certificates are
 * revoked. */
enum MHD_Result enrolment_handle(struct request *request);

/* POST /api/v1/tokens: make a one-time token, answered in the enrolment document. */
enum MHD_Result enrolment_handle_token(struct request *request);
