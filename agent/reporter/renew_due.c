#include "renew_due.h"

enum { RETRY_MAX_S = 60 * 60 };

static uint64_t third_s(const struct identity *identity)
{
	int64_t life_s = identity->not_after - identity->not_before;

	return life_s > 0 ? (uint64_t)life_s / 3 : 0;
}

int64_t renew_due(const struct identity *identity)
{
	uint64_t third = third_s(identity);

	return identity->not_after - (int64_t)third +
	       (int64_t)((third * 2 / 3 * identity->chance) >> 32);
}

uint32_t renew_retry_max_ms(const struct identity *identity)
{
	uint64_t retry_s = third_s(identity) / 20;

	retry_s = retry_s < 1 ? 1 : retry_s > RETRY_MAX_S ? RETRY_MAX_S : retry_s;
	return (uint32_t)retry_s * 1000;
}
