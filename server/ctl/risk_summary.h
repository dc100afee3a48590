/* risk_summary - what a bundle's risk model says, and what it changes: part of a summary. */
#pragma once

#include <jansson.h>

#include "summary.h"

enum { RISK_LADDER_SIZE = 1024 };

/* "allow from 1, read-only from 9 with trail, deny from 20": the controls that scores call for. */
void risk_ladder_to_text(const struct risk *risk, char ret[static RISK_LADDER_SIZE]);

/* Print the model in one line, for a bundle of role policy. */
void risk_summary_print(const struct summary *summary);

/* Print what changes from the published model, value by value; nothing if there is no model before
 * or after.  Returns 0; -EBADMSG; -ENOMEM. */
int risk_summary_print_changes(const struct summary *summary) __attribute__((warn_unused_result));

/* Add "risk" to @json, and "risk_changes" if the summary compares.  0; -EBADMSG; -ENOMEM. */
int risk_summary_add_json(const struct summary *summary, json_t *json)
	__attribute__((warn_unused_result));
