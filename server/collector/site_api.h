/* site_api - how the site is, for who looks after it: devgatectl doctor. */
#pragma once

#include "request.h"

/* GET /api/v1/site */
enum MHD_Result site_handle_get(struct request *request);
