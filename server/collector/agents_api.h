/* agents_api - what the agents' port answers: enrolment, events, policy, sections, status. */
#pragma once

#include "route.h"

/* The table; static storage.  *@ret_n gets its length. */
const struct route *agents_routes(size_t *ret_n);
