#include "wallclock.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/common/log.h"
#include "policy/circumstances.h"

enum { MINUTE_S = 60, DAYS_OF_WEEK = 7, FAR_SHIFT = 33 };

/* localtime_r(3) need not look at the zone again; tzset(3) does, if the file is another. */
static int local(int64_t now_s, struct tm *ret)
{
	time_t when = (time_t)now_s;

	tzset();
	return localtime_r(&when, ret) == NULL ? -EINVAL : 0;
}

int wallclock_minute(int64_t now_s)
{
	struct tm tm;

	if (local(now_s, &tm) < 0)
		return -1;
	return (tm.tm_wday + DAYS_OF_WEEK - 1) % DAYS_OF_WEEK * MINUTES_OF_DAY +
	       tm.tm_hour * MINUTE_S + tm.tm_min;
}

static long offset_at(int64_t when_s)
{
	struct tm tm;

	return local(when_s, &tm) < 0 ? 0 : tm.tm_gmtoff;
}

int64_t wallclock_after(int64_t now_s, int minutes)
{
	long offset = offset_at(now_s);
	int64_t low = now_s, high;
	struct tm tm;

	if (local(now_s, &tm) < 0)
		return now_s + MINUTE_S;
	high = now_s - tm.tm_sec + (int64_t)minutes * MINUTE_S;
	if (offset_at(high) == offset)
		return high;
	while (high - low > 1) { /* the first second with another offset is @high, or before */
		int64_t middle = low + (high - low) / 2;

		if (offset_at(middle) == offset)
			low = middle;
		else
			high = middle;
	}
	return high;
}

void wallclock_init(struct wallclock *clock, sd_event *loop, wallclock_handler *handler,
		    void *userdata)
{
	*clock = (struct wallclock){
		.loop = loop, .handler = handler, .userdata = userdata, .timer_fd = -1
	};
}

void wallclock_finish(struct wallclock *clock)
{
	wallclock_rest(clock);
}

void wallclock_rest(struct wallclock *clock)
{
	clock->timer = sd_event_source_disable_unref(clock->timer);
	clock->zone = sd_event_source_disable_unref(clock->zone);
	if (clock->timer_fd >= 0)
		close(clock->timer_fd);
	clock->timer_fd = -1;
}

static int on_timer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct wallclock *clock = userdata;
	uint64_t times;

	(void)source;
	(void)events;
	if (read(fd, &times, sizeof(times)) == sizeof(times))
		clock->handler(clock->userdata, WALLCLOCK_DUE);
	else if (errno == ECANCELED) /* timerfd_create(2): the clock has been set */
		clock->handler(clock->userdata, WALLCLOCK_SET);
	return 0;
}

static int on_etc(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct wallclock *clock = userdata;

	(void)source;
	if (event->len > 0 && strcmp(event->name, "localtime") == 0)
		clock->handler(clock->userdata, WALLCLOCK_SET);
	return 0;
}

static int begin(struct wallclock *clock)
{
	int r;

	clock->timer_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (clock->timer_fd < 0)
		return -errno;
	r = sd_event_add_io(clock->loop, &clock->timer, clock->timer_fd, EPOLLIN, on_timer, clock);
	if (r < 0)
		return r;
	/* The link is replaced, not written. */
	r = sd_event_add_inotify(clock->loop, &clock->zone, "/etc",
				 IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR, on_etc, clock);
	if (r < 0)
		log_warning("zone", "A change of the time zone will not be noticed at once: %s",
			    strerror(-r));
	return 0;
}

int wallclock_wake(struct wallclock *clock, int64_t at_s)
{
	/* A time that does not come, but a timer that hears of the clock being set. */
	const int64_t far_s = INT64_C(1) << FAR_SHIFT;
	struct itimerspec when = { .it_value.tv_sec = at_s < far_s ? at_s : far_s };
	int r;

	if (clock->timer == NULL) {
		r = begin(clock);
		if (r < 0) {
			wallclock_rest(clock);
			return r;
		}
	}
	if (timerfd_settime(clock->timer_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
			    NULL) < 0)
		return -errno;
	return 0;
}
