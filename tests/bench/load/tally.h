/* tally - what a load has seen: answers by status, how long they took, and how it is printed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum { TALLY_STATUS_MAX = 600 };

/* Durations, microseconds. */
struct durations {
	uint32_t *values; /* owned */
	size_t n, capacity;
};

struct tally {
	uint64_t by_status[TALLY_STATUS_MAX];
	uint64_t events, bytes;	    /* acknowledged lines; bytes of their bodies as sent */
	uint64_t connected, failed; /* connections made; lost or refused */
	int64_t began_us, ended_us; /* CLOCK_MONOTONIC */
	struct durations handshakes, answers, news;
	const char *wrong; /* what must not happen has: a sentence, or NULL */
};

int64_t tally_now_us(void);

/* Out of memory ends the program. */
void durations_add(struct durations *durations, int64_t us);

/* Gives a JSON object of it all, and frees what it owns. */
json_t *tally_finish(struct tally *tally);
