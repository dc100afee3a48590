/* arrivals - compare what two witnesses saw arrive, by bus and device number.
 * A device that one saw and the other did not see in time is a gap.  Pure: the caller has the
 * clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum witness_id { WITNESS_UDEV = 1, WITNESS_LIBUSB = 2, WITNESS_BOTH = 3 };

enum { ARRIVALS_MAX = 2048, ARRIVAL_DEADLINE_US = 5 * 1000 * 1000 };

struct arrival {
	uint16_t bus, number;
	unsigned seen; /* set of enum witness_id */
	bool told;     /* that a witness missed it */
	uint64_t deadline_us;
};

struct arrivals {
	size_t n;
	struct arrival items[ARRIVALS_MAX];
};

/* @witness saw a device arrive; again is no news.  Returns 0 or -E2BIG. */
int arrivals_saw(struct arrivals *arrivals, enum witness_id witness, uint16_t bus, uint16_t number,
		 uint64_t now_us) __attribute__((warn_unused_result));

/* The device left, whoever says so. */
void arrivals_left(struct arrivals *arrivals, uint16_t bus, uint16_t number);

/* Take one arrival that is past its deadline and was seen by one witness only: false if there is
 * none.  Each is given once. */
bool arrivals_overdue(struct arrivals *arrivals, uint64_t now_us, struct arrival *ret);

/* The next deadline, or UINT64_MAX. */
uint64_t arrivals_deadline(const struct arrivals *arrivals);
