/* usage_table - the usage report as a table for people.  Pure. */
#pragma once

#include <jansson.h>

#include "table.h"

/* The rows and totals of a usage report ({"rows":[...],"totals":{...}}).  Gives a table, freed with
 * table_free; NULL when out of memory. */
struct table *usage_table(const json_t *report);
