/* control_verbs - the verbs that the enforcer answers: status, devices, explain, offer,
 * trust-reload, settle.  Replies are in devgate-control(7). */
#pragma once

#include <stddef.h>

#include "control.h"

/* The table for control_init(); its handlers' userdata is the enforcer.  Static storage. */
extern const struct control_verb control_verbs[];
extern const size_t control_n_verbs;
