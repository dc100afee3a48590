/* event_text - one record of the ledger as one line for people. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Write @line (a ledger line, @size bytes without its '\n') to @to: local time, kind, and what
 * matters of that kind.  A line that is no JSON object is shown as such, made printable. */
void event_text_print(const char *line, size_t size, FILE *to);

/* The time of a ledger line in seconds since 1970, or -EBADMSG. */
int event_text_time(const char *line, size_t size, int64_t *ret)
	__attribute__((warn_unused_result));
