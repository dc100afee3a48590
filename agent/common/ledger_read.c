#include "ledger_read.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"

struct ledger_reader {
	int ledger_fd;	/* directory of the ledger */
	int segment_fd; /* segment being read */
	uint64_t segment_first;
	uint64_t seq;	 /* of the next line */
	off_t offset;	 /* of the next line in the segment */
	size_t position; /* of the next line in the buffer */
	size_t filled;
	char buffer[2 * LEDGER_LINE_MAX];
};

static int is_id(const char *text)
{
	return strlen(text) == LEDGER_ID_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == LEDGER_ID_SIZE - 1;
}

int ledger_current(int ledgers_fd, char ret[static LEDGER_ID_SIZE])
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = file_read(ledgers_fd, "current", 64, &text, &size);

	if (r == -E2BIG)
		return -EBADMSG;
	if (r < 0)
		return r;
	if (size > 0 && text[size - 1] == '\n')
		text[size - 1] = '\0';
	if (!is_id(text))
		return -EBADMSG;
	memcpy(ret, text, LEDGER_ID_SIZE);
	return 0;
}

static int open_directory(int fd, DIR **ret)
{
	_cleanup_close_ int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory;

	if (copy < 0)
		return -errno;
	directory = fdopendir(copy);
	if (directory == NULL)
		return -errno;
	TAKE_FD(copy);
	*ret = directory;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, LEDGER_ID_SIZE);
}

int ledger_list(int ledgers_fd, char (**ret)[LEDGER_ID_SIZE])
{
	_cleanup_closedir_ DIR *directory = NULL;
	char(*ids)[LEDGER_ID_SIZE];
	const struct dirent *entry;
	int n = 0, r;

	r = open_directory(ledgers_fd, &directory);
	if (r < 0)
		return r;
	ids = calloc(LEDGER_MAX_LEDGERS, sizeof(*ids));
	if (ids == NULL)
		return -ENOMEM;
	while ((entry = readdir(directory)) != NULL) {
		if (!is_id(entry->d_name))
			continue;
		if (n == LEDGER_MAX_LEDGERS) {
			free(ids);
			return -E2BIG;
		}
		memcpy(ids[n++], entry->d_name, LEDGER_ID_SIZE);
	}
	qsort(ids, (size_t)n, sizeof(*ids), compare_ids);
	*ret = ids;
	return n;
}

void ledger_segment_name(uint64_t first_seq, char ret[static LEDGER_SEGMENT_NAME_SIZE])
{
	snprintf(ret, LEDGER_SEGMENT_NAME_SIZE, "%016" PRIu64 ".ndjson",
		 first_seq % 10000000000000000u);
}

static int parse_segment_name(const char *name, uint64_t *ret)
{
	uint64_t seq = 0;

	if (strlen(name) != LEDGER_SEGMENT_NAME_SIZE - 1 || strspn(name, "0123456789") != 16 ||
	    strcmp(name + 16, ".ndjson") != 0)
		return -EINVAL;
	for (int i = 0; i < 16; i++)
		seq = seq * 10 + (uint64_t)(name[i] - '0');
	if (seq == 0)
		return -EINVAL;
	*ret = seq;
	return 0;
}

static int compare_seqs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int ledger_segments(int ledger_fd, uint64_t **ret)
{
	_cleanup_closedir_ DIR *directory = NULL;
	_cleanup_free_ uint64_t *seqs = NULL;
	const struct dirent *entry;
	size_t n = 0, capacity = 0;
	int r;

	r = open_directory(ledger_fd, &directory);
	if (r < 0)
		return r;
	while ((entry = readdir(directory)) != NULL) {
		uint64_t seq;

		if (parse_segment_name(entry->d_name, &seq) < 0)
			continue;
		if (n == LEDGER_MAX_SEGMENTS)
			return -E2BIG;
		if (n == capacity) {
			uint64_t *bigger;

			capacity = capacity == 0 ? 64 : capacity * 2;
			bigger = reallocarray(seqs, capacity, sizeof(*seqs));
			if (bigger == NULL)
				return -ENOMEM;
			seqs = bigger;
		}
		seqs[n++] = seq;
	}
	if (n > 0)
		qsort(seqs, n, sizeof(*seqs), compare_seqs);
	*ret = TAKE_PTR(seqs);
	return (int)n;
}

