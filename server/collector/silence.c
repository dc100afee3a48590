#include "silence.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "policy/text.h"
#include "server/store/endings.h"

enum { LOOK_MAX_S = 60 };

static void on_silent(void *context, const char *hostname, int64_t last_seen)
{
	char since[21];

	(void)context;
	text_time(last_seen, since);
	log_about(LOG_LEVEL_WARNING, "host-silent",
		  LOG_ABOUT(LOG_TEXT("hostname", hostname), LOG_TEXT("since", since)),
		  "%s has not been heard of since %s", hostname, since);
}

static void look(struct silence *silence)
{
	uint64_t n;
	int r = endings_find_silent(silence->store, (int64_t)time(NULL),
				    atomic_load(silence->after_s), on_silent, NULL, &n);

	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "store-failed",
			 "It is not known who is silent: %s (store: %s)", strerror(-r),
			 store_error());
	else
		atomic_store(silence->silent, n);
}

static unsigned every_s(const struct silence *silence)
{
	unsigned s = atomic_load(silence->after_s) / 4;

	return s < LOOK_MAX_S ? s : LOOK_MAX_S;
}

static void *run(void *argument)
{
	struct silence *silence = argument;
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	pthread_mutex_lock(&silence->lock);
	while (!silence->stopping) {
		pthread_mutex_unlock(&silence->lock);
		look(silence);
		at.tv_sec += every_s(silence);
		pthread_mutex_lock(&silence->lock);
		while (!silence->stopping &&
		       pthread_cond_timedwait(&silence->changed, &silence->lock, &at) != ETIMEDOUT)
			;
	}
	pthread_mutex_unlock(&silence->lock);
	return NULL;
}

int silence_start(struct silence *silence, struct store *store, atomic_uint *after_s,
		  atomic_ullong *silent)
{
	pthread_condattr_t monotonic;
	int r;

	*silence = (struct silence){ .store = store, .after_s = after_s, .silent = silent };
	pthread_mutex_init(&silence->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&silence->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = -pthread_create(&silence->thread, NULL, run, silence);
	if (r < 0) {
		pthread_cond_destroy(&silence->changed);
		pthread_mutex_destroy(&silence->lock);
	}
	return r;
}

void silence_stop(struct silence *silence)
{
	pthread_mutex_lock(&silence->lock);
	silence->stopping = true;
	pthread_cond_signal(&silence->changed);
	pthread_mutex_unlock(&silence->lock);
	pthread_join(silence->thread, NULL);
	pthread_cond_destroy(&silence->changed);
	pthread_mutex_destroy(&silence->lock);
}
