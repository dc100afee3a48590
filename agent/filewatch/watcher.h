/* watcher - the root of devgate-filewatch: takes what the kernel tells of files, puts it together,
 * and hands it to the enforcer.
 *
 * It looks WATCHER_GATHER_MS after the first thing that is told, so it wakes a few times a second
 * during a copy, and never when nothing happens.  While the enforcer is away it goes on, and hands
 * over later. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "digest.h"
#include "ring.h"
#include "summary.h"
#include "users.h"

enum {
	WATCHER_RINGS = 2,
	WATCHER_GATHER_MS = 100,
	WATCHER_RETRY_MIN_S = 1,
	WATCHER_RETRY_MAX_S = 30
};

struct watcher {
	sd_event *loop;
	sd_event_source *signals[2], *connect, *gather, *due, *hangup;
	char path[256]; /* of the enforcer's socket */
	int fd;		/* -1: not connected */
	unsigned retry_s;
	size_t n_rings;
	struct {
		struct ring ring;
		sd_event_source *io;
	} rings[WATCHER_RINGS];
	struct summaries summaries;
	struct digest digest;
	struct users users;
	uint64_t missed; /* things that there was no room or memory for, and nobody has been told */
};

/* @run_dir: where control.sock is.  The caller has blocked SIGTERM and SIGINT.  Returns 0;
 * -ENAMETOOLONG; what sd-event gives.  watcher_finish() is allowed after a failure. */
int watcher_init(struct watcher *watcher, const char *run_dir) __attribute__((warn_unused_result));

/* Until SIGTERM or SIGINT; then what is not handed over yet is.  Returns 0 or as sd_event_loop(3).
 */
int watcher_run(struct watcher *watcher) __attribute__((warn_unused_result));
void watcher_finish(struct watcher *watcher);
