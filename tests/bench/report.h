/* report - what a bench has measured: a table for people, a JSON document for programs. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

/* What a figure is held against; leave out what there is none of. */
struct report_target {
	double at_least, at_most; /* 0: no such target */
	double peer;		  /* the peer's figure, in the same unit; 0: none */
	double ratio;		  /* how many times better than the peer; 0: none */
	double ratio_wanted;	  /* at least; 0: no target */
};

/* Begin a report; @method says in a sentence how it was measured.  Gives it. */
json_t *report_new(const char *method);

/* What was measured with: { "name": "version" }. */
void report_version(json_t *report, const char *name, const char *version);

/* Add one figure, and print its line.  @target may be NULL. */
void report_add(json_t *report, const char *name, double value, const char *unit,
		const struct report_target *target);

/* Write it to @path; and free it.  Returns false if a target was missed or it cannot be written. */
bool report_finish(json_t *report, const char *path);
