/* enrolment - a machine shows a token and gets a certificate, or one in use and gets its successor.
 */
#pragma once

#include "request.h"

/* POST /v1/enroll. */
enum MHD_Result enrolment_handle(struct request *request);
/* POST /v1/renew. */
enum MHD_Result enrolment_handle_renew(struct request *request);
