/* confine - what of the file system the reporter can get to: what the network's bytes are parsed
 * with needs libraries, the system's settings and its own folders; whoever takes this process over
 * gets to no file of a person, and starts no program. */
#pragma once

#include "paths.h"

/* Landlock (landlock(7)), for all threads that are begun after.  Where it cannot be, that is
 * logged, and the reporter works without. */
void reporter_confine(const struct paths *paths);
