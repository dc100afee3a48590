#include "disk_watch.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "server/store/room.h"

#define LOW_BYTES (UINT64_C(2) * 1024 * 1024 * 1024)

enum { LOW_PART = 20, MIB = 1024 * 1024 };

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool disk_watch_is_low(uint64_t free, uint64_t size)
{
	return free < size / LOW_PART && free < LOW_BYTES;
}

bool disk_watch_is_full(const struct disk_watch *watch)
{
	return atomic_load(&watch->full);
}

/* It is full, or was said to be, and nobody knows yet that there is room. */
static bool has_to_try(struct disk_watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	bool has_to = atomic_load(&watch->full) || watch->said;
	pthread_mutex_unlock(&watch->lock);
	return has_to;
}

void disk_watch_count(struct disk_watch *watch)
{
	atomic_fetch_add_explicit(&watch->refused, 1, memory_order_relaxed);
}

void disk_watch_note(struct disk_watch *watch, const char *why)
{
	int64_t now = now_ms();

	if (watch->store == NULL)
		return;
	pthread_mutex_lock(&watch->lock);
	if (!atomic_load(&watch->full))
		watch->since_ms = now;
	atomic_store(&watch->full, true);
	bool say = watch->said_ms == 0 || now - watch->said_ms >= DISK_WATCH_LOOK_S * 1000;
	if (say) {
		watch->said_ms = now;
		watch->said = true;
	}
	pthread_cond_signal(&watch->changed);
	pthread_mutex_unlock(&watch->lock);
	if (say)
		log_about(
			LOG_LEVEL_ERROR, "disk-full",
			LOG_ABOUT(LOG_TEXT("why", why), LOG_TEXT("directory", watch->directory)),
			"There is no room to keep records (%s). Workstations keep theirs, and send "
			"them again. Make room on the disk of %s%s: it goes on by itself",
			why, watch->directory,
			watch->is_elsewhere ? " and of PostgreSQL's data" : "");
}

/* There is room again; or it cannot be found out, and then who asks is told why by the store. */
static void clear(struct disk_watch *watch, bool has_room)
{
	pthread_mutex_lock(&watch->lock);
	int64_t s = (now_ms() - watch->since_ms) / 1000;
	bool say = watch->said && has_room;
	atomic_store(&watch->full, false);
	if (say)
		watch->said = false;
	pthread_mutex_unlock(&watch->lock);
	if (say)
		log_about(LOG_LEVEL_INFO, "disk-room",
			  LOG_ABOUT(LOG_NUMBER("seconds", s),
				    LOG_NUMBER("refused", atomic_load(&watch->refused))),
			  "There is room again, after %" PRId64 " s; %llu requests were put off "
			  "since the start",
			  s, atomic_load(&watch->refused));
}

static void warn_if_low(struct disk_watch *watch)
{
	struct room room;

	if (room_measure(watch->store, &room) < 0)
		return; /* readiness and the metrics say so */
	bool is_low = disk_watch_is_low(room.free, room.size);
	if (is_low && !watch->is_low)
		log_about(LOG_LEVEL_WARNING, "disk-low",
			  LOG_ABOUT(LOG_NUMBER("free", room.free), LOG_NUMBER("size", room.size),
				    LOG_TEXT("directory", watch->directory)),
			  "%" PRIu64 " of %" PRIu64 " MiB are left on the disk of %s; when it is "
			  "full, no more records are taken",
			  room.free / MIB, room.size / MIB, watch->directory);
	watch->is_low = is_low;
}

static void look(struct disk_watch *watch)
{
	if (has_to_try(watch)) {
		int r = room_try(watch->store);
		if (r != -ENOSPC)
			clear(watch, r == 0);
	}
	warn_if_low(watch);
}

static void set_time(struct timespec *at, bool soon)
{
	clock_gettime(CLOCK_MONOTONIC, at);
	at->tv_sec += soon ? DISK_WATCH_TRY_S : DISK_WATCH_LOOK_S;
}

/* Until the next look: sooner if it is full, and then not at once. */
static void rest(struct disk_watch *watch)
{
	struct timespec at;
	bool soon = atomic_load(&watch->full) || watch->said;

	set_time(&at, soon);
	while (!watch->stopping &&
	       pthread_cond_timedwait(&watch->changed, &watch->lock, &at) != ETIMEDOUT) {
		if (!soon && atomic_load(&watch->full)) {
			soon = true;
			set_time(&at, soon);
		}
	}
}

static void *run(void *argument)
{
	struct disk_watch *watch = argument;

	pthread_mutex_lock(&watch->lock);
	while (!watch->stopping) {
		pthread_mutex_unlock(&watch->lock);
		look(watch);
		pthread_mutex_lock(&watch->lock);
		rest(watch);
	}
	pthread_mutex_unlock(&watch->lock);
	return NULL;
}

int disk_watch_start(struct disk_watch *watch, struct store *store, const char *directory,
		     bool is_elsewhere)
{
	pthread_condattr_t monotonic;

	*watch = (struct disk_watch){ .store = store,
				      .directory = directory,
				      .is_elsewhere = is_elsewhere };
	pthread_mutex_init(&watch->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&watch->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	int r = -pthread_create(&watch->thread, NULL, run, watch);
	if (r < 0) {
		pthread_cond_destroy(&watch->changed);
		pthread_mutex_destroy(&watch->lock);
		*watch = (struct disk_watch){ 0 };
	}
	return r;
}

void disk_watch_stop(struct disk_watch *watch)
{
	if (watch->store == NULL)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->stopping = true;
	pthread_cond_signal(&watch->changed);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->changed);
	pthread_mutex_destroy(&watch->lock);
	*watch = (struct disk_watch){ 0 };
}
