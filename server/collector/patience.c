#include "patience.h"

#include <sys/socket.h>
#include <time.h>

enum {
	TICK_MS = 500,
	BODY_BYTES_PER_MS = 64, /* the slowest that a body may come, beside twice a header's time */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The descriptor is open as long as it is in the list. */
static void end_late(struct patience *patience)
{
	int64_t now = now_ms();

	for (struct awaited *awaited = patience->first; awaited; awaited = awaited->next) {
		if (awaited->deadline_ms == 0 || awaited->deadline_ms > now)
			continue;
		awaited->deadline_ms = 0;
		shutdown(awaited->fd, SHUT_RDWR);
		patience->ended++;
	}
}

static void *run_clock(void *context)
{
	struct patience *patience = context;

	pthread_mutex_lock(&patience->lock);
	while (!patience->stopping) {
		int64_t at = now_ms() + TICK_MS;
		struct timespec ts = { .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };
		pthread_cond_timedwait(&patience->changed, &patience->lock, &ts);
		end_late(patience);
	}
	pthread_mutex_unlock(&patience->lock);
	return NULL;
}

int patience_start(struct patience *patience, unsigned header_s)
{
	pthread_condattr_t monotonic;

	*patience = (struct patience){ .header_ms = (int64_t)header_s * 1000 };
	pthread_mutex_init(&patience->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&patience->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return -pthread_create(&patience->clock, NULL, run_clock, patience);
}

void patience_change(struct patience *patience, unsigned header_s)
{
	atomic_store(&patience->header_ms, (int64_t)header_s * 1000);
}

void patience_stop(struct patience *patience)
{
	pthread_mutex_lock(&patience->lock);
	patience->stopping = true;
	pthread_cond_signal(&patience->changed);
	pthread_mutex_unlock(&patience->lock);
	pthread_join(patience->clock, NULL);
	pthread_cond_destroy(&patience->changed);
	pthread_mutex_destroy(&patience->lock);
}

void patience_add(struct patience *patience, struct awaited *awaited, int fd)
{
	pthread_mutex_lock(&patience->lock);
	*awaited = (struct awaited){ .next = patience->first,
				     .fd = fd,
				     .deadline_ms = now_ms() + patience->header_ms };
	if (awaited->next)
		awaited->next->previous = awaited;
	patience->first = awaited;
	pthread_mutex_unlock(&patience->lock);
}

void patience_remove(struct patience *patience, struct awaited *awaited)
{
	pthread_mutex_lock(&patience->lock);
	if (awaited->previous)
		awaited->previous->next = awaited->next;
	else
		patience->first = awaited->next;
	if (awaited->next)
		awaited->next->previous = awaited->previous;
	pthread_mutex_unlock(&patience->lock);
}

void patience_await(struct patience *patience, struct awaited *awaited, int64_t ms)
{
	pthread_mutex_lock(&patience->lock);
	awaited->deadline_ms = ms > 0 ? now_ms() + ms : 0;
	pthread_mutex_unlock(&patience->lock);
}

void patience_await_body(struct patience *patience, struct awaited *awaited, uint64_t max)
{
	patience_await(patience, awaited,
		       2 * patience->header_ms + (int64_t)(max / BODY_BYTES_PER_MS));
}

uint64_t patience_ended(struct patience *patience)
{
	pthread_mutex_lock(&patience->lock);
	uint64_t ended = patience->ended;
	pthread_mutex_unlock(&patience->lock);
	return ended;
}
