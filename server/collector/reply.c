#include "reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"
#include "log.h"
#include "policy/text.h"
#include "server/store/room.h"

json_t *reply_time(int64_t seconds)
{
	char text[21];

	if (seconds == 0)
		return json_null();
	text_time(seconds, text);
	return json_string(text);
}

enum MHD_Result reply_response(struct request *request, unsigned status,
			       struct MHD_Response *response, const char *type)
{
	if (!response)
		return MHD_NO;
	enum MHD_Result result = MHD_add_response_header(response, "Cache-Control", "no-store");
	if (result == MHD_YES && type)
		result = MHD_add_response_header(response, "Content-Type", type);
	if (result == MHD_YES)
		result = MHD_queue_response(request->connection, status, response);
	MHD_destroy_response(response);
	if (result == MHD_YES)
		metrics_answered(&request->collector->metrics, status);
	return result;
}

/* Takes @bytes, also when the response cannot be made. */
static struct MHD_Response *response_of(char *bytes, size_t size)
{
	struct MHD_Response *response =
		bytes ? MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE) : NULL;

	if (!response)
		free(bytes);
	return response;
}

static struct MHD_Response *response_of_json(json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return response_of(text, text ? strlen(text) : 0);
}

enum MHD_Result reply_json(struct request *request, unsigned status, json_t *json)
{
	return reply_response(request, status, response_of_json(json), "application/json");
}

enum MHD_Result reply_bytes(struct request *request, const char *type, char *bytes, size_t size,
			    const char *etag)
{
	struct MHD_Response *response = response_of(bytes, size);
	char quoted[80];

	if (response && etag) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
		if (MHD_add_response_header(response, "ETag", quoted) != MHD_YES) {
			MHD_destroy_response(response);
			return MHD_NO;
		}
	}
	return reply_response(request, MHD_HTTP_OK, response, type);
}

enum MHD_Result reply_empty(struct request *request, unsigned status)
{
	return reply_response(request, status,
			      MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT),
			      NULL);
}

static enum MHD_Result add_headers(struct MHD_Response *response, const struct problem *problem)
{
	char seconds[16];
	enum MHD_Result result = MHD_YES;

	if (problem->allow)
		result = MHD_add_response_header(response, "Allow", problem->allow);
	if (result == MHD_YES && problem->retry_after_s > 0) {
		snprintf(seconds, sizeof(seconds), "%u", problem->retry_after_s);
		result = MHD_add_response_header(response, "Retry-After", seconds);
	}
	/* Whoever is shut out has no more business on this connection. */
	if (result == MHD_YES && (strcmp(problem->code, "certificate-revoked") == 0 ||
				  strcmp(problem->code, "cloned") == 0))
		result = MHD_add_response_header(response, "Connection", "close");
	if (result == MHD_YES && strcmp(problem->code, "unauthenticated") == 0)
		result = MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
	return result;
}

enum MHD_Result reply_problem(struct request *request)
{
	struct MHD_Response *response = response_of_json(problem_to_json(&request->problem));

	if (response && add_headers(response, &request->problem) != MHD_YES) {
		MHD_destroy_response(response);
		return MHD_NO;
	}
	return reply_response(request, request->problem.status, response,
			      "application/problem+json");
}

enum MHD_Result reply_refusal(struct request *request, unsigned status, const char *code,
			      const char *format, ...)
{
	char detail[sizeof(request->problem.detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	problem_set(&request->problem, status, code, "%s", detail);
	return reply_problem(request);
}

enum MHD_Result reply_full(struct request *request)
{
	disk_watch_count(&request->collector->disk);
	problem_full(&request->problem);
	return reply_problem(request);
}

/* A question that fails for want of room (its sorting, in /tmp) says nothing of records. */
static bool is_for_writing(const struct request *request)
{
	return request->route != NULL && strcmp(request->route->method, MHD_HTTP_METHOD_GET) != 0;
}

enum MHD_Result reply_failure(struct request *request, int error, const char *what)
{
	if (room_is_lacking(error) && is_for_writing(request)) {
		disk_watch_note(&request->collector->disk,
				*store_error() ? store_error() : strerror(-error));
		return reply_full(request);
	}
	/* A database may come back, a disk may get room. */
	bool passes =
		room_is_lacking(error) || error == -ENOMEM || error == -EIO || error == -EAGAIN;

	atomic_fetch_add(&request->collector->metrics.store_failures, 1);
	log_line(LOG_LEVEL_ERROR, "request-failed", "%s: %s (store: %s)", what, strerror(-error),
		 store_error());
	problem_set(&request->problem,
		    passes ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_INTERNAL_SERVER_ERROR,
		    passes ? "busy" : "internal", "The collector could not do this (%s: %s).", what,
		    strerror(-error));
	return reply_problem(request);
}
