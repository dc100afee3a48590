/* What the reporter left is shown; whatever else is in that file, is not. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/collector_notice.h"
#include "agent/common/file.h"
#include "tests/unit/policy/cmocka_test.h"

struct fixture {
	char directory[64], run[96], path[128];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->directory, "/tmp/devgate-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->run, sizeof(f->run), "%s/run", f->directory);
	snprintf(f->path, sizeof(f->path), "%s-reporter", f->run);
	assert_int_equal(mkdir(f->path, 0700), 0);
	snprintf(f->path, sizeof(f->path), "%s-reporter/status.json", f->run);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	*strrchr(f->path, '/') = '\0';
	rmdir(f->path);
	rmdir(f->directory);
	free(f);
	return 0;
}

/* What is shown of a file that holds @text; to be freed. */
static char *show(const struct fixture *f, const char *text)
{
	json_t *notice = NULL;
	struct table table;
	char *shown = NULL;
	size_t size;
	FILE *out;

	assert_int_equal(file_write_atomic(AT_FDCWD, f->path, text, strlen(text), 0600), 0);
	assert_int_equal(collector_notice_read(f->run, &notice), 0);
	table_init(&table, 2);
	collector_notice_show(notice, &table);
	json_decref(notice);
	out = open_memstream(&shown, &size);
	table_print(&table, out);
	fclose(out);
	table_finish(&table);
	return shown;
}

static void test_shown(void **state)
{
	static const struct {
		const char *text, *shown, *not_shown;
	} rows[] = {
		{ "{\"collector\":\"https://c:1\",\"reached\":null}",
		  "https://c:1, not reached yet", "Clock" },
		{ "{\"collector\":\"https://c:1\",\"reached\":\"2026-11-22T08:00:00Z\"}",
		  "last reached 2026-11-22", "Trouble" },
		{ "{\"clock_offset_s\":-299}", "right (-299 s)", "WRONG" },
		{ "{\"clock_offset_s\":301}", "WRONG: 301 s ahead", "behind" },
		{ "{\"clock_offset_s\":-9000}", "WRONG: 9000 s behind", "ahead" },
		{ "{\"clock_offset_s\":\"x\",\"trouble\":7,\"collector\":[]}", "Collector",
		  "Clock" },
		{ "{\"trouble\":\"cloned: enrol\\u001b[2J anew\"}", "enrol", "\033" },
		{ "{\"certificate_expires\":\"2027-11-22T08:00:00Z\"}", "2027-11-22", "Clock" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *shown = show(*state, rows[i].text);
		if (strstr(shown, rows[i].shown) == NULL ||
		    strstr(shown, rows[i].not_shown) != NULL)
			fail_msg("%s: %s", rows[i].text, shown);
		free(shown);
	}
}

static void test_not_read(void **state)
{
	static const char *const texts[] = { "", "[]", "7", "{", "{\"a\":1,\"a\":2}" };
	struct fixture *f = *state;
	char large[COLLECTOR_NOTICE_MAX + 2];
	json_t *notice = NULL;

	assert_int_equal(collector_notice_read(f->run, &notice), -ENOENT);
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(
			file_write_atomic(AT_FDCWD, f->path, texts[i], strlen(texts[i]), 0600), 0);
		assert_int_equal(collector_notice_read(f->run, &notice), -EBADMSG);
	}
	memset(large, ' ', sizeof(large));
	assert_int_equal(file_write_atomic(AT_FDCWD, f->path, large, sizeof(large), 0600), 0);
	assert_int_equal(collector_notice_read(f->run, &notice), -E2BIG);
	assert_null(notice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
