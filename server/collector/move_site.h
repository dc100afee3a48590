/* move_site - "devgate-collector --move-to URL": move a site's records from SQLite to PostgreSQL.
 */
#pragma once

#include "config.h"

/* Move DIR/devgate.db to @options->move_to, say how it goes on standard error, and set the old file
 * aside as devgate.db.moved, so that nobody goes on with it by mistake.  Returns the program's exit
 * status. */
int move_site(const struct options *options);

/* The same for a directory that was just made from a backup: its devgate.db is removed, and what
 * remains is the backup. */
int move_restored(const struct options *options);
