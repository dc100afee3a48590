/* flapping - devices that come and go without end: which of their stays are recorded one by one,
 * and which are only counted.  Pure: the caller has the clock.
 *
 * A stay in which nothing is permitted needs no record before it takes effect, and makes two lines.
 * A device that comes back three times a second would fill the disk, and a disk that is full stops
 * all permits.  So each port may have FLAPPING_PORT_BURST such stays recorded at once, and one more
 * each FLAPPING_PORT_US; all ports together FLAPPING_ALL_BURST, and one more each FLAPPING_ALL_US.
 * Of the others it is counted how many came and went at which port.  The caller records that it
 * begins to count, and FLAPPING_TELL_US after that, and for each such time again, how many.
 *
 * Stays in which something is permitted are never counted only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/device.h"

enum {
	FLAPPING_PORTS = 1280, /* counted apart, more than there can be devices; others at "" */
	FLAPPING_PORT_BURST = 60,
	FLAPPING_PORT_US = 5 * 1000 * 1000,
	FLAPPING_ALL_BURST = 2000, /* as many as can be there at once, and more */
	FLAPPING_ALL_US = 500 * 1000,
	FLAPPING_TELL_US = 60 * 1000 * 1000,
};

/* So many may be had at once, and one more each so often. */
struct allowance {
	uint32_t left;
	uint64_t at_us; /* when it was @left; 0: it was never touched, and is whole */
};

struct flapping_port {
	char port[DEVICE_PORT_SIZE];
	struct allowance allowance;
	uint64_t used_us;	/* last */
	uint64_t told_us;	/* when counting began, or was told last; 0: nothing is counted */
	uint32_t arrived, left; /* since then */
};

struct flapping {
	struct allowance all;
	size_t n;
	struct flapping_port ports[FLAPPING_PORTS];
	struct flapping_port others;
};

/* Take one of an allowance of @burst, and one more each @each_us: false if none is left. */
bool allowance_take(struct allowance *allowance, uint32_t burst, uint64_t each_us, uint64_t now_us);

enum flapping_answer {
	FLAPPING_RECORD,
	FLAPPING_BEGINS, /* count it, and record that it is counted from now on */
	FLAPPING_COUNT,
};

/* A device has come to @port, and is denied: is that to be recorded? */
enum flapping_answer flapping_arrived(struct flapping *flapping, const char *port, uint64_t now_us);

/* One that was only counted has gone from @port. */
void flapping_left(struct flapping *flapping, const char *port, uint64_t now_us);

/* Take one port of which the counts are due to be told; @all: due or not.  False if there is none.
 * Where nothing was counted any more, counting ends, and is not told. */
bool flapping_due(struct flapping *flapping, uint64_t now_us, bool all, struct flapping_port *ret);
