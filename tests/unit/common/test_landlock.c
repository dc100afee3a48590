/* What a confined program can still do with files, and what it cannot: in a process of its own, as
 * there is no way back.  On a kernel without Landlock nothing may change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/common/landlock.h"

static char root[64];

static char *in_root(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static int attempt(const char *name, int flags)
{
	int fd = open(in_root(name), flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/devgate-landlock.XXXXXX");
	assert_non_null(mkdtemp(root));
	for (const char *const *name = (const char *const[]){ "own", "read", "else", NULL }; *name;
	     name++) {
		char file[32];

		assert_int_equal(mkdir(in_root(*name), 0700), 0);
		snprintf(file, sizeof(file), "%s/file", *name);
		assert_int_equal(attempt(file, O_WRONLY | O_CREAT), 0);
	}
	assert_int_equal(mkdir(in_root("own/folder"), 0700), 0);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

/* Run @confined in a child that has given up all but own/ and read/; 77 without Landlock. */
static int in_child(int (*confined)(void))
{
	char own[128], read_only[128];
	int status;
	pid_t pid;

	strcpy(own, in_root("own"));
	strcpy(read_only, in_root("read"));
	pid = fork();
	if (pid == 0) {
		const struct landlock_path paths[] = { { own, LANDLOCK_WRITE },
						       { read_only, LANDLOCK_READ },
						       { "/nonexistent", LANDLOCK_READ } };
		int r = landlock_confine(paths, 3);

		_exit(r == -EOPNOTSUPP ? 77 : r < 0 ? 78 : confined());
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The number of the first thing that is not as it should be. */
static int use_files(void)
{
	char from[128];

	strcpy(from, in_root("own/file"));
	return attempt("own/file", O_RDWR) != 0			   ? 1
	       : attempt("own/new", O_WRONLY | O_CREAT) != 0	   ? 2
	       : rename(from, in_root("own/folder/moved")) != 0	   ? 3
	       : unlink(in_root("own/new")) != 0		   ? 4
	       : attempt("read/file", O_RDONLY) != 0		   ? 5
	       : attempt("read/file", O_WRONLY) != EACCES	   ? 6
	       : attempt("read/new", O_WRONLY | O_CREAT) != EACCES ? 7
	       : attempt("else/file", O_RDONLY) != EACCES	   ? 8
	       : attempt("else/file", O_WRONLY) != EACCES	   ? 9
	       : attempt("else", O_RDONLY | O_DIRECTORY) != EACCES ? 10
	       : open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0	   ? 11
	       : mkfifo(in_root("own/fifo"), 0600) == 0		   ? 12
								   : 0;
}

static int execute(void)
{
	execl("/bin/true", "true", NULL);
	return errno == EACCES ? 0 : 1;
}

static void check(int (*confined)(void))
{
	int status = in_child(confined);

	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static void test_files(void **state)
{
	(void)state;
	check(use_files);
}

static void test_no_program(void **state)
{
	(void)state;
	check(execute);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_files), TEST(test_no_program) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
