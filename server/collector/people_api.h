/* people_api - what the people's port answers: its table, and the short answers about hosts and
 * reports. */
#pragma once

#include "route.h"

/* The table; static storage.  *@ret_n gets its length. */
const struct route *people_routes(size_t *ret_n);
