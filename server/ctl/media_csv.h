/* media_csv - enter many media in the register, from a list with a header line.
 * The list is read by policy/import's CSV reader (columns in any order: vendor, product, serial,
 * tag, name, custodian, unit, verdict, modifiers, functions).  It is checked whole before anything
 * is sent; what the register holds already, and says the same of, is left as it is. */
#pragma once

#include "ctl.h"
#include "media_register.h"
#include "policy/import/import.h"

/* Register the media of the file @path.  Tells what it did, and each line that was not taken.
 * Returns a STATUS_. */
int media_csv_register(const struct ctl *ctl, const char *path);

/* Check that each medium of @import can be registered: has a tag of its own and texts that fit.
 * Complains of each line of @path that does not.  Returns how many those are. */
size_t media_csv_check(const char *path, const struct import *import);

enum media_csv_state {
	MEDIA_CSV_NEW,
	MEDIA_CSV_KNOWN, /* registered, and the same is said of it */
	MEDIA_CSV_OTHER, /* registered otherwise */
};

/* What @media holds of @medium; *@ret gets the entry, NULL for a new one. */
enum media_csv_state media_csv_compare(const struct media_register *media,
				       const struct import_medium *medium,
				       const struct medium **ret);
