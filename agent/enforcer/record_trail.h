/* record_trail - a "file.*" event of what devgate-filewatch handed over.  devgate-event(5). */
#pragma once

#include <jansson.h>

#include "agent/common/trail_record.h"
#include "stays.h"

/* "file.written" and the like.  Static storage. */
const char *record_trail_kind(enum trail_kind kind);

/* The members.  @stay: NULL if it is not known any more.  NULL out of memory. */
json_t *record_trail(const struct trail_record *record, const struct stay *stay);
