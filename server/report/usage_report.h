/* usage_report - the usage of portable devices over some days, as JSON or CSV.
 * One row for each (day, host, unit, person, device). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "server/store/usage.h"

enum { USAGE_REPORT_MAX_ROWS = 200000, USAGE_REPORT_MAX_DAYS = 366 };

enum report_format { REPORT_JSON, REPORT_CSV };

/* Check a period: two days that exist, "2026-11-22", in order, at most USAGE_REPORT_MAX_DAYS.
 * Returns 0; -EINVAL for a day that is none or is out of order; -ERANGE if it is too long. */
int usage_report_check_period(const char *from, const char *to) __attribute__((warn_unused_result));

/* Write the report.  @now: the time it is generated.  JSON: {"from","to","generated","rows":[...],
 * "totals":{...}}; CSV: a header line, the rows, no totals.  Gives *@ret, to be freed.
 * Returns 0; -E2BIG above USAGE_REPORT_MAX_ROWS; -ENOMEM; errors of the store. */
int usage_report_write(struct store *store, const struct usage_query *query,
		       enum report_format format, int64_t now, char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));
