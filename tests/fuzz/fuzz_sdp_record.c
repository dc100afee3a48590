#include "fuzz.h"

#include "policy/sdp_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp_record record = { 0 };
	function_set functions;

	if (sdp_record_parse(data, size, &record) < 0) {
		assert(record.uuid[0] == '\0');
		return 0;
	}
	assert(bluetooth_service_functions(record.uuid, 0, &functions) == 0);
	assert(record.channel <= 30);
	assert(record.psm == 0 ||
	       (record.psm >= BLUETOOTH_PSM_DYNAMIC && (record.psm & 0x101) == 1));
	return 0;
}
