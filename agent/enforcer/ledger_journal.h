/* ledger_journal - the newest lines of a ledger, once more, in a file that does not grow.
 *
 * A line's durability costs what the file system does for it.  A segment grows with each line, so
 * that syncing it commits the file system's own journal; this file's blocks have been written
 * before, and syncing it writes them and nothing else.  So a line is durable when it is here, and
 * its segment is synced only when this file is full, and before the next segment begins.  After a
 * power cut the segment is completed from here (ledger_open.c).  What else is in the file, from
 * before, does not continue the chain, and tells of itself that it is not wanted.
 *
 * Where there is none (no room, no permission), a ledger works without: slower. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

enum { LEDGER_JOURNAL_BYTES = 256 * 1024 };

struct ledger_journal {
	int fd; /* -1: none */
	off_t used;
};

void ledger_journal_init(struct ledger_journal *journal);
void ledger_journal_finish(struct ledger_journal *journal);

/* Open the journal of the ledger in @directory_fd, or make it; it is begun anew, so that all of the
 * ledger's segments must be durable.
 * Returns 0; what openat(2), pwrite(2), fsync(2) give: then there is none. */
int ledger_journal_open(struct ledger_journal *journal, int directory_fd)
	__attribute__((warn_unused_result));

/* What is in the journal of the ledger in @directory_fd: gives *@ret, to be freed, of *@ret_size
 * bytes; lines in their order, and remains of others.  Returns 0; -ENOENT; as file_read(). */
int ledger_journal_read(int directory_fd, char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));

/* Add @line of @size bytes, '\n' included.  Returns 0 when it is on disk; -ENOSPC if there is no
 * room for it, -ENODEV if there is no journal; what pwrite(2), fdatasync(2) give: then it is given
 * up. */
int ledger_journal_add(struct ledger_journal *journal, const char *line, size_t size)
	__attribute__((warn_unused_result));

/* Its lines are durable in their segment: begin anew. */
void ledger_journal_restart(struct ledger_journal *journal);
