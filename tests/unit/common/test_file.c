/* Atomic files: the old or the new, and nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"

static char directory[] = "/tmp/test_file.XXXXXX";
static int directory_fd;

/* The n-th call to fsync(2) from here fails; 0: none. */
static int fail_fsync;

int fsync(int fd)
{
	static int (*real)(int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fsync");
	if (fail_fsync > 0 && --fail_fsync == 0) {
		errno = EIO;
		return -1;
	}
	return real(fd);
}

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(directory_fd >= 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(directory_fd, "sub/name", 0);
	unlinkat(directory_fd, "sub", AT_REMOVEDIR);
	unlinkat(directory_fd, "name", 0);
	close(directory_fd);
	return rmdir(directory); /* fails if anything was left behind */
}

static void test_write_then_read(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t size;

	(void)state;
	umask(077);
	assert_int_equal(file_write_atomic(directory_fd, "name", "one\0two", 7, 0644), 0);
	assert_int_equal(fstatat(directory_fd, "name", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(file_read(directory_fd, "name", 7, &text, &size), 0);
	assert_int_equal(size, 7);
	assert_memory_equal(text, "one\0two", 8);
}

static void test_bounded(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(file_write_atomic(directory_fd, "name", "12345678", 8, 0600), 0);
	assert_int_equal(file_read(directory_fd, "name", 7, &text, NULL), -E2BIG);
	assert_int_equal(file_read(directory_fd, "name", 0, &text, NULL), -E2BIG);
	assert_int_equal(file_read(directory_fd, "missing", 7, &text, NULL), -ENOENT);
	assert_null(text);
}

static void test_large(void **state)
{
	static char large[200 * 1024];
	_cleanup_free_ char *text = NULL;
	size_t size;

	(void)state;
	memset(large, 'x', sizeof(large));
	assert_int_equal(file_write_atomic(directory_fd, "name", large, sizeof(large), 0600), 0);
	assert_int_equal(file_read(directory_fd, "name", sizeof(large), &text, &size), 0);
	assert_int_equal(size, sizeof(large));
	assert_memory_equal(text, large, size);
}

static void test_failure_keeps_the_old(void **state)
{
	(void)state;
	assert_int_equal(file_write_atomic(directory_fd, "name", "old", 3, 0600), 0);
	fail_fsync = 1; /* of the new file's bytes */
	assert_int_equal(file_write_atomic(directory_fd, "name", "new", 3, 0600), -EIO);
	{
		_cleanup_free_ char *text = NULL;

		assert_int_equal(file_read(directory_fd, "name", 10, &text, NULL), 0);
		assert_string_equal(text, "old");
	}
	fail_fsync = 2; /* of the directory: told, though the new one may be there */
	assert_int_equal(file_write_atomic(directory_fd, "name", "new", 3, 0600), -EIO);
	assert_int_equal(fail_fsync, 0);
}

static void test_symbolic_link_is_replaced_not_followed(void **state)
{
	struct stat st;

	(void)state;
	unlinkat(directory_fd, "name", 0);
	assert_int_equal(symlinkat("/nonexistent/victim", directory_fd, "name"), 0);
	assert_int_equal(file_write_atomic(directory_fd, "name", "x", 1, 0600), 0);
	assert_int_equal(fstatat(directory_fd, "name", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void test_make_directory(void **state)
{
	struct stat st;
	int fd = -1, again = -1;

	(void)state;
	assert_int_equal(file_make_directory(directory_fd, "sub", 0751, &fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(file_make_directory(directory_fd, "sub", 0700, &again), 0);
	assert_int_equal(fstat(again, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700); /* put right, if somebody made it otherwise */
	assert_int_equal(file_write_atomic(directory_fd, "sub/name", "x", 1, 0600), 0);
	close(fd);
	close(again);
	fd = -1;
	assert_int_equal(symlinkat(".", directory_fd, "link"), 0);
	assert_int_equal(file_make_directory(directory_fd, "link", 0700, &fd), -ENOTDIR);
	assert_int_equal(fd, -1);
	unlinkat(directory_fd, "link", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_then_read),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_failure_keeps_the_old),
		cmocka_unit_test(test_symbolic_link_is_replaced_not_followed),
		cmocka_unit_test(test_make_directory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
