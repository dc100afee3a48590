/* facts_api - what the collector tells a workstation of people and devices (policy/facts.h). */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "request.h"

/* The devices that many hosts have met, which are the same for everybody: asked for once in a
 * while.  All under @lock. */
struct facts_cache {
	pthread_mutex_t lock;
	int64_t asked_s; /* CLOCK_MONOTONIC; 0: never */
	char *lines;	 /* owned */
};

void facts_cache_init(struct facts_cache *cache);
void facts_cache_finish(struct facts_cache *cache);

/* GET /v1/facts, with If-None-Match: the document for the host that asks; 304 if it is the same. */
enum MHD_Result facts_handle_get(struct request *request);
