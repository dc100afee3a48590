/* enforcer - the root of the program: what it owns, the order it starts in, and how it ends.
 * The parts do not know each other; judge.h, watch.h, policy_change.h and control_verbs.h are what
 * happens between them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "bluetooth.h"
#include "control.h"
#include "defaults.h"
#include "devices.h"
#include "disks.h"
#include "flapping.h"
#include "gate.h"
#include "grants.h"
#include "history.h"
#include "keyboards.h"
#include "marks.h"
#include "noexec.h"
#include "own_files.h"
#include "policy_store.h"
#include "provisional.h"
#include "recheck.h"
#include "recorder.h"
#include "rescan.h"
#include "root_hubs.h"
#include "shutdown.h"
#include "stays.h"
#include "surroundings.h"
#include "trail.h"
#include "withdraw.h"
#include "witness.h"
#include "workers.h"

enum { GATE_STATUS_SIZE = 160 };

/* Where everything is.  Borrowed texts. */
struct enforcer_paths {
	const char *state;  /* /var/lib/devgate */
	const char *run;    /* /run/devgate */
	const char *config; /* /etc/devgate */
	const char *sys;    /* /sys */
	const char *dev;    /* /dev */
	const char *cgroup; /* /sys/fs/cgroup */
	const char *pins;   /* /sys/fs/bpf/devgate */
};

/* Records of refused offers, per role, grants too: one for the same offer, and so many in a time.
 */
enum { POLICY_REFUSALS_MAX = 60, POLICY_REFUSALS_S = 3600 };

struct policy_refusals {
	uint8_t offer[32];  /* of the last one told */
	const char *reason; /* static */
	uint64_t until_us;  /* CLOCK_BOOTTIME */
	unsigned n;
};

/* A table in force that is being hashed. */
struct policy_recheck {
	struct enforcer *enforcer;
	enum trust_role role;
	struct recheck recheck;
};

struct enforcer {
	struct enforcer_paths paths;
	char boot[CLOCK_BOOT_SIZE];
	int64_t started_us;	   /* since 1970 */
	bool starting;		   /* devices that work now were there before us */
	enum defaults_found found; /* as it was before the first agent of this boot */
	uint64_t grace_until_us;   /* CLOCK_BOOTTIME: what comes until then was there, too */
	int sysfs_fd, dev_fd, state_fd, ledgers_fd;
	sd_event *loop;
	sd_event_source *signals[2], *tick;
	char gate_status[GATE_STATUS_SIZE]; /* "active" or "unavailable: why" */
	struct gate gate;
	struct marks noexec, trail;
	struct stays stays;
	unsigned watchers; /* connections of devgate-filewatch; one, but while it changes */
	bool watch_told;   /* that there is none has been recorded */
	struct policy_store policy;
	struct grants grants;
	struct policy_refusals refusals[_TRUST_ROLE_MAX];
	struct policy_recheck rechecks[_ROLE_MAX];
	struct provisional provisional;
	struct recorder recorder;
	struct history history;
	struct devices devices;
	sd_event_source *due; /* devices that are still to be judged again; NULL: never so many */
	struct rescan rescan;
	struct root_hubs root_hubs;
	struct flapping flapping;
	struct allowance missed; /* records of what a witness missed */
	uint64_t missed_more;	 /* those that were not made since the last one */
	struct disks disks;
	struct keyboards keyboards;
	struct witness witness;
	struct workers workers;
	struct bluetooth bluetooth;
	struct control control;
	struct surroundings surroundings;
	struct withdrawals withdrawals;
	struct own_files own_files;
	struct shutdown shutdown;
};

/* Close the kernel's defaults, take up everything, judge what is there, and be ready.  The caller
 * has zeroed *@enforcer but for provisional.within_s and withdrawals.grace_s, and blocked SIGTERM,
 * SIGINT and SIGCHLD. Returns 0; what it cannot be without failing: sysfs, the state and run
 * directories, the loop, the uevents, the control socket.  A missing ledger, gate, policy or second
 * witness is recorded, told by status, and tightens what is permitted.  On failure
 * enforcer_finish() is still allowed. */
int enforcer_start(struct enforcer *enforcer, const struct enforcer_paths *paths)
	__attribute__((warn_unused_result));

/* Serve until SIGTERM or SIGINT.  Returns 0 or what sd_event_loop(3) gives. */
int enforcer_run(struct enforcer *enforcer) __attribute__((warn_unused_result));

/* Devices and kernel defaults stay as they are. */
void enforcer_finish(struct enforcer *enforcer);

/* Tell systemd in a line what is in force. */
void enforcer_notify_status(const struct enforcer *enforcer);
