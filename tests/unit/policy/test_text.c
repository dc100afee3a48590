#include "cmocka_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/text.h"

/* @text with its size, so that NUL can be in it. */
#define BYTES(literal) literal, sizeof(literal) - 1

static void sanitises(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t size;
		const char *wanted;
		bool changed;
	} table[] = {
		{ BYTES(""), "", false },
		{ BYTES("DataTraveler 3.0"), "DataTraveler 3.0", false },
		{ BYTES("金士頓 隨身碟"), "金士頓 隨身碟", false },
		{ BYTES("\"quoted\" 'and' <b>"), "\"quoted\" 'and' <b>", false },
		{ BYTES("a\\b"), "a\\x5Cb", true },
		{ BYTES("a\0b"), "a\\x00b", true },
		{ BYTES("\x1b[2J\r\n\t\x7f"), "\\x1B[2J\\x0D\\x0A\\x09\\x7F", true },
		{ BYTES("\xc2\x80\xc2\x9f"), "\\u{0080}\\u{009F}", true },
		/* Right-to-left override and isolates, zero-width space, byte order mark. */
		{ BYTES("gpj\xe2\x80\xae.exe"), "gpj\\u{202E}.exe", true },
		{ BYTES("\xe2\x81\xa6\xe2\x81\xa9"), "\\u{2066}\\u{2069}", true },
		{ BYTES("a\xe2\x80\x8b"
			"b\xef\xbb\xbf"),
		  "a\\u{200B}b\\u{FEFF}", true },
		{ BYTES("\xc2\xad\xe2\x80\xa8"), "\\u{00AD}\\u{2028}", true },
		{ BYTES("\xf3\xa0\x81\x81"), "\\u{E0041}", true }, /* a tag character */
		{ BYTES("\xef\xbf\xbf\xf4\x8f\xbf\xbe"), "\\u{FFFF}\\u{10FFFE}", true },
		/* Next to what is hidden, and itself shown. */
		{ BYTES("\xc2\xa0\xe2\x80\x90\xe2\x80\xaf"), "\xc2\xa0\xe2\x80\x90\xe2\x80\xaf",
		  false },
		{ BYTES("\xf0\x9f\x92\xbe"), "\xf0\x9f\x92\xbe", false },
		/* Not UTF-8: a lone continuation, overlong, cut short, surrogate, too large. */
		{ BYTES("\x80"), "\\x80", true },
		{ BYTES("\xc0\xaf"), "\\xC0\\xAF", true },
		{ BYTES("\xe0\x80\xaf"), "\\xE0\\x80\\xAF", true },
		{ BYTES("\xf0\x80\x80\xaf"), "\\xF0\\x80\\x80\\xAF", true },
		{ BYTES("\xe9\x87"), "\\xE9\\x87", true },
		{ BYTES("\xe9\x87x"), "\\xE9\\x87x", true },
		{ BYTES("\xed\xa0\x80"), "\\xED\\xA0\\x80", true },
		{ BYTES("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80", true },
		{ BYTES("\xff\xfe"), "\\xFF\\xFE", true },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char ret[200];
		bool changed = text_sanitise(table[i].text, table[i].size, ret, sizeof(ret));

		assert_string_equal(ret, table[i].wanted);
		assert_int_equal(changed, table[i].changed);
		/* What is clean is what would be left alone, but for backslashes. */
		if (memchr(table[i].text, '\\', table[i].size) == NULL)
			assert_int_equal(text_is_clean(table[i].text, table[i].size), !changed);
	}
}

/* The text cut at every size ends with a whole character and the ellipsis, where that fits. */
static void cuts_at_whole_characters(void **state)
{
	(void)state;
	static const char text[] = "a金b\x01士\\頓";
	static const char whole[] = "a金b\\x01士\\x5C頓";
	static const char *const pieces[] = { "a", "金", "b", "\\x01", "士", "\\x5C", "頓" };
	char ret[sizeof(whole)];

	for (size_t size = 1; size < sizeof(whole); size++) {
		char wanted[sizeof(whole)] = "";

		for (size_t i = 0; size >= sizeof("…") && i < COUNT(pieces); i++) {
			if (strlen(wanted) + strlen(pieces[i]) + sizeof("…") > size)
				break;
			strcat(wanted, pieces[i]);
		}
		if (size >= sizeof("…"))
			strcat(wanted, "…");
		memset(ret, 'x', sizeof(ret));
		assert_true(text_sanitise(text, sizeof(text) - 1, ret, size));
		assert_string_equal(ret, wanted);
		if (size < sizeof(ret))
			assert_int_equal(ret[size], 'x');
	}
	assert_true(text_sanitise(text, sizeof(text) - 1, ret, sizeof(whole)));
	assert_string_equal(ret, whole);
}

static void different_texts_stay_different(void **state)
{
	(void)state;
	char hostile[32], honest[32];

	text_sanitise(BYTES("A\x01"), hostile, sizeof(hostile));
	text_sanitise(BYTES("A\\x01"), honest, sizeof(honest));
	assert_string_not_equal(hostile, honest);
}

static void copies_whole_or_not(void **state)
{
	(void)state;
	char ret[8] = "before";

	assert_int_equal(text_copy("1234567", ret, sizeof(ret)), 0);
	assert_string_equal(ret, "1234567");
	assert_int_equal(text_copy("12345678", ret, sizeof(ret)), -E2BIG);
	assert_int_equal(text_copy("a\nb", ret, sizeof(ret)), -EINVAL);
	assert_int_equal(text_copy("\xff", ret, sizeof(ret)), -EINVAL);
	assert_string_equal(ret, "1234567");
	assert_int_equal(text_copy("a\\b", ret, sizeof(ret)), 0);
	assert_string_equal(ret, "a\\b");
	assert_int_equal(text_copy("", ret, sizeof(ret)), 0);
	assert_string_equal(ret, "");
}

