/* Lists of devices that are long, have long values, or end too early. */
#include "../policy/cmocka_test.h"

#include <errno.h>

#include "csv_text.h"

/* @n lines, each made by @format from its number. */
static char *lines(const char *header, const char *format, size_t n)
{
	char *text = malloc(strlen(header) + n * 40 + 1), *end = stpcpy(text, header);

	for (size_t i = 0; i < n; i++)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		end += snprintf(end, 40, format, i);
#pragma GCC diagnostic pop
	return text;
}

static void limits(void **state)
{
	(void)state;
	static struct import_file files[IMPORT_MAX_FILES + 1];
	struct rules_error error;
	struct import import;
	char *text;

	for (size_t i = 0; i < COUNT(files); i++)
		files[i] = (struct import_file){ "f", IDS, strlen(IDS) };
	assert_int_equal(import_csv(files, COUNT(files), &lax, &import, &error), -E2BIG);
	assert_int_equal(import_csv(files, COUNT(files) - 1, &lax, &import, &error), 0);
	import_finish(&import);
	assert_int_equal(import_text(IDS, IMPORT_MAX_BYTES + 1, &lax, &import, &error), -E2BIG);

	text = lines(IDS, "%04zx,1666,\n", RULES_MAX_RULES + 1);
	assert_int_equal(import_text(text, strlen(text), &lax, &import, &error), -E2BIG);
	assert_non_null(strstr(error.message, "20000 rules"));
	*strrchr(text, ',') = '\0';
	*(strrchr(text, '\n') + 1) = '\0';
	assert_int_equal(import_text(text, strlen(text), &lax, &import, &error), 0);
	check_rules(&import);
	import_finish(&import);
	free(text);

	text = lines(IDS, "0951,1666,S%zu\n", 100000);
	assert_int_equal(import_text(text, strlen(text), &lax, &import, &error), 0);
	assert_int_equal(import.n_media, 100000);
	import_finish(&import);
	free(text);
}

/* A cell, a serial and a header line of the greatest size, and of one more. */
static void sizes(void **state)
{
	(void)state;
	static const struct {
		size_t cell, serial, columns;
		bool good;
	} table[] = {
		{ 4096, 378, 64, true },
		{ 4097, 378, 64, false },
		{ 4096, 379, 64, false },
		{ 4096, 378, 65, false },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[8192] = "vendor,product,serial,note";
		char cell[4098] = "", serial[400] = "";
		struct rules_error error;
		struct import import;
		int r;

		memset(cell, 'x', table[i].cell);
		memset(serial, 'y', table[i].serial);
		for (size_t c = 4; c < table[i].columns; c++)
			append(text, sizeof(text), ",");
		append(text, sizeof(text), "\n0951,1666,%s,%s", serial, cell);
		for (size_t c = 4; c < table[i].columns; c++)
			append(text, sizeof(text), ",");
		r = import_text(text, strlen(text), &lax, &import, &error);
		if (r != (table[i].good ? 0 : -EBADMSG))
			fail_msg("%zu: %d %s", i, r, r < 0 ? error.message : "");
		if (r == 0)
			import_finish(&import);
	}
}

/* A pattern that is as long as a rule's may be, and one that is longer. */
static void long_patterns(void **state)
{
	(void)state;
	for (size_t stars = 126; stars <= 127; stars++) {
		char text[512] = TYPES "1,0951,1666,", serial[128] = "";
		struct rules_error error;
		struct import import;
		int r;

		memset(serial, '*', stars);
		append(text, sizeof(text), "%s\n", serial);
		r = import_text(text, strlen(text), &lax, &import, &error);
		assert_int_equal(r, stars == 126 ? 0 : -EBADMSG);
		if (r == 0) {
			check_rules(&import);
			import_finish(&import);
		} else {
			assert_non_null(strstr(error.message, "pattern is too long"));
		}
	}
}

static void every_truncation_ends_well(void **state)
{
	(void)state;
	static const char text[] = EACH_KIND;

	for (size_t size = 0; size < sizeof(text); size++) {
		char *cut = malloc(size + 1); /* so that a byte too many is seen */
		struct rules_error error;
		struct import import;

		memcpy(cut, text, size);
		const int r = import_text(cut, size, &lax, &import, &error);

		assert_true(r == 0 || r == -EBADMSG);
		if (r == 0) {
			check_rules(&import);
			import_finish(&import);
		} else {
			assert_true(error.line >= 1 && error.line <= 6);
			assert_true(error.message[0] != '\0');
		}
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits),
		cmocka_unit_test(sizes),
		cmocka_unit_test(long_patterns),
		cmocka_unit_test(every_truncation_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
