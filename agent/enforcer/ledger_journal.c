#include "ledger_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"

#define NAME "journal"

void ledger_journal_init(struct ledger_journal *journal)
{
	*journal = (struct ledger_journal){ .fd = -1 };
}

void ledger_journal_finish(struct ledger_journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
	ledger_journal_init(journal);
}

/* Have a block on the disk for each byte of the file: room that is only reserved would be noted as
 * written at the first sync after. */
static int fill(int fd, int directory_fd)
{
	static const char zeros[16 * 1024];

	for (off_t at = 0; at < LEDGER_JOURNAL_BYTES; at += (off_t)sizeof(zeros)) {
		ssize_t n = pwrite(fd, zeros, sizeof(zeros), at);

		if (n < 0)
			return -errno;
		if ((size_t)n < sizeof(zeros))
			return -ENOSPC;
	}
	if (ftruncate(fd, LEDGER_JOURNAL_BYTES) < 0 || fsync(fd) < 0 || fsync(directory_fd) < 0)
		return -errno;
	return 0;
}

int ledger_journal_open(struct ledger_journal *journal, int directory_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = 0;

	ledger_journal_init(journal);
	fd = openat(directory_fd, NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size != LEDGER_JOURNAL_BYTES)
		r = fill(fd, directory_fd);
	if (r < 0) {
		unlinkat(directory_fd, NAME, 0);
		return r;
	}
	journal->fd = TAKE_FD(fd);
	return 0;
}

int ledger_journal_read(int directory_fd, char **ret, size_t *ret_size)
{
	return file_read(directory_fd, NAME, LEDGER_JOURNAL_BYTES, ret, ret_size);
}

static int add(const struct ledger_journal *journal, const char *line, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n =
			pwrite(journal->fd, line + done, size - done, journal->used + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return fdatasync(journal->fd) < 0 ? -errno : 0;
}

int ledger_journal_add(struct ledger_journal *journal, const char *line, size_t size)
{
	int r;

	if (journal->fd < 0)
		return -ENODEV;
	if (size > (size_t)(LEDGER_JOURNAL_BYTES - journal->used))
		return -ENOSPC;
	r = add(journal, line, size);
	if (r < 0)
		ledger_journal_finish(journal);
	else
		journal->used += (off_t)size;
	return r;
}

void ledger_journal_restart(struct ledger_journal *journal)
{
	journal->used = 0;
}
