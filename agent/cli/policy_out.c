#include "policy_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "text.h"

enum { FILE_MODE = 0644, FOLDER_MODE = 0777 };

static int fail(const char *path, int r)
{
	fprintf(stderr, "devgate: %s: %s\n", path, strerror(-r));
	return r;
}

int policy_out_open(const char *path, const char *const *names, int *ret_fd)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(path, FOLDER_MODE) < 0 && errno != EEXIST)
		return fail(path, -errno);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(path, -errno);
	for (; *names != NULL; names++) {
		struct stat ignored;

		if (fstatat(fd, *names, &ignored, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		fprintf(stderr, _("devgate: %s/%s is there already\n"), path, *names);
		return -EEXIST;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int policy_out_write(int fd, const char *path, const char *name, const char *text, size_t size)
{
	int r = file_write_atomic(fd, name, text, size, FILE_MODE);

	if (r < 0)
		fprintf(stderr, "devgate: %s/%s: %s\n", path, name, strerror(-r));
	return r;
}
