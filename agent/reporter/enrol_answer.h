/* enrol_answer - what the collector's answer to POST /v1/enroll means.  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The certificate of a 201 answer, {"host":"<uuid>","certificate":"<PEM>"}.  Gives *@ret_pem, to be
 * freed.  Returns 0; -EBADMSG; -ENOMEM. */
int enrol_answer_parse(const char *text, size_t size, char **ret_pem)
	__attribute__((warn_unused_result));

/* True if the refusal with this HTTP status stays one however often the same token is shown. */
bool enrol_answer_final(int status);
