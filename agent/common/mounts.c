#include "mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"

enum { MAX_DEPTH = 8, PATH_SIZE = 512 };

bool block_set_has(const struct block_set *set, dev_t number)
{
	for (size_t i = 0; i < set->n; i++) {
		if (set->items[i] == number)
			return true;
	}
	return false;
}

/* The number in the file "dev" of directory @path.  False if there is none. */
static bool read_number(int sysfs_fd, const char *path, dev_t *ret)
{
	char file[PATH_SIZE + 8], text[32];
	_cleanup_close_ int fd = -1;
	unsigned major, minor;
	ssize_t n;

	snprintf(file, sizeof(file), "%s/dev", path);
	fd = openat(sysfs_fd, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	if (sscanf(text, "%u:%u", &major, &minor) != 2)
		return false;
	*ret = makedev(major, minor);
	return true;
}

static int add(struct block_set *set, int sysfs_fd, dev_t number, int depth);

/* Is @entry of directory @path one that may be a disk: a partition's directory, or a link to a
 * holder?  A disk's directory has links to other things, too. */
static bool may_be_disk(const char *path, const struct dirent *entry)
{
	if (entry->d_name[0] == '.')
		return false;
	return entry->d_type == DT_DIR ||
	       (entry->d_type == DT_LNK && strstr(path, "/holders") != NULL);
}

/* Add what the directories below @path are, if they are block devices. */
static int add_below(struct block_set *set, int sysfs_fd, const char *path, int depth)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int fd = openat(sysfs_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

	directory = fd < 0 ? NULL : fdopendir(fd);
	if (directory == NULL) {
		if (fd >= 0)
			close(fd);
		return 0; /* gone */
	}
	while (r >= 0 && (entry = readdir(directory)) != NULL) {
		char below[PATH_SIZE];
		dev_t number;

		if (may_be_disk(path, entry) &&
		    (size_t)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) <
			    sizeof(below) &&
		    read_number(sysfs_fd, below, &number))
			r = add(set, sysfs_fd, number, depth + 1);
	}
	return r;
}

static int add(struct block_set *set, int sysfs_fd, dev_t number, int depth)
{
	char path[64];
	int r;

	if (block_set_has(set, number))
		return 0;
	if (set->n == BLOCK_SET_MAX || depth > MAX_DEPTH)
		return -E2BIG;
	set->items[set->n++] = number;
	snprintf(path, sizeof(path), "dev/block/%u:%u", major(number), minor(number));
	r = add_below(set, sysfs_fd, path, depth);
	if (r < 0)
		return r;
	strcat(path, "/holders");
	return add_below(set, sysfs_fd, path, depth);
}

int block_set_add(struct block_set *set, int sysfs_fd, dev_t number)
{
	return add(set, sysfs_fd, number, 0);
}

/* Undo mountinfo(5)'s escapes, a '\' and three octal digits, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool has_option(char *options, const char *wanted)
{
	for (char *option = strsep(&options, ","); option != NULL; option = strsep(&options, ",")) {
		if (strcmp(option, wanted) == 0)
			return true;
	}
	return false;
}

static void free_mount(struct mount *mount)
{
	free(mount->where);
	free(mount->type);
	free(mount->source);
}

/* "id parent major:minor root where options [tags...] - type source super-options" */
static int parse_line(char *line, struct mount *ret)
{
	enum { NUMBER = 2, WHERE = 4, OPTIONS = 5, BEFORE_DASH };
	char *fields[BEFORE_DASH], *field, *type, *source;
	struct mount mount = { 0 };
	unsigned major, minor;

	for (size_t i = 0; i < BEFORE_DASH; i++)
		fields[i] = strsep(&line, " ");
	do
		field = strsep(&line, " ");
	while (field != NULL && strcmp(field, "-") != 0);
	type = strsep(&line, " ");
	source = strsep(&line, " ");
	if (source == NULL || line == NULL || sscanf(fields[NUMBER], "%u:%u", &major, &minor) != 2)
		return -EBADMSG;
	unescape(fields[WHERE]);
	unescape(source);
	mount.number = makedev(major, minor);
	mount.read_only = has_option(line, "ro");
	mount.where = strdup(fields[WHERE]);
	mount.type = strdup(type);
	mount.source = strdup(source);
	if (mount.where == NULL || mount.type == NULL || mount.source == NULL) {
		free_mount(&mount);
		return -ENOMEM;
	}
	*ret = mount;
	return 0;
}

static int append(struct mounts *mounts, char *line)
{
	struct mount *items;
	int r;

	if (mounts->n == MOUNTS_MAX)
		return -E2BIG;
	items = reallocarray(mounts->items, mounts->n + 1, sizeof(*items));
	if (items == NULL)
		return -ENOMEM;
	mounts->items = items;
	r = parse_line(line, &items[mounts->n]);
	if (r < 0)
		return r;
	mounts->n++;
	return 0;
}

int mounts_read(const char *path, struct mounts *ret)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	struct mounts mounts = { 0 };
	size_t size = 0;
	int r = 0;

	if (file == NULL)
		return -errno;
	while (r >= 0 && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		r = append(&mounts, line);
	}
	if (r >= 0 && ferror(file))
		r = -EIO;
	if (r < 0) {
		mounts_finish(&mounts);
		return r;
	}
	*ret = mounts;
	return 0;
}

void mounts_finish(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++)
		free_mount(&mounts->items[i]);
	free(mounts->items);
	*mounts = (struct mounts){ 0 };
}

bool mount_lies_on(const struct mount *mount, const struct block_set *set)
{
	struct stat st;

	if (major(mount->number) != 0)
		return block_set_has(set, mount->number);
	return strncmp(mount->source, "/dev/", 5) == 0 && stat(mount->source, &st) == 0 &&
	       S_ISBLK(st.st_mode) && block_set_has(set, st.st_rdev);
}

void mounts_filter(struct mounts *mounts, const struct block_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < mounts->n; i++) {
		if (mount_lies_on(&mounts->items[i], set))
			mounts->items[n++] = mounts->items[i];
		else
			free_mount(&mounts->items[i]);
	}
	mounts->n = n;
}
