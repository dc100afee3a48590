/* bluetooth_records - the service records of a peer, as bluetoothd keeps them:
 * <state>/<adapter>/cache/<peer>, a key file whose group ServiceRecords has a record a line in
 * hexadecimal (BlueZ, doc/settings-storage.txt). */
#pragma once

#include <stddef.h>

#include "policy/sdp_record.h"

enum { BLUETOOTH_RECORDS_MAX_BYTES = 1024 * 1024 };

/* Read the records of @peer at @adapter, both addresses, below @state: at most @max, leaving out
 * what is malformed.  Returns how many; what file_read() gives: none, where nothing is kept. */
int bluetooth_records_read(const char *state, const char *adapter, const char *peer,
			   struct sdp_record *ret, size_t max) __attribute__((warn_unused_result));

/* The same of the file's @text.  Returns how many. */
size_t bluetooth_records_parse(char *text, struct sdp_record *ret, size_t max);
