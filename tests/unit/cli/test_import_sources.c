/* The files of an import: named or in folders, in order, as UTF-8. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/import_sources.h"
#include "tests/unit/policy/cmocka_test.h"

static char folder[] = "/tmp/import-sources-XXXXXX";

static void write_file(const char *name, const char *bytes, size_t size)
{
	FILE *file = fopen(name, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static struct import_sources *new_sources(void)
{
	struct import_sources *sources = calloc(1, sizeof(*sources));

	assert_non_null(sources);
	return sources;
}

static void encodings(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *encoding, *wanted; /* NULL: refused */
	} cases[] = {
		{ "plain", 5, NULL, "plain" },		 { "", 0, NULL, "" },
		{ "\xef\xbb\xbfmark", 7, NULL, "mark" }, { "\xef\xbb\xbf", 3, "UTF-8", "" },
		{ "\xe6\xb8\x85", 3, NULL, "清" },	 { "\xb2\x4d", 2, "big5", "清" },
		{ "\xb2\x4d", 2, NULL, NULL },		 { "\xff\xfe\x05\x6e", 4, NULL, "清" },
		{ "\xfe\xff\x6e\x05", 4, NULL, "清" },	 { "\xb2", 1, "big5", NULL },
		{ "\xff\xfe\x05", 3, NULL, NULL },	 { "x", 1, "no-such-encoding", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct import_sources *sources = new_sources();
		int r;

		write_file("file", cases[i].bytes, cases[i].size);
		r = import_sources_add(sources, "file", cases[i].encoding);
		if (cases[i].wanted == NULL) {
			assert_true(r < 0);
			assert_int_equal(sources->n, 0);
		} else {
			assert_int_equal(r, 0);
			assert_int_equal(sources->files[0].size, strlen(cases[i].wanted));
			assert_string_equal(sources->files[0].text, cases[i].wanted);
			assert_string_equal(sources->files[0].name, "file");
		}
		import_sources_finish(sources);
		free(sources);
	}
	unlink("file");
}

static void a_folder(void **state)
{
	static const char *const order[] = { "d/10", "d/9", "d/B", "d/a" };
	struct import_sources *sources = new_sources();

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(mkdir("d/sub", 0700), 0);
	write_file("d/a", "a", 1);
	write_file("d/B", "b", 1);
	write_file("d/9", "9", 1);
	write_file("d/.hidden", "h", 1);
	write_file("linked", "10", 2);
	assert_int_equal(symlink("../linked", "d/10"), 0);
	assert_int_equal(import_sources_add(sources, "d", NULL), 0);
	assert_int_equal(sources->n, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_string_equal(sources->files[i].name, order[i]);
	assert_string_equal(sources->files[0].text, "10");
	assert_int_equal(sources->n_skipped, 2);
	assert_string_equal(sources->skipped[0].name, "d/.hidden");
	assert_string_equal(sources->skipped[1].name, "d/sub");
	unlink("linked"); /* now the link leads nowhere */
	assert_int_equal(import_sources_add(sources, "d", NULL), -ENOENT);
	import_sources_finish(sources);
	free(sources);
}

static void limits(void **state)
{
	struct import_sources *sources = new_sources();

	(void)state;
	write_file("one", "1", 1);
	for (int i = 0; i < IMPORT_MAX_FILES; i++)
		assert_int_equal(import_sources_add(sources, "one", NULL), 0);
	assert_int_equal(import_sources_add(sources, "one", NULL), -E2BIG);
	import_sources_finish(sources);
	*sources = (struct import_sources){ .bytes = IMPORT_MAX_BYTES - 1 };
	assert_int_equal(import_sources_add(sources, "one", NULL), 0);
	assert_int_equal(import_sources_add(sources, "one", NULL), -E2BIG);
	assert_int_equal(import_sources_add(sources, "none", NULL), -ENOENT);
	import_sources_finish(sources);
	free(sources);
}

static int enter(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL || chdir(folder) < 0 ? -1 : 0;
}

static int leave(void **state)
{
	static const char *const names[] = { "d/a", "d/B", "d/9", "d/10", "d/.hidden", "one" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		unlink(names[i]);
	rmdir("d/sub");
	rmdir("d");
	return rmdir(folder);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodings),
		cmocka_unit_test(a_folder),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
