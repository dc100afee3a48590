/* temporary - a directory for one test, and small files in it. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/file.h"
#include "tests/unit/policy/cmocka_test.h"

struct temporary {
	char path[64];
	int fd;
};

static inline int temporary_remove(const char *path, const struct stat *status, int type,
				   struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void temporary_make(struct temporary *ret)
{
	strcpy(ret->path, "/tmp/devgate-test-XXXXXX");
	assert_non_null(mkdtemp(ret->path));
	ret->fd = open(ret->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(ret->fd >= 0);
}

static inline void temporary_drop(struct temporary *temporary)
{
	close(temporary->fd);
	nftw(temporary->path, temporary_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void temporary_write(const struct temporary *temporary, const char *name,
				   const char *text)
{
	assert_int_equal(file_write_atomic(temporary->fd, name, text, strlen(text), 0600), 0);
}

static inline bool temporary_has(const struct temporary *temporary, const char *name)
{
	return faccessat(temporary->fd, name, F_OK, 0) == 0;
}
