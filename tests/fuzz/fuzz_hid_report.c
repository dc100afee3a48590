#include "fuzz.h"

#include "agent/common/hid_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hid_report untouched = { .n_applications = UINT16_MAX };
	struct hid_report report = untouched;
	function_set functions;

	if (hid_report_parse(data, size, &report) < 0) {
		assert(memcmp(&report, &untouched, sizeof(report)) == 0);
		return 0;
	}
	assert(report.n_applications > 0 && report.applications != 0);
	functions = hid_report_functions(&report);
	assert(functions != 0);
	assert(hid_report_types(&report) == ((functions & FUNCTION_BIT(FUNCTION_KEYBOARD)) != 0));
	assert(!hid_report_is_fido(&report) || functions == FUNCTION_BIT(FUNCTION_HID));
	return 0;
}
