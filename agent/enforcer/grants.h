/* grants - the officers' grants that this machine holds: verified, kept over restarts, and those
 * whose time it is.
 *
 * Below policy/grants: <id>.dsse.json, the envelope of each grant held, and "ended", what is
 * remembered of those that ended or were withdrawn, so that none is taken a second time, whatever
 * the clock says by then.  A grant's envelope is verified before it is parsed, and again when it is
 * loaded; it must name this machine (agent/common/machine_name.h).
 *
 * Who offers is not trusted to keep a withdrawal back, and can: as with a policy, it can stop what
 * officers sign, but forge nothing.  So a grant's own end is never far. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/common/machine_name.h"
#include "policy/grant.h"
#include "policy_store.h"
#include "wallclock.h"

enum { GRANTS_ENDED_MAX = 256 };

_Static_assert((int)MACHINE_NAME_SIZE == (int)GRANT_MACHINE_SIZE, "a grant names a machine");

struct held_grant {
	struct grant grant;
	uint8_t envelope[32]; /* SHA-256 of its bytes */
	uint8_t payload[32];  /* and of what was signed */
	char signer[TRUST_NAME_SIZE];
};

/* One that is over; version 0: none. */
struct ended_grant {
	char id[GRANT_ID_SIZE];
	uint64_t version;
	uint8_t envelope[32];
};

/* Grants have begun, or ended. */
typedef void grants_handler(void *userdata);

struct grants {
	int fd; /* of the directory; -1: grants cannot be kept, so none is taken */
	bool machine_known;
	uint8_t machine[MACHINE_NAME_SIZE];
	size_t n;
	struct held_grant *items; /* GRANTS_MAX of them; owned */
	size_t n_ended;
	struct ended_grant *ended;	 /* GRANTS_ENDED_MAX of them, the oldest first; owned */
	struct grants_in_force in_force; /* borrowed from @items */
	struct wallclock clock;
	grants_handler *handler;
	void *userdata;
};

/* Open, and make, policy/grants in @policy_fd.  Nothing is loaded.  Returns 0; -ENOMEM; what
 * mkdirat(2), openat(2) give: then no grant is taken, and grants_finish() is allowed. */
int grants_init(struct grants *grants, int policy_fd) __attribute__((warn_unused_result));
void grants_finish(struct grants *grants);

/* Read what is held, verified against @trust; what does not verify is not held any more, and what
 * is over at @now_s is ended. */
void grants_load(struct grants *grants, const struct trust *trust, int64_t now_s);

/* The loop is there: call @handler whenever a grant's time begins or ends. */
void grants_follow(struct grants *grants, sd_event *loop, grants_handler *handler, void *userdata);

/* Judge the offer of @envelope, sealed memory that is mapped: if it is good it is on disk and held
 * when this returns, or, if it is a withdrawal, what it withdraws is not held any more.
 * @limits: what the rules in force let be granted.  @ret: as of a policy's offer; the held grant is
 * *@ret_grant, NULL for a withdrawal; valid until the next call.  The text of a good offer is the
 * grant's id. */
void grants_offer(struct grants *grants, const struct trust *trust,
		  const struct grant_limits *limits, const struct section *envelope, int64_t now_s,
		  struct policy_outcome *ret, const struct held_grant **ret_grant);

/* End what is over at @now_s, and tell which are in force.  Returns true if others are than
 * before. */
bool grants_refresh(struct grants *grants, int64_t now_s);

/* The grant called @id that is held, or NULL.  Valid until the next call. */
const struct held_grant *grants_find(const struct grants *grants, const char *id);