/* Go to the start of the segment that begins with @first_seq. */
static int enter_segment(struct ledger_reader *reader, uint64_t first_seq)
{
	char name[LEDGER_SEGMENT_NAME_SIZE];
	int fd;

	ledger_segment_name(first_seq, name);
	fd = openat(reader->ledger_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (reader->segment_fd >= 0)
		close(reader->segment_fd);
	reader->segment_fd = fd;
	reader->segment_first = first_seq;
	reader->seq = first_seq;
	reader->offset = 0;
	reader->position = reader->filled = 0;
	return 0;
}

static int find_segment(struct ledger_reader *reader, uint64_t seq)
{
	_cleanup_free_ uint64_t *firsts = NULL;
	int n = ledger_segments(reader->ledger_fd, &firsts);

	if (n < 0)
		return n;
	while (n > 0 && firsts[n - 1] > seq)
		n--;
	return n == 0 ? -ENOENT : enter_segment(reader, firsts[n - 1]);
}

/* Read on from the next line's offset, forgetting a partial line: it may have been cut meanwhile.
 */
static int refill(struct ledger_reader *reader)
{
	reader->position = reader->filled = 0;
	while (reader->filled < sizeof(reader->buffer)) {
		ssize_t n = pread(reader->segment_fd, reader->buffer + reader->filled,
				  sizeof(reader->buffer) - reader->filled,
				  reader->offset + (off_t)reader->filled);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		reader->filled += (size_t)n;
	}
	return 0;
}

/* Take a whole line from the buffer.  1, or 0 if it holds none. */
static int take_line(struct ledger_reader *reader, const char **ret_line, size_t *ret_size)
{
	const char *start = reader->buffer + reader->position;
	const char *end = memchr(start, '\n', reader->filled - reader->position);

	if (end == NULL)
		return 0;
	reader->position += (size_t)(end - start) + 1;
	reader->offset += end - start + 1;
	reader->seq++;
	*ret_line = start;
	*ret_size = (size_t)(end - start);
	return 1;
}

int ledger_reader_next(struct ledger_reader *reader, const char **ret_line, size_t *ret_size)
{
	for (;;) {
		int r = take_line(reader, ret_line, ret_size);

		if (r != 0)
			return *ret_size < LEDGER_LINE_MAX ? r : -EMSGSIZE;
		r = refill(reader);
		if (r < 0)
			return r;
		r = take_line(reader, ret_line, ret_size);
		if (r != 0)
			return *ret_size < LEDGER_LINE_MAX ? r : -EMSGSIZE;
		if (reader->filled >= LEDGER_LINE_MAX)
			return -EMSGSIZE;
		if (reader->filled > 0 || reader->seq == reader->segment_first)
			return 0;
		r = enter_segment(reader, reader->seq);
		if (r < 0)
			return r == -ENOENT ? 0 : r;
	}
}

int ledger_reader_new(int ledgers_fd, const char *id, uint64_t from_seq, struct ledger_reader **ret)
{
	struct ledger_reader *reader;
	int r;

	if (!is_id(id))
		return -ENOENT;
	reader = malloc(sizeof(*reader));
	if (reader == NULL)
		return -ENOMEM;
	memset(reader, 0, offsetof(struct ledger_reader, buffer));
	reader->segment_fd = -1;
	reader->ledger_fd = openat(ledgers_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = reader->ledger_fd < 0 ? -errno : find_segment(reader, from_seq);
	while (r >= 0 && reader->seq < from_seq) {
		const char *line;
		size_t size;

		r = ledger_reader_next(reader, &line, &size);
		if (r == 0)
			r = -ENOENT;
	}
	if (r < 0) {
		ledger_reader_free(reader);
		return r;
	}
	*ret = reader;
	return 0;
}

void ledger_reader_free(struct ledger_reader *reader)
{
	if (reader == NULL)
		return;
	if (reader->segment_fd >= 0)
		close(reader->segment_fd);
	if (reader->ledger_fd >= 0)
		close(reader->ledger_fd);
	free(reader);
}

uint64_t ledger_reader_seq(const struct ledger_reader *reader)
{
	return reader->seq;
}
