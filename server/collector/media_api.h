/* media_api - the register of media, on the people's port. */
#pragma once

#include "request.h"

/* GET /api/v1/media */
enum MHD_Result media_handle_list(struct request *request);
/* POST /api/v1/media: 201 with the entry; 409 for a tag or device that has one. */
enum MHD_Result media_handle_add(struct request *request);
/* DELETE /api/v1/media/TAG, {"reason"} */
enum MHD_Result media_handle_withdraw(struct request *request);
