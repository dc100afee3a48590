/* risk_check - is this risk model, or list of restricted vendors, one that could be signed? */
#pragma once

#include <stdbool.h>

struct ctl;

/* If the file at @path says that it is one of the two, check it, tell the outcome, put the STATUS_
 * into *@ret_status and return true.  False for anything else, also what cannot be read: nothing is
 * told then. */
bool risk_check(const struct ctl *ctl, const char *path, int *ret_status);
