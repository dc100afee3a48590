/* screen_lock - is the screen of a session locked?  logind's LockedHint property, which sd-login
 * has no call for, over the system bus (org.freedesktop.login1(5)).
 * Nothing waits for an answer: until there is one, and while there is no bus, it is not known. */
#pragma once

#include <stdbool.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

enum { SCREEN_LOCK_RETRY_S = 5, SCREEN_LOCK_SESSION_SIZE = 64 };

typedef void screen_lock_handler(void *userdata);

struct screen_lock {
	sd_event *loop;		      /* borrowed */
	screen_lock_handler *handler; /* called when it is another than it was */
	void *userdata;
	sd_bus *bus; /* NULL: not asked for, or lost */
	sd_bus_slot *gone, *changed, *call;
	sd_event_source *retry;
	char session[SCREEN_LOCK_SESSION_SIZE]; /* "": none */
	int locked;				/* 1, 0, or -1: not known */
};

void screen_lock_init(struct screen_lock *lock, sd_event *loop, screen_lock_handler *handler,
		      void *userdata);
void screen_lock_finish(struct screen_lock *lock);

/* From now on follow @session (logind's id), or none (NULL); what it is is not known at first.  The
 * one followed already is no news. */
void screen_lock_follow(struct screen_lock *lock, const char *session);

/* True while an answer is on its way. */
bool screen_lock_waits(const struct screen_lock *lock);
