/* rules_file - a rules document of an officer, read with its errors shown as a compiler does. */
#pragma once

#include <stddef.h>

#include "policy/rules.h"

/* Complain of @error, found in the file @path, as "FILE:LINE:COLUMN: PATH: what". */
void rules_file_complain(const char *path, const struct rules_error *error);

/* Print @error as JSON, for a program that asked for it.  Returns STATUS_FAILURE. */
int rules_file_print_fault(const struct rules_error *error);

/* Read and parse @path.  On -EBADMSG *@error says where and why, and it is complained of as
 * "FILE:LINE:COLUMN: PATH: what".  Gives *@ret_text, to be freed, and *@ret_rules, to rules_free.
 * Returns 0; -EBADMSG; -errno, told. */
int rules_file_read(const char *path, char **ret_text, size_t *ret_size, struct rules **ret_rules,
		    struct rules_error *error) __attribute__((warn_unused_result));