static void writes_and_reads_hexadecimal(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 0x00, 0x0f, 0xa5, 0xff };
	char hex[9];
	uint8_t back[4] = { 1, 2, 3, 4 };

	text_hex(bytes, 4, hex);
	assert_string_equal(hex, "000fa5ff");
	assert_int_equal(text_unhex(hex, back, 4), 0);
	assert_memory_equal(back, bytes, 4);
	assert_int_equal(text_unhex("000FA5FF", back, 4), 0);
	assert_memory_equal(back, bytes, 4);

	static const char *const bad[] = { "",	       "000fa5f",  "000fa5ff0", "000fa5fg",
					   " 00fa5ff", "0x0fa5ff", "-00fa5ff",	"/:@G`g{}" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(text_unhex(bad[i], back, 4), -EINVAL);
	assert_memory_equal(back, bytes, 4);
	text_hex(bytes, 0, hex);
	assert_string_equal(hex, "");
	assert_int_equal(text_unhex("", back, 0), 0);
}

static void reads_base64(void **state)
{
	(void)state;
	static const struct {
		const char *text, *bytes;
	} good[] = { { "", "" },
		     { "Zg==", "f" },
		     { "Zm8=", "fo" },
		     { "Zm9v", "foo" },
		     { "+/+/", "\xfb\xff\xbf" } };
	static const char *const bad[] = { "Zg", "Zg=", "Zh==", "Zg== ", "Zm9v\n", "Zm 9v",
					   "Z===", "=", "-_-_",
					   "Zm9vYmFyZm9v", /* more than there is room for */
					   /* Any of these is 0 to libsodium 1.0.18. */
					   "Zm9\x80", "\xffm9v", "Zm\xc3\xa9" };
	uint8_t bytes[8];
	size_t size;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(text_unbase64(good[i].text, bytes, sizeof(bytes), &size), 0);
		assert_int_equal(size, strlen(good[i].bytes));
		assert_memory_equal(bytes, good[i].bytes, size);
	}
	size = 77;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (text_unbase64(bad[i], bytes, sizeof(bytes), &size) != -EINVAL || size != 77)
			fail_msg("\"%s\" was read", bad[i]);
}

static void writes_and_reads_times(void **state)
{
	(void)state;
	static const struct {
		int64_t seconds;
		const char *text;
	} table[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 951868799, "2000-02-29T23:59:59Z" },
		{ 951868800, "2000-03-01T00:00:00Z" },
		{ 1763853379, "2025-11-22T23:16:19Z" },
		{ 4107542400, "2100-03-01T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[21];
		int64_t seconds = -1;

		text_time(table[i].seconds, text);
		assert_string_equal(text, table[i].text);
		assert_int_equal(text_time_parse(text, &seconds), 0);
		assert_int_equal(seconds, table[i].seconds);
	}
	char text[21];
	text_time(-1, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	text_time(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	text_time(INT64_MIN, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
}

static void agrees_with_the_c_library_on_every_day(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 2932897; day++) {
		const time_t seconds = day * 86400 + day % 86400;
		struct tm tm;
		char text[21], wanted[21];
		int64_t back = -1;

		text_time(seconds, text);
		assert_non_null(gmtime_r(&seconds, &tm));
		assert_int_equal(strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%SZ", &tm), 20);
		assert_string_equal(text, wanted);
		assert_int_equal(text_time_parse(text, &back), 0);
		assert_int_equal(back, seconds);
	}
}

static void refuses_other_times(void **state)
{
	(void)state;
	static const char good[] = "2026-11-22T08:00:00Z";
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22T08:00:00",
		"2026-11-22T08:00:00+",
		"2026-11-22T08:00:00z",
		"2026-11-22t08:00:00Z",
		"2026-11-22 08:00:00Z",
		"2026-11-22T08:00:00.0Z",
		"2026-11-22T08:00:00ZZ",
		"2026-11-22T08:00:00+00:00",
		"2026-00-22T08:00:00Z",
		"2026-13-22T08:00:00Z",
		"2026-11-00T08:00:00Z",
		"2026-11-31T08:00:00Z",
		"2026-02-29T08:00:00Z",
		"2100-02-29T08:00:00Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T08:60:00Z",
		"2026-11-22T08:00:60Z",
		"1969-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z",
		"+026-11-22T08:00:00Z",
		"2026-1a-22T08:00:00Z",
	};
	int64_t seconds = 7;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(text_time_parse(bad[i], &seconds), -EINVAL);
	for (size_t cut = 0; cut < sizeof(good) - 1; cut++) {
		char text[sizeof(good)] = "";

		memcpy(text, good, cut);
		assert_int_equal(text_time_parse(text, &seconds), -EINVAL);
	}
	assert_int_equal(seconds, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sanitises),
		cmocka_unit_test(cuts_at_whole_characters),
		cmocka_unit_test(different_texts_stay_different),
		cmocka_unit_test(copies_whole_or_not),
		cmocka_unit_test(writes_and_reads_hexadecimal),
		cmocka_unit_test(reads_base64),
		cmocka_unit_test(writes_and_reads_times),
		cmocka_unit_test(agrees_with_the_c_library_on_every_day),
		cmocka_unit_test(refuses_other_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
