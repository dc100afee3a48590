#include "rates.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MILLI = 1000 };

struct rate {
	struct rate *next;
	char key[RATES_KEY_SIZE];
	int64_t level[_RATE_MAX]; /* thousandths; below 0: owed */
	int64_t at_ms;
	unsigned running;
	struct budget share;
};

void rates_init(struct rates *rates, const uint64_t per_s[static _RATE_MAX])
{
	*rates = (struct rates){ 0 };
	pthread_mutex_init(&rates->lock, NULL);
	memcpy(rates->per_s, per_s, sizeof(rates->per_s));
	rates->share = SIZE_MAX;
}

void rates_change(struct rates *rates, const uint64_t per_s[static _RATE_MAX])
{
	pthread_mutex_lock(&rates->lock);
	memcpy(rates->per_s, per_s, sizeof(rates->per_s));
	pthread_mutex_unlock(&rates->lock);
}

void rates_change_memory(struct rates *rates, size_t memory)
{
	size_t share = memory / RATES_SHARES;

	pthread_mutex_lock(&rates->lock);
	rates->share = share > RATES_SHARE_MIN ? share : RATES_SHARE_MIN;
	pthread_mutex_unlock(&rates->lock);
}

void rates_finish(struct rates *rates)
{
	for (size_t i = 0; i < RATES_CHAINS; i++) {
		while (rates->chains[i]) {
			struct rate *next = rates->chains[i]->next;
			free(rates->chains[i]);
			rates->chains[i] = next;
		}
	}
	pthread_mutex_destroy(&rates->lock);
}

/* FNV-1a (RFC 9923): the keys are ours, not the peer's choice. */
static size_t chain_of(const char *key)
{
	uint32_t hash = 2166136261;

	for (; *key; key++)
		hash = (hash ^ (uint8_t)*key) * 16777619;
	return hash % RATES_CHAINS;
}

static int64_t full(const struct rates *rates, size_t kind)
{
	return (int64_t)rates->per_s[kind] * RATES_BURST_S * MILLI;
}

/* What has come in since.  Returns whether all are full. */
static bool refill(const struct rates *rates, struct rate *rate, int64_t now_ms)
{
	bool all = true;

	for (size_t kind = 0; kind < _RATE_MAX; kind++) {
		int64_t room = full(rates, kind) - rate->level[kind];
		int64_t per_ms = (int64_t)rates->per_s[kind];
		int64_t since = now_ms - rate->at_ms;

		if (per_ms == 0)
			continue;
		if (since > room / per_ms)
			rate->level[kind] += room;
		else
			rate->level[kind] += since * per_ms;
		all = all && rate->level[kind] == full(rates, kind);
	}
	rate->at_ms = now_ms;
	return all;
}

/* The one called @key; on the way, those that nothing is known of any more are dropped. */
static struct rate *find(struct rates *rates, const char *key, int64_t now_ms)
{
	struct rate **slot = &rates->chains[chain_of(key)], *found = NULL;

	while (*slot) {
		struct rate *rate = *slot;
		bool forgotten = refill(rates, rate, now_ms) && rate->running == 0;

		if (strcmp(rate->key, key) == 0)
			found = rate;
		if (forgotten && rate != found) {
			*slot = rate->next;
			free(rate);
			rates->n--;
		} else {
			slot = &rate->next;
		}
	}
	return found;
}

static struct rate *add(struct rates *rates, const char *key, int64_t now_ms)
{
	struct rate **slot = &rates->chains[chain_of(key)];
	struct rate *rate = rates->n < RATES_MAX ? calloc(1, sizeof(*rate)) : NULL;

	if (!rate)
		return NULL;
	snprintf(rate->key, sizeof(rate->key), "%s", key);
	for (size_t kind = 0; kind < _RATE_MAX; kind++)
		rate->level[kind] = full(rates, kind);
	rate->at_ms = now_ms;
	budget_init(&rate->share, rates->share);
	rate->next = *slot;
	*slot = rate;
	rates->n++;
	return rate;
}

/* Seconds until each bucket has something; 0: now. */
static unsigned wait_for(const struct rates *rates, const struct rate *rate)
{
	uint64_t wait_s = rate->running >= RATES_AT_ONCE_MAX;

	for (size_t kind = 0; kind < _RATE_MAX; kind++) {
		int64_t lacks = MILLI - rate->level[kind];
		uint64_t per_s = rates->per_s[kind];

		if (per_s > 0 && lacks > 0 && (uint64_t)lacks / per_s / MILLI + 1 > wait_s)
			wait_s = (uint64_t)lacks / per_s / MILLI + 1;
	}
	return wait_s < RATES_WAIT_MAX_S ? (unsigned)wait_s : RATES_WAIT_MAX_S;
}

static int begin(struct rates *rates, const char *key, int64_t now_ms, struct rate **ret,
		 unsigned *ret_wait_s)
{
	struct rate *rate = find(rates, key, now_ms);
	unsigned wait_s;

	if (!rate)
		rate = add(rates, key, now_ms);
	if (!rate)
		return -ENOMEM;
	wait_s = wait_for(rates, rate);
	if (wait_s > 0) {
		*ret_wait_s = wait_s;
		return -EAGAIN;
	}
	rate->level[RATE_REQUESTS] -= MILLI;
	rate->running++;
	budget_change(&rate->share, rates->share);
	*ret = rate;
	return 0;
}

int rates_begin(struct rates *rates, const char *key, int64_t now_ms, struct rate **ret,
		unsigned *ret_wait_s)
{
	pthread_mutex_lock(&rates->lock);
	int r = begin(rates, key, now_ms, ret, ret_wait_s);
	pthread_mutex_unlock(&rates->lock);
	return r;
}

static void spend(const struct rates *rates, struct rate *rate, enum rate_kind kind, uint64_t n)
{
	int64_t most = 2 * full(rates, kind); /* so that what is owed has an end */

	if (n > (uint64_t)most / MILLI)
		n = (uint64_t)most / MILLI;
	rate->level[kind] -= (int64_t)n * MILLI;
	if (rate->level[kind] < -most)
		rate->level[kind] = -most;
}

void rates_spend(struct rates *rates, struct rate *rate, uint64_t events, uint64_t bytes)
{
	if (!rate)
		return;
	pthread_mutex_lock(&rates->lock);
	spend(rates, rate, RATE_EVENTS, events);
	spend(rates, rate, RATE_BYTES, bytes);
	pthread_mutex_unlock(&rates->lock);
}

struct budget *rates_share(struct rate *rate)
{
	return rate ? &rate->share : NULL;
}

void rates_end(struct rates *rates, struct rate *rate)
{
	if (!rate)
		return;
	pthread_mutex_lock(&rates->lock);
	rate->running--;
	pthread_mutex_unlock(&rates->lock);
}

void rates_address_key(const char *address, char ret[static RATES_KEY_SIZE])
{
	struct in6_addr v6;

	if (inet_pton(AF_INET6, address, &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6)) {
		memset(v6.s6_addr + 8, 0, 8);
		if (inet_ntop(AF_INET6, &v6, ret, RATES_KEY_SIZE))
			return;
	}
	snprintf(ret, RATES_KEY_SIZE, "%s", address);
}
