/* ledger_writer - make a ledger's files for a test: real lines with a real chain. */
#pragma once

#include <inttypes.h>

#include "agent/common/ledger_read.h"
#include "policy/ledger_line.h"
#include "temporary.h"

#define LEDGER_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LEDGER_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

struct ledger_writer {
	int fd; /* the ledger's directory */
	struct ledger_chain chain;
	uint64_t segment; /* first seq of the one being written */
};

static inline void ledger_writer_begin(struct ledger_writer *ret, const struct temporary *ledgers,
				       const char *id)
{
	assert_int_equal(file_make_directory(ledgers->fd, id, 0750, &ret->fd), 0);
	assert_int_equal(ledger_chain_start(&ret->chain, id), 0);
	ret->segment = 1;
}

static inline void ledger_writer_end(struct ledger_writer *writer)
{
	close(writer->fd);
}

/* Append @n lines of @kind; the next segment begins at once if @rotate. */
static inline void ledger_writer_add_kind(struct ledger_writer *writer, const char *kind, size_t n,
					  bool rotate)
{
	char name[LEDGER_SEGMENT_NAME_SIZE], line[256], body[128];
	int fd;

	if (rotate)
		writer->segment = writer->chain.next_seq;
	ledger_segment_name(writer->segment, name);
	fd = openat(writer->fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	while (n-- > 0) {
		ptrdiff_t size;

		snprintf(body, sizeof(body),
			 "\"time\":\"2026-11-22T08:00:%02uZ\",\"kind\":\"%s\",\"n\":%" PRIu64,
			 (unsigned)(writer->chain.next_seq % 60), kind, writer->chain.next_seq);
		size = ledger_line_seal(&writer->chain, body, line, sizeof(line));
		assert_true(size > 0);
		assert_int_equal(file_write_all(fd, line, (size_t)size), 0);
	}
	close(fd);
}

static inline void ledger_writer_add(struct ledger_writer *writer, size_t n, bool rotate)
{
	ledger_writer_add_kind(writer, "test", n, rotate);
}

static inline void ledger_writer_set_current(const struct temporary *ledgers, const char *id)
{
	char text[LEDGER_ID_SIZE + 1];

	snprintf(text, sizeof(text), "%s\n", id);
	temporary_write(ledgers, "current", text);
}
