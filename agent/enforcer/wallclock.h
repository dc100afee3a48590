/* wallclock - the hour as people say it: the minute of the week in the machine's zone, when it will
 * be another, and word of it when the clock or the zone is set.
 * The zone is /etc/localtime (localtime(5)), or TZ where that is set. */
#pragma once

#include <stdint.h>

#include <systemd/sd-event.h>

/* The minute of the week in the machine's zone at @now_s (since 1970): 0 is Monday 00:00; -1 if it
 * cannot be told. */
int wallclock_minute(int64_t now_s);

/* When the @minutes-th minute after that of @now_s begins, or when the zone changes to summer time
 * or back, if that is before. */
int64_t wallclock_after(int64_t now_s, int minutes);

enum wallclock_news {
	WALLCLOCK_DUE, /* what wallclock_wake() asked for */
	WALLCLOCK_SET, /* the clock or the zone has been set, and nothing is awaited any more */
};

typedef void wallclock_handler(void *userdata, enum wallclock_news news);

struct wallclock {
	sd_event *loop; /* borrowed */
	wallclock_handler *handler;
	void *userdata;
	int timer_fd;
	sd_event_source *timer, *zone; /* NULL: nobody waits */
};

void wallclock_init(struct wallclock *clock, sd_event *loop, wallclock_handler *handler,
		    void *userdata);
void wallclock_finish(struct wallclock *clock);

/* Call the handler at @at_s, INT64_MAX for never, and whenever the clock or the zone is set, until
 * the next call of this or wallclock_rest().  Returns 0; what timerfd_create(2), inotify(7) and
 * sd-event give. */
int wallclock_wake(struct wallclock *clock, int64_t at_s) __attribute__((warn_unused_result));

/* Wait for nothing. */
void wallclock_rest(struct wallclock *clock);
