/* authenticate - may this request be made by whoever makes it? */
#pragma once

#include "request.h"

/* Is the request made by somebody of @access?  Fills request->host or request->person.
 * Returns 0; -EACCES, and request->problem says why (401, 403, 500). */
int authenticate(struct request *request, enum access access) __attribute__((warn_unused_result));
