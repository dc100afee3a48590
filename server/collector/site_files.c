#include "site_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "server/pki/cleanup.h"

enum { PART_BYTES = 1024 * 1024, MAX_OPEN = 8 };

int site_path(char ret[static SITE_PATH_SIZE], const char *directory, const char *name)
{
	return snprintf(ret, SITE_PATH_SIZE, "%s/%s", directory, name) >= SITE_PATH_SIZE
		       ? -ENAMETOOLONG
		       : 0;
}

static mode_t mode_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcmp(dot, ".crt") == 0 || strcmp(dot, ".pub") == 0) ? 0644 : 0600;
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* @out: -1 writes nothing. */
static int copy(int in, int out, struct backup_file *file)
{
	_cleanup_free_ uint8_t *part = malloc(PART_BYTES);
	crypto_hash_sha256_state hash;
	ssize_t n;
	int r = 0;

	if (!part)
		return -ENOMEM;
	file->size = 0;
	crypto_hash_sha256_init(&hash);
	while (r == 0 && (n = read(in, part, PART_BYTES)) != 0) {
		if (n < 0)
			return -errno;
		crypto_hash_sha256_update(&hash, part, (size_t)n);
		file->size += (uint64_t)n;
		if (out >= 0)
			r = write_all(out, part, (size_t)n);
	}
	crypto_hash_sha256_final(&hash, file->sha256);
	return r == 0 && out >= 0 && fsync(out) < 0 ? -errno : r;
}

int site_file_copy(struct backup_file *file, const char *from, const char *to)
{
	char path[SITE_PATH_SIZE];
	_cleanup_close_ int in = -1, out = -1;

	if (site_path(path, from, file->name) < 0)
		return -ENAMETOOLONG;
	in = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in < 0)
		return -errno;
	if (to) {
		if (site_path(path, to, file->name) < 0)
			return -ENAMETOOLONG;
		out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_of(file->name));
		if (out < 0 || fchmod(out, mode_of(file->name)) < 0)
			return -errno;
	}
	return copy(in, out, file);
}

static int check_empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	int n = 0;

	if (!directory)
		return -errno;
	while ((entry = readdir(directory)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(directory);
	return n > 0 ? -ENOTEMPTY : 0;
}

int site_directory_make(const char *path)
{
	if (mkdir(path, 0700) == 0)
		return 0;
	return errno == EEXIST ? check_empty(path) : -errno;
}

int site_directory_sync(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path); /* what stays is named by the caller's message */
	return 0;
}

void site_directory_remove(const char *path)
{
	(void)nftw(path, remove_one, MAX_OPEN, FTW_DEPTH | FTW_PHYS);
}
