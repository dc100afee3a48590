/* boots - which starts of a machine have spoken as a host, and whether two machines do.
 * Internal to server/store.
 *
 * A boot id is made anew at each start and never comes back (random(4), /proc/sys/kernel/random/
 * boot_id).  So a start that speaks again after another start of the same host has begun to speak
 * shows that two machines run with one identity: no clock is asked, and a machine that is restarted
 * is never mistaken for two.  The one that spoke first keeps the identity; the newcomer is barred
 * until it enrols anew.  So is one that shows another machine id than the one that enrolled. */
#pragma once

#include <stdint.h>

#include "hosts.h"

enum { BOOTS_KEPT = 16 }; /* of a host */

struct connection;

/* A machine that speaks.  Texts are borrowed; machine_id "" if not said. */
struct boot {
	const char *boot, *hostname, *address, *machine_id;
	int64_t now;
};

enum { BOOT_OTHER_MACHINE = 1, BOOT_NEWCOMER_BARRED = 2 };

/* The machine @boot speaks as the host of row @host.  What is found wrong becomes a finding
 * ("cloned"), and who is barred is told to the other collectors.
 * Returns 0: it is the host; BOOT_OTHER_MACHINE: it is barred, and *@ret_other says who is the
 * host; -errno. */
int boots_spoke(struct connection *c, int64_t host, const struct boot *boot,
		char ret_other[static HOST_OTHER_SIZE]) __attribute__((warn_unused_result));

/* The machine enrols as that host: its start is noted, and no other one is judged by it.  -errno.
 */
int boots_enrolled(struct connection *c, int64_t host, const struct boot *boot)
	__attribute__((warn_unused_result));
