/* status_body - what of the enforcer's status goes to the collector (POST /v1/status).  Pure. */
#pragma once

#include <jansson.h>

/* The document for @status, the enforcer's reply to the verb "status"; NULL if it did not answer,
 * which the document says.  Gives *@ret, JSON text, to be freed.
 * Returns 0; -EBADMSG if @status lacks a member; -ENOMEM. */
int status_body(const json_t *status, char **ret) __attribute__((warn_unused_result));
