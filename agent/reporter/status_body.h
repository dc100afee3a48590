/* status_body - what of the enforcer's status goes to the collector (POST /v1/status).  Pure. */
#pragma once

#include <jansson.h>

#include "machine.h"

/* The document for @status, the enforcer's reply to the verb "status"; NULL if it did not answer,
 * which the document says.  With it go which machine this is, and @now, what its clock says.  Gives
 * *@ret, JSON text, to be freed.  Returns 0; -EBADMSG if @status lacks a member; -ENOMEM. */
int status_body(const json_t *status, const struct machine *machine, int64_t now, char **ret)
	__attribute__((warn_unused_result));
