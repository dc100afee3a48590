/* own_files - are the agent's own files as they were installed?  Looked at when it starts and once
 * a day; what is found is recorded once, as agent.tampered, and its end as agent.restored.
 *
 * The configuration (trust root, collector) is not in the package's list.  What it held last is
 * remembered; another content is agent.tampered, unless it came by `devgate enrol`, which says so
 * (own_files_agree()): then it is agent.configured.
 *
 * What was found is remembered in own-files.json of the state directory, so that nothing is
 * recorded anew by each start.  Root may change that, too; what is at the collector stays. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <systemd/sd-event.h>

#include "child.h"
#include "file_check.h"
#include "recorder.h"

#define OWN_FILES_LIST DEVGATE_DATADIR "/files.sha256"

enum {
	OWN_FILES_FIRST_MS = 5 * 1000, /* after the start, which has more urgent things to do */
	OWN_FILES_EVERY_S = 24 * 3600,
	OWN_FILES_TIMEOUT_MS = 300 * 1000,
};

struct own_files {
	/* Set before own_files_start(); borrowed. */
	sd_event *loop;
	struct recorder *recorder;
	int state_fd;
	int config_fd;	  /* -1: there is no such directory */
	int root_fd;	  /* owned from own_files_start() on */
	const char *list; /* below root_fd, without the first "/" */
	uid_t owner;	  /* 0 */

	sd_event_source *next;
	struct child *child; /* NULL: none is at work */
	struct inventory inventory;
	bool agreed;	 /* what the configuration holds at the next look is what it should */
	bool agreeing;	 /* the same, of the look under way */
	bool again;	 /* look again when the child is done */
	bool known;	 /* it has been looked at by this run */
	uint32_t faults; /* then: how many were found */
	json_t *memory;	 /* own-files.json; NULL: not read */
};

/* Begin: the first look comes in OWN_FILES_FIRST_MS.  Returns 0; what sd-event gives. */
int own_files_start(struct own_files *own) __attribute__((warn_unused_result));
void own_files_finish(struct own_files *own);

/* Look now, or as soon as the look under way is over. */
void own_files_look(struct own_files *own);

/* The configuration has been changed by who may: look, and take what is there for right. */
void own_files_agree(struct own_files *own);
