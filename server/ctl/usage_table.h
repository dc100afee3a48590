/* usage_table - the usage report as a table for people.  Pure. */
#pragma once

#include <jansson.h>

#include "table.h"

/* The rows and totals of a usage report ({"rows":[...],"totals":{...}}).  Gives a table, freed with
 * table_free; NULL when out of memory. */
struct table *usage_table(const json_t *report);

/* True if @text (@size bytes), a report as CSV, has nothing that a terminal acts on: the collector
 * cleans all that is in a report, so one that has was not made by it. */
bool usage_csv_is_clean(const char *text, size_t size);
