#include "watcher.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "agent/common/log.h"
#include "link.h"
#include "package.h"

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int set_timer(sd_event_source *timer, uint64_t after_us)
{
	int r = sd_event_source_set_time_relative(timer, after_us);

	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void drop_rings(struct watcher *watcher)
{
	for (size_t i = 0; i < watcher->n_rings; i++) {
		watcher->rings[i].io = sd_event_source_disable_unref(watcher->rings[i].io);
		ring_finish(&watcher->rings[i].ring);
	}
	watcher->n_rings = 0;
}

/* What comes is still taken; it is handed over when the enforcer is back. */
static void disconnect(struct watcher *watcher)
{
	watcher->hangup = sd_event_source_disable_unref(watcher->hangup);
	if (watcher->fd >= 0)
		close(watcher->fd);
	watcher->fd = -1;
	if (set_timer(watcher->connect, (uint64_t)watcher->retry_s * 1000000) < 0)
		sd_event_exit(watcher->loop, EXIT_FAILURE);
	watcher->retry_s *= 2;
	if (watcher->retry_s > WATCHER_RETRY_MAX_S)
		watcher->retry_s = WATCHER_RETRY_MAX_S;
}

static void on_event(void *userdata, const uint8_t *bytes, size_t size)
{
	struct watcher *watcher = userdata;
	struct summary_file *file;
	struct file_event event;
	char package[PACKAGE_SIZE];
	struct summary_actor actor = { .package = package };
	int r = file_event_parse(bytes, size, &event);

	if (r >= 0 && event.process == (uint32_t)getpid())
		return; /* it was hashed here */
	if (r >= 0) {
		package_of_group(event.group, package);
		actor.user = users_name(&watcher->users,
					event.loginuid == UINT32_MAX ? event.uid : event.loginuid);
		r = summaries_add(&watcher->summaries, &event, &actor, now_us(), &file);
	}
	if (r < 0)
		watcher->missed++;
	else if (file != NULL)
		file->state = digest_file(&watcher->digest, &event, now_us(), file->hash);
}

/* Hand over what is due, and have the timer for the next. */
static void hand_over(struct watcher *watcher, bool all)
{
	struct summary *summary;
	uint64_t next;

	while (watcher->fd >= 0 &&
	       (summary = summaries_due(&watcher->summaries, now_us(), all)) != NULL) {
		struct trail_record record;
		int r;

		summary_record(summary, &record);
		r = link_record(watcher->fd, &record, watcher->missed);
		if (r < 0) {
			log_warning("trail", "The enforcer does not take a record: %s",
				    strerror(-r));
			disconnect(watcher);
			break;
		}
		watcher->missed = 0;
		summaries_remove(&watcher->summaries, summary);
	}
	next = summaries_next(&watcher->summaries);
	if (watcher->fd < 0 || next == UINT64_MAX)
		return;
	if (set_timer(watcher->due, next > now_us() ? next - now_us() : 0) < 0)
		sd_event_exit(watcher->loop, EXIT_FAILURE);
}

static void take_all(struct watcher *watcher)
{
	for (size_t i = 0; i < watcher->n_rings; i++)
		ring_take(&watcher->rings[i].ring, on_event, watcher);
}

static int on_gather(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct watcher *watcher = userdata;
	int r = 0;

	(void)source;
	(void)usec;
	take_all(watcher);
	for (size_t i = 0; r >= 0 && i < watcher->n_rings; i++)
		r = sd_event_source_set_enabled(watcher->rings[i].io, SD_EVENT_ON);
	hand_over(watcher, false);
	return r;
}

/* More will come: look in a moment, at all of it. */
static int on_ring(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct watcher *watcher = userdata;
	int enabled, r;

	(void)fd;
	(void)events;
	r = sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_get_enabled(watcher->gather, &enabled);
	if (r > 0) /* it is set already */
		return 0;
	return r < 0 ? r : set_timer(watcher->gather, (uint64_t)WATCHER_GATHER_MS * 1000);
}

static int on_due(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	hand_over(userdata, false);
	return 0;
}

static int on_hangup(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct watcher *watcher = userdata;

	(void)source;
	(void)fd;
	(void)events;
	log_info("enforcer", "The enforcer has hung up");
	disconnect(watcher);
	return 0;
}

/* Take the rings instead of those before: they go on where the others were. */
static int use_rings(struct watcher *watcher, const int *fds, size_t n)
{
	int r = 0;

	drop_rings(watcher);
	for (size_t i = 0; i < n; i++) {
		typeof(watcher->rings[0]) *ring = &watcher->rings[i];

		r = r < 0 || i >= WATCHER_RINGS ? -EBADMSG : ring_init(&ring->ring, fds[i]);
		if (r < 0) {
			close(fds[i]);
			continue;
		}
		watcher->n_rings++;
		r = sd_event_add_io(watcher->loop, &ring->io, ring->ring.fd, EPOLLIN, on_ring,
				    watcher);
	}
	return r;
}

static int on_connect(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct watcher *watcher = userdata;
	int fds[CONTROL_MAX_FDS];
	size_t n = 0;
	int r;

	(void)source;
	(void)usec;
	r = link_open(watcher->path, &watcher->fd, fds, &n);
	if (r >= 0)
		r = use_rings(watcher, fds, n);
	if (r >= 0)
		r = sd_event_add_io(watcher->loop, &watcher->hangup, watcher->fd, EPOLLIN,
				    on_hangup, watcher);
	if (r < 0) {
		log_info("enforcer", "Cannot watch for the enforcer: %s", strerror(-r));
		disconnect(watcher);
		return 0;
	}
	watcher->retry_s = WATCHER_RETRY_MIN_S;
	if (n < WATCHER_RINGS)
		log_warning("trail", "The kernel tells of files in %zu of %d rings", n,
			    WATCHER_RINGS);
	sd_notify(false, "READY=1\nSTATUS=Watching");
	hand_over(watcher, false);
	return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct watcher *watcher = userdata;

	(void)source;
	(void)info;
	sd_notify(false, "STOPPING=1");
	take_all(watcher);
	hand_over(watcher, true);
	if (watcher->fd >= 0)
		link_end(watcher->fd);
	return sd_event_exit(watcher->loop, 0);
}

static int add_timer(struct watcher *watcher, sd_event_source **ret,
		     sd_event_time_handler_t handler)
{
	int r = sd_event_add_time_relative(watcher->loop, ret, CLOCK_BOOTTIME, 0, 1000, handler,
					   watcher);

	return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int watcher_init(struct watcher *watcher, const char *run_dir)
{
	int r;

	*watcher = (struct watcher){ .fd = -1, .retry_s = WATCHER_RETRY_MIN_S };
	digest_init(&watcher->digest);
	if ((size_t)snprintf(watcher->path, sizeof(watcher->path), "%s/control.sock", run_dir) >=
	    sizeof(watcher->path))
		return -ENAMETOOLONG;
	r = sd_event_new(&watcher->loop);
	if (r >= 0)
		r = sd_event_add_signal(watcher->loop, &watcher->signals[0], SIGTERM, on_signal,
					watcher);
	if (r >= 0)
		r = sd_event_add_signal(watcher->loop, &watcher->signals[1], SIGINT, on_signal,
					watcher);
	if (r >= 0)
		r = add_timer(watcher, &watcher->connect, on_connect);
	if (r >= 0)
		r = add_timer(watcher, &watcher->gather, on_gather);
	if (r >= 0)
		r = add_timer(watcher, &watcher->due, on_due);
	if (r >= 0)
		r = sd_event_set_watchdog(watcher->loop, true);
	return r < 0 ? r : set_timer(watcher->connect, 0);
}

int watcher_run(struct watcher *watcher)
{
	return sd_event_loop(watcher->loop);
}

void watcher_finish(struct watcher *watcher)
{
	sd_event_source *const sources[] = { watcher->signals[0], watcher->signals[1],
					     watcher->connect,	  watcher->gather,
					     watcher->due,	  watcher->hangup };

	drop_rings(watcher);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		sd_event_source_disable_unref(sources[i]);
	if (watcher->fd >= 0)
		close(watcher->fd);
	sd_event_unref(watcher->loop);
	summaries_finish(&watcher->summaries);
	digest_finish(&watcher->digest);
}
