#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "server/pki/atomic_file.h"

void file_complain_read(const char *path, int r)
{
	if (r == -E2BIG)
		complain(_("%s: is larger than such a file may be"), path);
	else if (r == -EINVAL)
		complain(_("%s: is not a regular file"), path);
	else
		complain(_("%s: cannot be read: %s"), path, strerror(-r));
}

void file_complain_write(const char *path, int r)
{
	if (r == -EEXIST)
		complain(_("%s: is there already and is not overwritten; name another place or "
			   "move it away"),
			 path);
	else
		complain(_("%s: cannot be written: %s"), path, strerror(-r));
}

int file_read(const char *path, size_t max, char **ret, size_t *ret_size)
{
	int r = atomic_file_read(path, max, ret, ret_size);

	if (r < 0)
		file_complain_read(path, r);
	return r;
}

int file_create(const char *path, const void *bytes, size_t size, mode_t mode)
{
	int r = atomic_file_create(path, bytes, size, mode);

	if (r < 0)
		file_complain_write(path, r);
	return r;
}

int file_check_absent(const char *path)
{
	if (access(path, F_OK) < 0)
		return 0;
	file_complain_write(path, -EEXIST);
	return -EEXIST;
}

char *file_path(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		complain(_("out of memory"));
		return NULL;
	}
	return path;
}
