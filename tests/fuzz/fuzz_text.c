#include "fuzz.h"

#include "policy/text.h"

static void sanitise(const char *text, size_t size)
{
	const size_t room = size * sizeof("\\xHH") + 1; /* the longest that anything becomes */
	char *whole = malloc(room);

	assert(whole != NULL);
	const bool changed = text_sanitise(text, size, whole, room);
	const size_t length = strlen(whole);
	assert(length < room);
	assert(text_is_clean(whole, length));
	assert(changed == (length != size || memcmp(whole, text, size) != 0));
	assert(changed == (!text_is_clean(text, size) || memchr(text, '\\', size) != NULL));

	/* Cut at any size it is a prefix of the whole, and the ellipsis. */
	for (size_t cut_room = 1; cut_room <= length && cut_room < 64; cut_room++) {
		char *cut = malloc(cut_room);

		assert(cut != NULL);
		assert(text_sanitise(text, size, cut, cut_room));
		size_t kept = strnlen(cut, cut_room);
		assert(kept < cut_room && text_is_clean(cut, kept));
		assert((cut_room > 3) == (kept >= 3));
		if (cut_room > 3) {
			assert(strcmp(cut + kept - 3, "…") == 0);
			kept -= 3;
		}
		assert(memcmp(cut, whole, kept) == 0);
		free(cut);
	}
	free(whole);
}

static void read_back(const char *text)
{
	uint8_t bytes[4];
	char hex[9], time[21], copy[32];
	int64_t seconds;

	if (text_unhex(text, bytes, sizeof(bytes)) == 0) {
		text_hex(bytes, sizeof(bytes), hex);
		assert(strcasecmp(text, hex) == 0);
	}
	if (text_time_parse(text, &seconds) == 0) {
		assert(seconds >= 0);
		text_time(seconds, time);
		assert(strcmp(text, time) == 0);
	}
	if (text_copy(text, copy, sizeof(copy)) == 0)
		assert(strcmp(text, copy) == 0 && text_is_clean(copy, strlen(copy)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	sanitise((const char *)data, size);
	read_back(text);
	free(text);
	return 0;
}
