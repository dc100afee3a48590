#include "data_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "message.h"
#include "server/pki/cleanup.h"

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int check_empty(const char *place)
{
	const struct dirent *entry;
	DIR *dir = opendir(place);
	int r = 0;

	if (!dir) {
		r = errno == ENOENT ? 0 : -errno;
		if (r < 0)
			complain(_("%s: cannot be used as the data folder: %s"), place,
				 strerror(-r));
		return r;
	}
	while ((entry = readdir(dir)))
		if (!is_dot(entry->d_name))
			r = -ENOTEMPTY;
	closedir(dir);
	if (r < 0)
		complain(_("%s: is not empty; nothing in it was touched; name a new folder"),
			 place);
	return r;
}

/* @place without slashes at its end, which rename(2) and the name of the folder being made need. */
static char *trimmed(const char *place)
{
	size_t size = strlen(place);

	while (size > 1 && place[size - 1] == '/')
		size--;
	return strndup(place, size);
}

int data_folder_begin(struct data_folder *ret, const char *place)
{
	struct data_folder folder = { .uid = geteuid(), .gid = getegid() };
	struct stat st;
	int r = check_empty(place);

	if (r < 0)
		return r;
	folder.place = trimmed(place);
	if (!folder.place || asprintf(&folder.building, "%s.XXXXXX", folder.place) < 0) {
		free(folder.place);
		complain(_("out of memory"));
		return -ENOMEM;
	}
	if (stat(folder.place, &st) == 0) {
		folder.uid = st.st_uid;
		folder.gid = st.st_gid;
	}
	if (!mkdtemp(folder.building)) { /* 0700 */
		r = -errno;
		complain(_("%s: cannot be made: %s%s"), folder.place, strerror(-r),
			 r == -ENOENT ? _("; make the folder it is in first") : "");
		free(folder.building);
		free(folder.place);
		return r;
	}
	*ret = folder;
	return 0;
}

int data_folder_write(const struct data_folder *folder, const char *name, const void *bytes,
		      size_t size, mode_t mode)
{
	_cleanup_free_ char *path = file_path(folder->building, name);

	return path ? file_create(path, bytes, size, mode) : -ENOMEM;
}

/* Call @act with the path of each file in the folder, and at last with the folder's. */
static int each(const struct data_folder *folder,
		int (*act)(const struct data_folder *folder, const char *path))
{
	const struct dirent *entry;
	DIR *dir = opendir(folder->building);
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *path = NULL;

		if (is_dot(entry->d_name))
			continue;
		path = file_path(folder->building, entry->d_name);
		r = path ? act(folder, path) : -ENOMEM;
	}
	closedir(dir);
	return r < 0 ? r : act(folder, folder->building);
}

static int give(const struct data_folder *folder, const char *path)
{
	return lchown(path, folder->uid, folder->gid) < 0 ? -errno : 0;
}

static int discard(const struct data_folder *folder, const char *path)
{
	(void)folder;
	return remove(path) < 0 ? -errno : 0;
}

int data_folder_commit(struct data_folder *folder)
{
	int r = each(folder, give);

	if (r == 0 && rename(folder->building, folder->place) < 0)
		r = -errno;
	if (r < 0) {
		file_complain_write(folder->place, r);
		return r;
	}
	free(folder->building);
	folder->building = NULL;
	return 0;
}

void data_folder_finish(struct data_folder *folder)
{
	if (folder->building && each(folder, discard) < 0)
		complain(_("%s: is left over; remove it"), folder->building);
	free(folder->building);
	free(folder->place);
	*folder = (struct data_folder){ 0 };
}
