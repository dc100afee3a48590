#include "problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <microhttpd.h>
#include <sodium.h>

#include "policy/text.h"

enum { FULL_RETRY_AFTER_S = 30 };

int problem_set(struct problem *ret, unsigned status, const char *code, const char *format, ...)
{
	char detail[sizeof(ret->detail)];
	va_list args;

	*ret = (struct problem){ .status = status, .code = code };
	va_start(args, format);
	int r = vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	size_t size = r < 0 ? 0 : (size_t)r < sizeof(detail) ? (size_t)r : sizeof(detail) - 1;
	text_sanitise(detail, size, ret->detail, sizeof(ret->detail));
	return -EACCES;
}

int problem_full(struct problem *ret)
{
	int r = problem_set(
		ret, MHD_HTTP_SERVICE_UNAVAILABLE, "disk-full",
		"The collector has no room to keep this: it is not taken.  Keep it, and "
		"send it again.");

	ret->retry_after_s = FULL_RETRY_AFTER_S + randombytes_uniform(FULL_RETRY_AFTER_S);
	return r;
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
