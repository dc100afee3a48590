/* rescan - look at everything that is there: controllers, devices, disks, keyboards; and miss what
 * is gone.  While the loop turns it goes on piece by piece, between the uevents (turn.h): nobody
 * knows how much there is, and how long each takes to say what it is.  A device that it has not
 * come to stays closed, or as it was judged; what it takes in is judged within the same turn. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-event.h>

#include "places.h"

struct enforcer;

enum { RESCAN_AT_ONCE = 8 }; /* devices that are taken in together, and judged, in one turn */

enum rescan_stage {
	RESCAN_DONE,
	RESCAN_HUBS,
	RESCAN_LEFT,
	RESCAN_DEVICES,
	RESCAN_DISKS,
	RESCAN_INPUTS,
};

struct rescan {
	enum rescan_stage stage;
	bool again;	       /* asked for while it was under way */
	size_t at;	       /* how far this stage is */
	char **names;	       /* owned; of root hubs, or of input devices' nodes */
	struct places places;  /* owned */
	sd_event_source *next; /* of the turns that it still takes; NULL: it never took any */
};

/* All of it, before this returns: for the start.  A rescan that was under way begins anew. */
void rescan_now(struct enforcer *enforcer);

/* Begin in the next turn of the loop; if one is under way, once more after it. */
void rescan_soon(struct enforcer *enforcer);

void rescan_finish(struct rescan *rescan);
