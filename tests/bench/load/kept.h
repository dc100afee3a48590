/* kept - what a store really holds of a fleet's ledgers, held against what was sent and
 * acknowledged. */
#pragma once

#include <stddef.h>

/* For each line "HOST LEDGER-NUMBER ACKED" of the file @acked: read the ledger from the store at
 * @data and @store, and compare every line with what the machine @folder's fleet made.  Prints
 * JSON: {"ledgers", "acked", "kept", "lost", "doubled", "altered"}.  0; -EBADMSG if one is lost,
 * doubled or altered; -errno. */
int kept_check(const char *folder, const char *data, const char *store, const char *acked)
	__attribute__((warn_unused_result));
