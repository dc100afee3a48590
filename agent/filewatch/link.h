/* link - the connection to the enforcer: it lends the kernel's rings, and takes records for the
 * ledger.  One request at a time, each answered before the next; blocking, LINK_TIMEOUT_MS at most.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/common/control_client.h"
#include "agent/common/trail_record.h"

enum { LINK_TIMEOUT_MS = 5000 };

/* Connect to the socket at @path as the watcher.  Gives *@ret_fd, and *@ret_n descriptors of rings
 * in @ret_rings, all to be closed.  Returns 0; -EACCES if the enforcer does not take us for it; as
 * control_connect(), control_receive(). */
int link_open(const char *path, int *ret_fd, int ret_rings[static CONTROL_MAX_FDS], size_t *ret_n)
	__attribute__((warn_unused_result));

/* Have @record written, and that @missed things before it are not known.  Returns 0 when it has
 * been taken; -E2BIG; -EPROTO if it was not; what memfd_create(2) and control_call() give. */
int link_record(int fd, const struct trail_record *record, uint64_t missed)
	__attribute__((warn_unused_result));

/* Say that we end in order. */
void link_end(int fd);
