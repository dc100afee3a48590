#include "screen_lock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"

#define LOGIN		   "org.freedesktop.login1"
#define SESSION_INTERFACE  LOGIN ".Session"
#define PROPERTIES	   "org.freedesktop.DBus.Properties"
#define SYSTEM_BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"

static void connect_bus(struct screen_lock *lock);

static void set_locked(struct screen_lock *lock, int locked)
{
	if (lock->locked == locked)
		return;
	lock->locked = locked;
	lock->handler(lock->userdata);
}

static void drop_slots(struct screen_lock *lock)
{
	lock->changed = sd_bus_slot_unref(lock->changed);
	lock->call = sd_bus_slot_unref(lock->call);
}

static void drop_bus(struct screen_lock *lock)
{
	drop_slots(lock);
	lock->gone = sd_bus_slot_unref(lock->gone);
	lock->retry = sd_event_source_disable_unref(lock->retry);
	lock->bus = sd_bus_close_unref(lock->bus);
}

void screen_lock_init(struct screen_lock *lock, sd_event *loop, screen_lock_handler *handler,
		      void *userdata)
{
	*lock = (struct screen_lock){
		.loop = loop, .handler = handler, .userdata = userdata, .locked = -1
	};
}

void screen_lock_finish(struct screen_lock *lock)
{
	drop_bus(lock);
}

static int on_retry(sd_event_source *source, uint64_t now_us, void *userdata)
{
	struct screen_lock *lock = userdata;

	(void)source;
	(void)now_us;
	drop_bus(lock);
	connect_bus(lock);
	return 0;
}

/* The bus cannot be had: try again later, as long as somebody wants to know. */
static void lose(struct screen_lock *lock, const char *what, int r)
{
	if (lock->retry == NULL) {
		log_warning("screen-lock", "Cannot tell whether the screen is locked: %s: %s", what,
			    strerror(-r));
		r = sd_event_add_time_relative(lock->loop, &lock->retry, CLOCK_MONOTONIC,
					       (uint64_t)SCREEN_LOCK_RETRY_S * 1000000, 0, on_retry,
					       lock);
		if (r < 0)
			log_error("screen-lock", "Nor can it be tried again: %s", strerror(-r));
	}
	set_locked(lock, -1);
}

static int on_value(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct screen_lock *lock = userdata;
	const sd_bus_error *refused = sd_bus_message_get_error(reply);
	int locked, r;

	(void)error;
	lock->call = sd_bus_slot_unref(lock->call);
	if (refused != NULL) { /* also when the session has just ended */
		log_debug("screen-lock", "Session %s: %s", lock->session, refused->name);
		set_locked(lock, -1);
		return 0;
	}
	r = sd_bus_message_read(reply, "v", "b", &locked);
	set_locked(lock, r < 0 ? -1 : locked != 0);
	return 0;
}

static int ask(struct screen_lock *lock, const char *path)
{
	lock->call = sd_bus_slot_unref(lock->call);
	return sd_bus_call_method_async(lock->bus, &lock->call, LOGIN, path, PROPERTIES, "Get",
					on_value, lock, "ss", SESSION_INTERFACE, "LockedHint");
}

/* Some property of the session has changed: which, is not worth reading.  Ask. */
static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct screen_lock *lock = userdata;
	int r = ask(lock, sd_bus_message_get_path(signal));

	(void)error;
	if (r < 0)
		lose(lock, "asking logind", r);
	return 0;
}

static int follow_session(struct screen_lock *lock)
{
	_cleanup_free_ char *path = NULL;
	int r = sd_bus_path_encode("/org/freedesktop/login1/session", lock->session, &path);

	if (r >= 0)
		r = sd_bus_match_signal_async(lock->bus, &lock->changed, LOGIN, path, PROPERTIES,
					      "PropertiesChanged", on_changed, NULL, lock);
	if (r >= 0)
		r = ask(lock, path);
	return r;
}

static int on_gone(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	lose(userdata, "the system bus has gone", -ECONNRESET);
	return 0;
}

/* Waits for the bus's socket to appear: the enforcer starts before it. */
static int open_bus(struct screen_lock *lock)
{
	int r = sd_bus_new(&lock->bus);

	if (r >= 0)
		r = sd_bus_set_address(lock->bus, SYSTEM_BUS_ADDRESS);
	if (r >= 0)
		r = sd_bus_set_bus_client(lock->bus, true);
	if (r >= 0)
		r = sd_bus_set_watch_bind(lock->bus, true);
	if (r >= 0)
		r = sd_bus_start(lock->bus);
	if (r >= 0)
		r = sd_bus_attach_event(lock->bus, lock->loop, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_match_signal_async(lock->bus, &lock->gone, "org.freedesktop.DBus.Local",
					      NULL, "org.freedesktop.DBus.Local", "Disconnected",
					      on_gone, NULL, lock);
	return r;
}

static void connect_bus(struct screen_lock *lock)
{
	int r = open_bus(lock);

	if (r >= 0)
		r = follow_session(lock);
	if (r < 0)
		lose(lock, "the system bus", r);
}

void screen_lock_follow(struct screen_lock *lock, const char *session)
{
	int r;

	if (session == NULL || strlen(session) >= sizeof(lock->session)) {
		lock->session[0] = '\0';
		drop_bus(lock);
		lock->locked = -1;
		return;
	}
	if (strcmp(lock->session, session) == 0)
		return;
	strcpy(lock->session, session);
	lock->locked = -1;
	if (lock->bus == NULL) {
		connect_bus(lock);
		return;
	}
	drop_slots(lock);
	r = follow_session(lock);
	if (r < 0)
		lose(lock, "asking logind", r);
}

bool screen_lock_waits(const struct screen_lock *lock)
{
	return lock->call != NULL && lock->locked < 0 && lock->retry == NULL;
}
