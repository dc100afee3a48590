/* backup_site - back a whole site up into a directory while collectors run, and restore one.
 * A backup holds the records (devgate.db, SQLite whatever they are kept in), the policy sections,
 * the certificates, the trust root, and backup.note (backup_note.h).  The collector's keys are in
 * keys.json, encrypted with a passphrase (server/pki/key_box.h), or not at all. */
#pragma once

#include "config.h"

/* Write options->backup_to, which must not be there or be empty, from options->data and
 * options->store.  Says what it did, and what went wrong, on stderr.  Returns an exit status. */
int backup_site(const struct options *options, const struct config *config);

/* Make options->data, which must not be there or be empty, from options->restore_from, and check
 * all that it holds; then move the records to options->store, if one is given.  The same. */
int restore_site(const struct options *options);
