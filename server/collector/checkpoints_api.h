/* checkpoints_api - people's calls about signed checkpoints, and proofs from the tree they sign. */
#pragma once

#include "request.h"

enum { CHECKPOINTS_LIMIT_MAX = 1000 };

/* GET /api/v1/checkpoints?after=N: notes after number N, and the verifier key. */
enum MHD_Result checkpoints_handle_list(struct request *request);
/* GET /api/v1/checkpoints/consistency?old=M&size=N */
enum MHD_Result checkpoints_handle_consistency(struct request *request);
/* GET /api/v1/checkpoints/inclusion?host=H&ledger=L&size=N: the latest leaf of a ledger among the
 * first N, and its proof. */
enum MHD_Result checkpoints_handle_inclusion(struct request *request);
/* GET /api/v1/checkpoints/leaves?size=N: the first N leaves, one a line, as they are hashed. */
enum MHD_Result checkpoints_handle_leaves(struct request *request);
