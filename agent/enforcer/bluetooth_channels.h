/* bluetooth_channels - which channels a Bluetooth peer is permitted, by what its decision permits
 * and what its service records say.
 * Pure: no I/O.  A function is permitted only where the peer announces a service of it: a channel
 * that nothing announces stays shut. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bluetooth_gate_maps.h"
#include "policy/function.h"
#include "policy/sdp_record.h"

enum { BLUETOOTH_MAX_RECORDS = 64, BLUETOOTH_MAX_CHANNELS = 160 };

struct bluetooth_terms {
	uint8_t peer[6];
	function_set hid;	/* what its human interface is */
	function_set permitted; /* functions that it has and may use */
	function_set refused;	/* functions that it has and may not use */
	bool att;		/* all of its services over the attribute protocol are permitted */
	size_t n_records;
	const struct sdp_record *records;
};

/* Returns how many of @ret are filled in. */
size_t bluetooth_channels(const struct bluetooth_terms *terms,
			  struct bluetooth_channel ret[static BLUETOOTH_MAX_CHANNELS]);
