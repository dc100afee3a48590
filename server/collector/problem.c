#include "problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <microhttpd.h>
#include <sodium.h>

#include "policy/text.h"

enum { RETRY_LEAST_S = 30, RETRY_MOST_S = 60 }; /* of a 503 */

int problem_set(struct problem *ret, unsigned status, const char *code, const char *format, ...)
{
	char detail[sizeof(ret->detail)];
	va_list args;

	*ret = (struct problem){ .status = status, .code = code };
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		problem_retry(ret, RETRY_LEAST_S, RETRY_MOST_S);
	va_start(args, format);
	int r = vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	size_t size = r < 0 ? 0 : (size_t)r < sizeof(detail) ? (size_t)r : sizeof(detail) - 1;
	text_sanitise(detail, size, ret->detail, sizeof(ret->detail));
	return -EACCES;
}

void problem_retry(struct problem *problem, unsigned least_s, unsigned most_s)
{
	problem->retry_after_s = least_s + randombytes_uniform(most_s - least_s + 1);
}

int problem_full(struct problem *ret)
{
	return problem_set(ret, MHD_HTTP_SERVICE_UNAVAILABLE, "disk-full",
			   "The collector has no room to keep this: it is not taken.  Keep it, and "
			   "send it again.");
}

json_t *problem_to_json(const struct problem *problem)
{
	json_t *json =
		json_pack("{ss ss si ss ss}", "type", "about:blank", "title",
			  MHD_get_reason_phrase_for(problem->status), "status",
			  (int)problem->status, "detail", problem->detail, "code", problem->code);

	if (json && problem->has_acked &&
	    json_object_set_new(json, "acked", json_integer((json_int_t)problem->acked)) < 0) {
		json_decref(json);
		return NULL;
	}
	return json;
}
