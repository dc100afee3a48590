#include "section_share.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "connection.h"
#include "sections.h"

enum { PART_BYTES = 1024 * 1024 };

static bool is_shared(const struct store *store)
{
	return store_engine(store)->tell != NULL;
}

static int put_parts(struct connection *c, const char *sha256, int fd, uint8_t *part)
{
	int64_t no = 0;
	ssize_t n;

	while ((n = pread(fd, part, PART_BYTES, no * PART_BYTES)) > 0) {
		int r = statement_run(c,
				      "INSERT INTO section VALUES ($1, $2, $3)"
				      " ON CONFLICT DO NOTHING",
				      "tib", sha256, no++, part, (size_t)n);
		if (r < 0)
			return r;
	}
	return n < 0 ? -errno : 0;
}

int section_share_put(struct store *store, const char *sha256, int fd)
{
	struct connection *c;
	uint8_t *part;
	int r;

	if (!is_shared(store))
		return 0;
	part = malloc(PART_BYTES);
	if (part == NULL)
		return -ENOMEM;
	r = store_write_begin(store, &c);
	if (r == 0)
		r = store_write_end(store, c, put_parts(c, sha256, fd, part));
	free(part);
	return r < 0 ? r : 0;
}

static int get_parts(struct store *store, const char *sha256, struct section_writer *writer)
{
	struct reading reading;
	int n = 0, r = reading_start(&reading, store,
				     "SELECT bytes FROM section WHERE sha256 = $1 ORDER BY no", "t",
				     sha256);

	if (r < 0)
		return r;
	while ((r = statement_next(reading.rows)) > 0) {
		size_t size;
		const void *bytes = statement_blob(reading.rows, 0, &size);

		r = section_writer_add(writer, bytes, size);
		if (r < 0)
			break;
		n++;
	}
	return reading_end(&reading, r == 0 && n == 0 ? -ENOENT : r);
}

int section_share_get(struct store *store, const char *sha256)
{
	struct section_writer writer;
	int r;

	if (!is_shared(store))
		return -ENOENT;
	r = section_writer_init(&writer, store);
	if (r < 0)
		return r;
	r = get_parts(store, sha256, &writer);
	if (r == 0)
		r = section_writer_keep(&writer, sha256);
	section_writer_finish(&writer);
	return r < 0 ? r : 0;
}
