/* seat - who sits at the machine: the user of seat0's active session, the groups of that user, and
 * whether the screen is locked (sd-login, screen_lock.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <systemd/sd-event.h>
#include <systemd/sd-login.h>

#include "policy/circumstances.h"
#include "screen_lock.h"

enum { PERSON_SIZE = 64, SEAT_MAX_GROUPS = 1024 };

/* Called when somebody else, or nobody, sits there, or the screen was locked or opened. */
typedef void seat_handler(void *userdata, fact_set changed);

struct seat {
	sd_event *loop; /* borrowed */
	seat_handler *handler;
	void *userdata;
	/* Both NULL: nobody tells of changes.  @appearance: logind's directories are not there yet.
	 */
	sd_event_source *events, *appearance;
	sd_login_monitor *monitor;
	bool watched; /* the handler is called */
	struct screen_lock lock;
	bool wants_lock;
	/* As it was at the last look. */
	bool known;    /* logind can be asked */
	bool somebody; /* @uid; else nobody */
	uid_t uid;
	char user[PERSON_SIZE]; /* "" if the name is not known or does not fit */
	size_t n_groups;
	char **groups; /* owned, as each; NULL: not known */
};

void seat_init(struct seat *seat, sd_event *loop, seat_handler *handler, void *userdata);
void seat_finish(struct seat *seat);

/* See who is there now; if somebody watches and it is another, the handler is called.  Names are
 * asked for only when the user is another than before, so that the name service is not asked for
 * each device. */
void seat_look(struct seat *seat);

/* As seat_look(), but only if logind has told of a change since, or nobody would. */
void seat_refresh(struct seat *seat);

/* Watch for another person, and, if @lock, for the screen being locked; or stop.  What cannot be
 * watched is logged. */
void seat_watch(struct seat *seat, bool wanted, bool lock);

/* NONE, ACTIVE, LOCKED; UNKNOWN also where it is not known whether the screen is locked. */
enum session seat_session(const struct seat *seat);
