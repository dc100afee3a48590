/* The ledger's journal: power is cut while the segment's newest lines are in memory alone, and each
 * line that was accepted is there afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>

#include "ledger_folder.h"

enum { TEXT_MAX = 9000, FILES_MAX = 128 };

/* What of each file is sure to be on the disk: its length at the last sync. */
static struct {
	ino_t inode;
	off_t size;
} durable[FILES_MAX];
static int syncs; /* of segments */
static bool journal_fails;

static void *real_function(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	assert_non_null(function);
	return function;
}

static void note_durable(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	if (!S_ISREG(st.st_mode))
		return;
	for (size_t i = 0; i < FILES_MAX; i++) {
		if (durable[i].inode == st.st_ino || durable[i].inode == 0) {
			durable[i].inode = st.st_ino;
			durable[i].size = st.st_size;
			return;
		}
	}
	fail_msg("more files than there is room for");
}

int fdatasync(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		*(void **)&real = real_function("fdatasync");
	if (fd == ledger.journal.fd && journal_fails) {
		errno = EIO;
		return -1;
	}
	syncs += fd == ledger.segment_fd;
	note_durable(fd);
	return real(fd);
}

int fsync(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		*(void **)&real = real_function("fsync");
	note_durable(fd);
	return real(fd);
}

static int setup(void **state)
{
	(void)state;
	memset(durable, 0, sizeof(durable));
	syncs = 0;
	journal_fails = false;
	folder_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return folder_remove();
}

/* An event whose text is @size bytes long. */
static int append(const char *boot, int number, int size)
{
	static char body[TEXT_MAX + 200];
	int n = snprintf(body, sizeof(body), "\"boot\":\"%s\",\"number\":%d,\"text\":\"", boot,
			 number);

	memset(body + n, 'x', (size_t)size);
	strcpy(body + n + size, "\"");
	return ledger_append(&ledger, body);
}

/* The lines "number" 0, 1, 2 ... @n - 1 are there, and no other, in one chain. */
static void assert_lines(int n)
{
	struct ledger_reader *reader;
	struct ledger_chain chain;
	const char *line;
	size_t size;
	int found = 0, r;

	assert_int_equal(ledger_chain_start(&chain, ledger.id), 0);
	assert_int_equal(ledger_reader_new(ledgers_fd, ledger.id, 1, &reader), 0);
	while ((r = ledger_reader_next(reader, &line, &size)) > 0) {
		const char *number = memmem(line, size, "\"number\":", 9);

		assert_int_equal(ledger_line_check(&chain, line, size, NULL), 0);
		assert_non_null(number);
		assert_int_equal(atoi(number + 9), found);
		found++;
	}
	assert_int_equal(r, 0);
	ledger_reader_free(reader);
	assert_int_equal(found, n);
}

/* Of each segment what was not synced is lost from some byte on. */
static void cut_power(void)
{
	_cleanup_free_ uint64_t *firsts = NULL;
	int n = ledger_segments(ledger.directory_fd, &firsts);

	for (int i = 0; i < n; i++) {
		char name[LEDGER_SEGMENT_NAME_SIZE];
		_cleanup_close_ int fd = -1;
		off_t kept = 0;
		struct stat st;

		ledger_segment_name(firsts[i], name);
		fd = openat(ledger.directory_fd, name, O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		for (size_t j = 0; j < FILES_MAX; j++) {
			if (durable[j].inode == st.st_ino)
				kept = durable[j].size;
		}
		if (st.st_size > kept)
			kept += rand() % (st.st_size - kept + 1);
		assert_int_equal(ftruncate(fd, kept), 0);
		note_durable(fd);
	}
}

static void test_power_cut(void **state)
{
	struct ledger_recovery recovery;
	char boot[CLOCK_BOOT_SIZE];
	int n = 0;

	srand(20261123);
	for (int round = 0; round < 200; round++) {
		int lines = rand() % 120, at_most = round % 3 == 0 ? TEXT_MAX : 400;

		snprintf(boot, sizeof(boot), "%032d", round);
		reopen(boot, &recovery);
		assert_false(recovery.tampered);
		assert_int_equal(recovery.cut, 0);
		if (n > 0)
			assert_lines(n);
		if (n > 1500) { /* another ledger: they are all read each time */
			teardown(state);
			setup(state);
			n = 0;
			reopen(boot, &recovery);
		}
		for (int i = 0; i < lines; i++)
			assert_int_equal(append(boot, n++, rand() % at_most), 0);
		cut_power();
	}
}

/* The segment is synced when the journal is full, and not before. */
static void test_segment_syncs(void **state)
{
	struct ledger_recovery recovery;
	int lines = 3 * LEDGER_JOURNAL_BYTES / 1000;

	(void)state;
	reopen(BOOT_A, &recovery);
	for (int i = 0; i < lines; i++)
		assert_int_equal(append(BOOT_A, i, 800), 0);
	assert_true(syncs >= 2 && syncs <= 4);
	assert_lines(lines);
}

static void test_without(void **state)
{
	struct ledger_recovery recovery;

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 0, 10), 0);
	assert_int_equal(syncs, 0);
	journal_fails = true;
	assert_int_equal(append(BOOT_A, 1, 10), 0);
	assert_int_equal(append(BOOT_A, 2, 10), 0);
	assert_int_equal(syncs, 2);
	assert_int_equal(ledger.journal.fd, -1);
	cut_power();
	reopen(BOOT_A, &recovery);
	assert_lines(3);
}

/* A ledger from before there was a journal, and one whose journal somebody has put there. */
static void test_other_journals(void **state)
{
	struct ledger_recovery recovery;
	int fd;

	(void)state;
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 0, 10), 0);
	assert_int_equal(unlinkat(ledger.directory_fd, "journal", 0), 0);
	reopen(BOOT_A, &recovery);
	assert_int_equal(append(BOOT_A, 1, 10), 0);
	assert_int_equal(syncs, 1); /* at opening */
	fd = openat(ledger.directory_fd, "journal", O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{\"seq\":3,\n\n{\"seq\":3}\nx", 22), 22);
	close(fd);
	reopen(BOOT_A, &recovery);
	assert_false(recovery.tampered);
	assert_int_equal(append(BOOT_A, 2, 10), 0);
	assert_lines(3);
	fd = openat(ledger.directory_fd, "journal", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, LEDGER_JOURNAL_BYTES + 1), 0);
	close(fd);
	reopen(BOOT_A, &recovery);
	assert_true(recovery.tampered);
	assert_non_null(strstr(recovery.damage, "its journal cannot be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_power_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segment_syncs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_journals, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
