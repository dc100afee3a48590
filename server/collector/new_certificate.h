/* new_certificate - a new server.crt and server.key, for the names that the ones there are for. */
#pragma once

struct options;

/* Make and write them; a collector that runs shows them when it is told to read its files again.
 * Says what it did.  Returns the exit status. */
int new_certificate(const struct options *options);
