#include "seat.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"

enum { GROUP_MAX_BYTES = 4 * 1024 * 1024 };

static const fact_set facts_of_person =
	(fact_set)FACT_USER | (fact_set)FACT_GROUP | (fact_set)FACT_SESSION;

static void on_lock(void *userdata)
{
	struct seat *seat = userdata;

	seat->handler(seat->userdata, FACT_SESSION);
}

static void forget_groups(struct seat *seat)
{
	for (size_t i = 0; i < seat->n_groups; i++)
		free(seat->groups[i]);
	free(seat->groups);
	seat->groups = NULL;
	seat->n_groups = 0;
}

static void forget_person(struct seat *seat)
{
	forget_groups(seat);
	seat->user[0] = '\0';
	seat->somebody = false;
}

/* Gives *@ret, to be freed; NULL for a group without a name.  An entry holds all members' names, so
 * it can be long.  Returns 0 or what getgrgid_r(3) gives. */
static int group_name(gid_t gid, char **ret)
{
	struct group entry, *found = NULL;
	int r = ERANGE;

	for (size_t size = 4096; r == ERANGE && size <= GROUP_MAX_BYTES; size *= 4) {
		_cleanup_free_ char *buffer = malloc(size);

		if (buffer == NULL)
			return -ENOMEM;
		r = getgrgid_r(gid, &entry, buffer, size, &found);
		if (r != 0 || found == NULL)
			continue;
		*ret = strdup(found->gr_name);
		return *ret == NULL ? -ENOMEM : 0;
	}
	*ret = NULL;
	return -r;
}

/* All or none: a rule may as well deny what a group does.  A group without a name is one that no
 * rule can name. */
static void look_up_groups(struct seat *seat, gid_t primary)
{
	gid_t gids[SEAT_MAX_GROUPS];
	int n = SEAT_MAX_GROUPS;

	if (getgrouplist(seat->user, primary, gids, &n) < 0)
		return;
	seat->groups = calloc((size_t)n + 1, sizeof(*seat->groups));
	if (seat->groups == NULL)
		return;
	for (int i = 0; i < n; i++) {
		char *name;
		int r = group_name(gids[i], &name);

		if (r < 0) {
			log_warning("groups", "The groups of %s cannot be had: %s", seat->user,
				    strerror(-r));
			forget_groups(seat);
			return;
		}
		if (name != NULL)
			seat->groups[seat->n_groups++] = name;
	}
}

static void look_up_user(struct seat *seat, uid_t uid)
{
	struct passwd entry, *found = NULL;
	char buffer[4096];

	forget_person(seat);
	seat->somebody = true;
	seat->uid = uid;
	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL ||
	    strlen(found->pw_name) >= sizeof(seat->user))
		return;
	strcpy(seat->user, found->pw_name);
	look_up_groups(seat, found->pw_gid);
}

/* A login screen is nobody, and so is a session that has ended but for programs left running in it:
 * logind calls it the active one until the last of them is gone. */
static bool is_person(const char *session)
{
	_cleanup_free_ char *class = NULL, *state = NULL;

	return sd_session_get_class(session, &class) >= 0 && strcmp(class, "user") == 0 &&
	       sd_session_get_state(session, &state) >= 0 && strcmp(state, "closing") != 0;
}

static void look(struct seat *seat)
{
	_cleanup_free_ char *session = NULL;
	uid_t uid;
	int r = sd_seat_get_active("seat0", &session, &uid);

	seat->known = r >= 0 || r == -ENODATA;
	if (r < 0 || !is_person(session)) {
		forget_person(seat);
		screen_lock_follow(&seat->lock, NULL);
		return;
	}
	if (!seat->somebody || seat->uid != uid || seat->user[0] == '\0')
		look_up_user(seat, uid);
	screen_lock_follow(&seat->lock, seat->wants_lock ? session : NULL);
}

enum session seat_session(const struct seat *seat)
{
	if (!seat->known)
		return SESSION_UNKNOWN;
	if (!seat->somebody)
		return SESSION_NONE;
	return seat->lock.locked < 0   ? SESSION_UNKNOWN
	       : seat->lock.locked > 0 ? SESSION_LOCKED
				       : SESSION_ACTIVE;
}

void seat_look(struct seat *seat)
{
	bool known = seat->known, somebody = seat->somebody;
	uid_t uid = seat->uid;

	look(seat);
	if (seat->watched &&
	    (seat->known != known || seat->somebody != somebody || (somebody && seat->uid != uid)))
		seat->handler(seat->userdata, facts_of_person);
}

void seat_refresh(struct seat *seat)
{
	struct pollfd fd = { .events = POLLIN };

	if (seat->monitor != NULL) {
		fd.fd = sd_login_monitor_get_fd(seat->monitor);
		if (poll(&fd, 1, 0) == 0)
			return;
		sd_login_monitor_flush(seat->monitor);
	}
	seat_look(seat);
}

static int on_login(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct seat *seat = userdata;

	(void)source;
	(void)fd;
	(void)events;
	sd_login_monitor_flush(seat->monitor);
	seat_look(seat);
	return 0;
}

static int begin_monitor(struct seat *seat)
{
	int r = sd_login_monitor_new(NULL, &seat->monitor);

	if (r >= 0)
		r = sd_event_add_io(
			seat->loop, &seat->events, sd_login_monitor_get_fd(seat->monitor),
			(uint32_t)sd_login_monitor_get_events(seat->monitor), on_login, seat);
	if (r < 0)
		seat->monitor = sd_login_monitor_unref(seat->monitor);
	return r;
}

/* Something has come in /run/systemd; perhaps it was the last that the monitor needs. */
static int on_run(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct seat *seat = userdata;

	(void)source;
	(void)event;
	if (begin_monitor(seat) < 0)
		return 0;
	seat->appearance = sd_event_source_disable_unref(seat->appearance);
	seat_look(seat);
	return 0;
}

static int begin(struct seat *seat)
{
	int r = begin_monitor(seat);

	if (r == -ENOENT) { /* early in the boot */
		r = sd_event_add_inotify(seat->loop, &seat->appearance, "/run/systemd",
					 IN_CREATE | IN_MOVED_TO | IN_ONLYDIR, on_run, seat);
		if (r >= 0 && begin_monitor(seat) >= 0) /* they came meanwhile */
			seat->appearance = sd_event_source_disable_unref(seat->appearance);
	}
	return r;
}

void seat_init(struct seat *seat, sd_event *loop, seat_handler *handler, void *userdata)
{
	*seat = (struct seat){ .loop = loop, .handler = handler, .userdata = userdata };
	screen_lock_init(&seat->lock, loop, on_lock, seat);
	begin(seat);
	look(seat);
}

void seat_finish(struct seat *seat)
{
	seat->events = sd_event_source_disable_unref(seat->events);
	seat->appearance = sd_event_source_disable_unref(seat->appearance);
	seat->monitor = sd_login_monitor_unref(seat->monitor);
	screen_lock_finish(&seat->lock);
	forget_person(seat);
}

void seat_watch(struct seat *seat, bool wanted, bool lock)
{
	int r = 0;

	seat->watched = wanted;
	seat->wants_lock = wanted && lock;
	if (wanted && seat->events == NULL && seat->appearance == NULL)
		r = begin(seat);
	if (r < 0)
		log_error("seat-watch", "Cannot watch who logs in: %s", strerror(-r));
	look(seat);
}
