/* risk_file - a risk model of an officer, with its list of restricted vendors put in, read with its
 * errors shown as a compiler does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/risk/risk.h"
#include "policy/rules.h"

/* Complain that the document at @path was refused for @r, as risk_parse() and risk_merge() say. */
void risk_file_complain(const char *path, int r, const struct rules_error *error);

/* Read and parse the model at @path, with the vendors of the file @restricted added (NULL: none).
 * On -EBADMSG *@error says where and why, and it is complained of as "FILE:LINE:COLUMN: PATH:
 * what". Gives *@ret_text, to be freed, NUL-terminated: the file's own bytes, or with @restricted
 * the merged document without comments; and *@ret_risk, to risk_free.  Returns 0; -EBADMSG; -errno,
 * told. */
int risk_file_read(const char *path, const char *restricted, char **ret_text,
		   struct risk **ret_risk, struct rules_error *error)
	__attribute__((warn_unused_result));

/* True if a rule or a default of @rules leaves something to a risk model. */
bool risk_file_wanted(const struct rules *rules);
