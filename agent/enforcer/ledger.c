#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/ledger_read.h"

void ledger_init(struct ledger *ledger)
{
	memset(ledger, 0, offsetof(struct ledger, line));
	ledger->ledgers_fd = ledger->directory_fd = ledger->segment_fd = -1;
	ledger_journal_init(&ledger->journal);
}

void ledger_finish(struct ledger *ledger)
{
	if (ledger->segment_fd >= 0)
		close(ledger->segment_fd);
	if (ledger->directory_fd >= 0)
		close(ledger->directory_fd);
	ledger_journal_finish(&ledger->journal);
	ledger_init(ledger);
}

static int sync_segment(struct ledger *ledger)
{
	if (fdatasync(ledger->segment_fd) < 0)
		return -errno;
	ledger_journal_restart(&ledger->journal);
	return 0;
}

static int begin_segment(struct ledger *ledger)
{
	char name[LEDGER_SEGMENT_NAME_SIZE];
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = ledger->segment_fd < 0 ? 0 : sync_segment(ledger);

	if (r < 0)
		return r;
	ledger_segment_name(ledger->chain.next_seq, name);
	fd = openat(ledger->directory_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size != 0)
		return -EEXIST;
	if (fchmod(fd, 0640) < 0 || fsync(ledger->directory_fd) < 0)
		return -errno;
	if (ledger->segment_fd >= 0)
		close(ledger->segment_fd);
	ledger->segment_fd = TAKE_FD(fd);
	ledger->size = 0;
	return 0;
}

/* Cut off what a failed write has left behind the whole lines. */
static int trim(struct ledger *ledger)
{
	if (ledger->ragged && ftruncate(ledger->segment_fd, ledger->size) < 0)
		return -errno;
	ledger->ragged = false;
	return 0;
}

static int write_line(struct ledger *ledger, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(ledger->segment_fd, ledger->line + done, size - done,
				   ledger->size + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int r = -errno;

			/* Cut part of a line off now, or else before the next line.  A line that
			 * waits is only written over with the same bytes. */
			ledger->ragged = ledger->pending == 0 &&
					 ftruncate(ledger->segment_fd, ledger->size) < 0;
			return r;
		}
		done += (size_t)n;
	}
	return 0;
}

/* Bring the line that waits, and is written, onto the disk. */
static int make_durable(struct ledger *ledger)
{
	int r = ledger_journal_add(&ledger->journal, ledger->line, ledger->pending);

	if (r < 0)
		r = sync_segment(ledger);
	if (r < 0)
		return r;
	ledger->size += (off_t)ledger->pending;
	ledger->pending = 0;
	return 0;
}

static int flush(struct ledger *ledger)
{
	int r = write_line(ledger, ledger->pending);

	return r < 0 ? r : make_durable(ledger);
}

int ledger_append(struct ledger *ledger, const char *body)
{
	struct ledger_chain chain;
	ptrdiff_t size;
	int r;

	if (ledger->directory_fd < 0)
		return -ENODEV;
	if (ledger->pending > 0) {
		r = flush(ledger);
		if (r < 0)
			return r;
	}
	if (ledger->segment_fd < 0 || ledger->size >= LEDGER_SEGMENT_BYTES) {
		r = begin_segment(ledger);
		if (r < 0)
			return r;
	}
	r = trim(ledger);
	if (r < 0)
		return r;
	chain = ledger->chain;
	size = ledger_line_seal(&chain, body, ledger->line, sizeof(ledger->line));
	if (size < 0)
		return (int)size;
	r = write_line(ledger, (size_t)size);
	if (r < 0)
		return r;
	ledger->chain = chain;
	ledger->pending = (size_t)size;
	return make_durable(ledger);
}
