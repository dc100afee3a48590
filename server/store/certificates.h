/* certificates - the machines' certificates, by serial number.  Internal to server/store; the
 * public part is in hosts.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct connection;

/* A new certificate of host @host (its id), in use at once (@confirmed) or when it is first shown.
 * Returns rows, or -errno. */
int certificates_add(struct connection *c, const char *host, const char *serial,
		     const int64_t dates[static 2], bool confirmed)
	__attribute__((warn_unused_result));

/* Revoke all certificates of host @host; the other collectors are told.  0 or -errno. */
int certificates_revoke(struct connection *c, const char *host, int64_t now)
	__attribute__((warn_unused_result));
