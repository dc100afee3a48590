/* upload_answer - what the collector's answer to POST /v1/events asks of the reporter.
 * Pure: a table of reactions. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum upload_action {
	UPLOAD_ACKED,  /* all up to .acked is durable at the collector */
	UPLOAD_RESUME, /* it has .acked and wants the next */
	UPLOAD_HALVE,  /* the batch was too large */
	UPLOAD_STOP,   /* this ledger does not fit what the collector has: only a person can help */
	UPLOAD_RETRY,  /* not now; wait .wait_s, or back off when that is 0 */
	UPLOAD_DENIED, /* this machine's certificate is not accepted */
};

struct upload_answer {
	enum upload_action action;
	uint64_t acked;	 /* of UPLOAD_ACKED and UPLOAD_RESUME */
	unsigned wait_s; /* of UPLOAD_RETRY */
};

/* @status: HTTP status, 0 if there was no answer.  @body: @size bytes.  @retry_after_s: 0 if the
 * answer has none. */
void upload_answer_parse(struct upload_answer *ret, int status, const char *body, size_t size,
			 unsigned retry_after_s);
