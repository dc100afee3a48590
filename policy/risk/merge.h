/* risk_merge - put a list of restricted vendors, kept as a file of its own (schema
 * devgate-restricted-1), into a risk model, so that what is signed is one whole document.
 * Pure. */
#pragma once

#include "risk.h"

/* True if @text says that it is a list of restricted vendors, good or not. */
bool risk_is_list(const char *text, size_t size);

/* Add the vendors of @list to those of @model, which risk_parse() has taken.  Gives *@ret, the
 * model without its comments, to be freed.  A vendor may not be in both.  Returns 0; -EBADMSG with
 * *@error filled, about @list; -E2BIG, so too; -ENOMEM. */
int risk_merge(const char *model, const char *list, char **ret, struct rules_error *error)
	__attribute__((warn_unused_result));
