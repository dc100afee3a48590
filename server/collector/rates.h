/* rates - how much one machine, or one address without a certificate, may ask of the collector:
 * token buckets of requests, events and bytes, and how many requests it may have at once. A request
 * is counted when it begins.  Events and bytes are counted when they have come: whoever has used
 * more than there was waits until it is paid, so a large upload is not refused for its size.  Of
 * the memory for bodies, one may hold a share, so that nobody takes it all by sending many, slowly.
 * Safe from any thread. */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "budget.h"

enum rate_kind { RATE_REQUESTS, RATE_EVENTS, RATE_BYTES, _RATE_MAX };

enum {
	RATES_KEY_SIZE = 48,
	RATES_CHAINS = 4096,
	RATES_MAX = 65536,	/* whom there is room for at once */
	RATES_BURST_S = 10,	/* a bucket holds what comes in this time */
	RATES_AT_ONCE_MAX = 32, /* requests of one; a machine has 5 */
	RATES_WAIT_MAX_S = 300,
	RATES_SHARES = 8, /* so many fill the memory together, at the fewest */
	/* But what the largest body of one takes, with its zstd window: 2 and 9 MiB. */
	RATES_SHARE_MIN = 12 * 1024 * 1024,
};

struct rate;

struct rates {
	pthread_mutex_t lock;
	uint64_t per_s[_RATE_MAX];	   /* 0: without end */
	size_t share;			   /* bytes */
	struct rate *chains[RATES_CHAINS]; /* owned */
	size_t n;
};

void rates_init(struct rates *rates, const uint64_t per_s[static _RATE_MAX]);
/* What each may ask from now on; what it has used already stays used. */
void rates_change(struct rates *rates, const uint64_t per_s[static _RATE_MAX]);
/* All bodies may take @memory bytes together; without end until this is said. */
void rates_change_memory(struct rates *rates, size_t memory);
void rates_finish(struct rates *rates);

/* @key begins a request at @now_ms (CLOCK_MONOTONIC).  Gives *@ret, for rates_end.
 * Returns 0; -EAGAIN, and *@ret_wait_s says after how many seconds to come again; -ENOMEM, also
 * when there are RATES_MAX already. */
int rates_begin(struct rates *rates, const char *key, int64_t now_ms, struct rate **ret,
		unsigned *ret_wait_s) __attribute__((warn_unused_result));

/* It has brought so much. */
void rates_spend(struct rates *rates, struct rate *rate, uint64_t events, uint64_t bytes);

/* What the bodies of all its requests may take together; valid until rates_end.  NULL of NULL. */
struct budget *rates_share(struct rate *rate);

/* The request is over, and has given back what it took of the share.  NULL is allowed. */
void rates_end(struct rates *rates, struct rate *rate);

/* The key of an address: itself, or of IPv6 the /64 that one machine has all addresses of. */
void rates_address_key(const char *address, char ret[static RATES_KEY_SIZE]);
