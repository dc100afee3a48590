/* trouble - say once that something does not work, and once that it works again.
 * What is tried every few seconds for a week must not write a line each time. */
#pragma once

#include <stdbool.h>

struct trouble {
	const char *id;	  /* message id for the log; static storage */
	const char *what; /* "uploading records"; static storage */
	char last[512];	  /* what was said last; "" if all is well */
};

/* It failed: logs a warning if this differs from what was said last. */
void trouble_note(struct trouble *trouble, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* It works: logs that if there was trouble. */
void trouble_over(struct trouble *trouble);
