/* sdp_record - one service record of a Bluetooth device: what it is and over which channel.
 * Pure: no I/O, no allocation.  A device made these bytes: each length is a claim.
 * Source: Bluetooth Core Specification, volume 3, part B (Service Discovery Protocol), section 3
 * (data elements) and 5.1 (attributes); Generic Object Exchange Profile 2.0 for its multiplexer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "bluetooth_services.h"

enum { SDP_RECORD_MAX_BYTES = 65536 };

struct sdp_record {
	char uuid[BLUETOOTH_UUID_SIZE]; /* its first service class, lower case */
	uint8_t channel;		/* of RFCOMM; 0: none */
	uint16_t psm;			/* of object exchange right over L2CAP; 0: none */
};

/* Parse a record: one data element, a sequence of attribute numbers and values, to the end of
 * @bytes.  Borrows @bytes for the call.
 * Returns 0; -EBADMSG if malformed, without a service class, or with a channel or multiplexer that
 * cannot be; -E2BIG above SDP_RECORD_MAX_BYTES.  On failure *@ret is untouched. */
int sdp_record_parse(const uint8_t *bytes, size_t size, struct sdp_record *ret)
	__attribute__((warn_unused_result));
