/* failing_disk - a SQLite VFS in front of the real one whose n-th write or fsync fails, and
 * everything after it too, as when a disk dies or fills. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include <sqlite3.h>

static int disk_left = -1; /* writes and syncs that still succeed; negative: all of them */
static int disk_error = SQLITE_IOERR_WRITE;
static bool disk_failed;

static sqlite3_vfs disk, *disk_real;

/* The real methods, and copies with ours in place; the real VFS has a few sets. */
static struct {
	const sqlite3_io_methods *real;
	sqlite3_io_methods ours;
} disk_methods[8];

static const sqlite3_io_methods *disk_real_methods(const sqlite3_file *file)
{
	for (size_t i = 0; i < sizeof(disk_methods) / sizeof(disk_methods[0]); i++)
		if (file->pMethods == &disk_methods[i].ours)
			return disk_methods[i].real;
	return NULL;
}

static bool disk_fails(void)
{
	if (disk_left > 0)
		disk_left--;
	else if (disk_left == 0)
		disk_failed = true;
	return disk_left == 0 && disk_failed;
}

static int disk_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
	return disk_fails() ? disk_error
			    : disk_real_methods(file)->xWrite(file, bytes, size, offset);
}

static int disk_sync(sqlite3_file *file, int flags)
{
	/* What a full disk took it keeps. */
	return disk_error != SQLITE_FULL && disk_fails()
		       ? SQLITE_IOERR_FSYNC
		       : disk_real_methods(file)->xSync(file, flags);
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	(void)vfs;
	int r = disk_real->xOpen(disk_real, name, file, flags, ret_flags);

	for (size_t i = 0; file->pMethods && i < sizeof(disk_methods) / sizeof(disk_methods[0]);
	     i++) {
		if (disk_methods[i].real && disk_methods[i].real != file->pMethods)
			continue;
		disk_methods[i].real = file->pMethods;
		disk_methods[i].ours = *file->pMethods;
		disk_methods[i].ours.xWrite = disk_write;
		disk_methods[i].ours.xSync = disk_sync;
		file->pMethods = &disk_methods[i].ours;
		break;
	}
	return r;
}

static int disk_install(void **state)
{
	(void)state;
	disk_real = sqlite3_vfs_find(NULL);
	disk = *disk_real;
	disk.zName = "failing";
	disk.pNext = NULL;
	disk.xOpen = disk_open;
	return sqlite3_vfs_register(&disk, 1);
}
