/* rules_file - a rules document of an officer, read with its errors shown as a compiler does. */
#pragma once

#include <stddef.h>

#include "policy/rules.h"

/* Read and parse @path.  On -EBADMSG *@error says where and why, and it is complained of as
 * "FILE:LINE:COLUMN: PATH: what".  Gives *@ret_text, to be freed, and *@ret_rules, to rules_free.
 * Returns 0; -EBADMSG; -errno, told. */
int rules_file_read(const char *path, char **ret_text, size_t *ret_size, struct rules **ret_rules,
		    struct rules_error *error) __attribute__((warn_unused_result));
