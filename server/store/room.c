#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "connection.h"

bool room_is_lacking(int error)
{
	return error == -ENOSPC || error == -EDQUOT;
}

int room_measure(struct store *store, struct room *ret)
{
	const char *query = store_engine(store)->size_query;
	struct reading reading;
	struct statvfs st;
	struct room room;

	if (fstatvfs(store_sections_fd(store), &st) < 0)
		return -errno;
	room.free = (uint64_t)st.f_bavail * st.f_frsize;
	room.size = (uint64_t)st.f_blocks * st.f_frsize;
	int r = reading_start(&reading, store, query, "");
	if (r < 0)
		return r;
	r = statement_next(reading.rows);
	if (r > 0)
		room.database_bytes = (uint64_t)statement_integer(reading.rows, 0);
	r = reading_end(&reading, r > 0 ? 0 : r == 0 ? -EIO : r);
	if (r == 0)
		*ret = room;
	return r;
}

static int fill(int fd)
{
	static const char zeros[64 * 1024];

	for (size_t size = 0; size < ROOM_TRY_BYTES;) {
		ssize_t n = write(fd, zeros, sizeof(zeros));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		size += (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0; /* some file systems say only now that they are full */
}

/* A file without a name: it is gone whatever happens. */
static int try_directory(struct store *store)
{
	int fd = openat(store_sections_fd(store), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : fill(fd);

	if (fd >= 0)
		close(fd);
	return r;
}

/* SQLite's database is in the directory. */
static int try_database(struct store *store)
{
	struct connection *connection;

	if (store_engine(store)->find_room == NULL)
		return 0;
	int r = store_write_begin(store, &connection);
	if (r < 0)
		return r;
	r = store_engine(store)->find_room(connection);
	/* It is to be undone, also if it went well. */
	r = store_write_end(store, connection, r < 0 ? r : -ECANCELED);
	return r == -ECANCELED ? 0 : r;
}

int room_try(struct store *store)
{
	int r = try_directory(store);

	if (r == 0)
		r = try_database(store);
	return room_is_lacking(r) ? -ENOSPC : r;
}
