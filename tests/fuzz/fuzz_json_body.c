/* A JSON body that a machine or a person sends, and its checked members. */
#include "fuzz.h"

#include <errno.h>

#include "policy/text.h"
#include "server/collector/field.h"
#include "server/collector/json_body.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

/* What a field gives is what it promises, and what it refuses is said. */
static void check_fields(const json_t *json)
{
	static const json_int_t range[] = { -5, 1000 };
	static const char *const names[] = { "token", "machine_id", "boot", "time", "unit", "" };
	char clean[8 * 128 + 1];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct request request = { 0 };
		const char *text = NULL;
		json_int_t number = 0;
		size_t size;

		if (field_text(&request, json, names[i], 128, true, &text) == 0) {
			assert(*text != '\0' && strlen(text) <= 128);
			assert(!text_sanitise(text, strlen(text), clean, sizeof(clean)));
		} else {
			assert(request.problem.status == 400 && *request.problem.detail);
		}
		if (field_hex(&request, json, names[i], 32, false, &text) == 0)
			assert(*text == '\0' ||
			       (strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32));
		if (field_number(&request, json, names[i], range, 7, &number) == 0)
			assert(number == 7 || (number >= -5 && number <= 1000));
		if (field_raw(&request, json, names[i], 64, &text, &size) == 0)
			assert(size <= 64 && text[size] == '\0');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[JSON_BODY_ERROR_SIZE] = "";
	json_t *json = NULL;
	int r = json_body_parse((const char *)data, size, &json, error);

	assert(r == 0 || r == -EBADMSG);
	assert((r == 0) == json_is_object(json));
	assert((r == 0) == (error[0] == '\0'));
	if (r == 0)
		check_fields(json);
	json_decref(json);
	return 0;
}
