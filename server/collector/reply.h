/* reply - answers.  Each queues one answer on the request's connection and returns what the handler
 * is to return; out of memory ends the connection. */
#pragma once

#include "request.h"

/* Takes @json, also on failure; NULL is out of memory. */
enum MHD_Result reply_json(struct request *request, unsigned status, json_t *json);
/* Takes @bytes, from malloc.  @etag: without quotes, or NULL. */
enum MHD_Result reply_bytes(struct request *request, const char *type, char *bytes, size_t size,
			    const char *etag);
/* A member of a body: an RFC 3339 time; null for 0, and out of memory NULL. */
json_t *reply_time(int64_t seconds);
/* Without a body: 201, 204. */
enum MHD_Result reply_empty(struct request *request, unsigned status);
/* A body made by @response; takes it. */
enum MHD_Result reply_response(struct request *request, unsigned status,
			       struct MHD_Response *response, const char *type);
/* What request->problem says. */
enum MHD_Result reply_problem(struct request *request);
/* Set request->problem and answer with it. */
enum MHD_Result reply_refusal(struct request *request, unsigned status, const char *code,
			      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* There is no room to keep what came: 503, "disk-full", and when to come again. */
enum MHD_Result reply_full(struct request *request);
/* The store or the machine failed with @error (-errno) at @what: logged; 503 if that may pass
 * (no space, no memory, no database), else 500. */
enum MHD_Result reply_failure(struct request *request, int error, const char *what);
