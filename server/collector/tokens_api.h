/* tokens_api - people's port: make, list and revoke the tokens that machines enrol with. */
#pragma once

#include "request.h"

enum MHD_Result tokens_handle_create(struct request *request);
enum MHD_Result tokens_handle_list(struct request *request);
enum MHD_Result tokens_handle_revoke(struct request *request);
