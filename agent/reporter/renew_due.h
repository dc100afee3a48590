/* renew_due - when a certificate is to be renewed.  Pure. */
#pragma once

#include <stdint.h>

#include "identity.h"

/* A time in the first two thirds of the last third of its life, so that there is time to try again;
 * each machine has another, and keeps it over restarts.  Seconds since 1970, UTC. */
int64_t renew_due(const struct identity *identity);

/* The ceiling of the waits between tries: a twentieth of that third, 1 second to an hour. */
uint32_t renew_retry_max_ms(const struct identity *identity);
