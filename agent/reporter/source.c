#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"

enum ledger_state { LEDGER_OPEN, LEDGER_DONE, LEDGER_STOPPED };

struct ledger {
	char id[LEDGER_ID_SIZE];
	enum ledger_state state;
};

struct source {
	const char *ledger_dir;
	struct ledger *ledgers; /* owned; at most LEDGER_MAX_LEDGERS */
	size_t n_ledgers;
	char current[LEDGER_ID_SIZE];  /* "" if not known */
	char selected[LEDGER_ID_SIZE]; /* "" if none */
	struct ledger_reader *reader;  /* of the selected ledger; NULL: not positioned */
	const char *held;	       /* a line read and not yet in a batch, or NULL */
	size_t held_size;
	uint64_t held_seq;
};

int source_new(struct source **ret, const char *ledger_dir)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return -ENOMEM;
	source->ledger_dir = ledger_dir;
	*ret = source;
	return 0;
}

static void forget_position(struct source *source)
{
	ledger_reader_free(source->reader);
	source->reader = NULL;
	source->held = NULL;
}

struct source *source_free(struct source *source)
{
	if (source == NULL)
		return NULL;
	forget_position(source);
	free(source->ledgers);
	free(source);
	return NULL;
}

static int open_ledgers(const struct source *source)
{
	int fd = open(source->ledger_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static struct ledger *find(const struct source *source, const char *id)
{
	for (size_t i = 0; i < source->n_ledgers; i++) {
		if (strcmp(source->ledgers[i].id, id) == 0)
			return &source->ledgers[i];
	}
	return NULL;
}

int source_scan(struct source *source)
{
	_cleanup_free_ char(*ids)[LEDGER_ID_SIZE] = NULL;
	_cleanup_close_ int fd = open_ledgers(source);
	struct ledger *ledgers;
	char current[LEDGER_ID_SIZE];
	int n, r;

	if (fd < 0)
		return fd;
	r = ledger_current(fd, current);
	if (r < 0)
		return r;
	n = ledger_list(fd, &ids);
	if (n < 0)
		return n;
	ledgers = calloc((size_t)n + 1, sizeof(*ledgers));
	if (ledgers == NULL)
		return -ENOMEM;
	for (int i = 0; i < n; i++) {
		const struct ledger *known = find(source, ids[i]);

		memcpy(ledgers[i].id, ids[i], LEDGER_ID_SIZE);
		ledgers[i].state = known != NULL ? known->state : LEDGER_OPEN;
	}
	memcpy(source->current, current, sizeof(current));
	free(source->ledgers);
	source->ledgers = ledgers;
	source->n_ledgers = (size_t)n;
	return 0;
}

const char *source_select(struct source *source)
{
	const struct ledger *best = NULL;

	for (size_t i = 0; i < source->n_ledgers; i++) {
		const struct ledger *ledger = &source->ledgers[i];

		if (ledger->state == LEDGER_OPEN &&
		    (best == NULL || strcmp(best->id, source->current) == 0))
			best = ledger;
	}
	if (best == NULL || strcmp(best->id, source->selected) != 0)
		forget_position(source);
	if (best == NULL) {
		source->selected[0] = '\0';
		return NULL;
	}
	memcpy(source->selected, best->id, LEDGER_ID_SIZE);
	return source->selected;
}

bool source_positioned(const struct source *source)
{
	return source->reader != NULL;
}

const char *source_current(const struct source *source)
{
	return source->current;
}

int source_seek(struct source *source, uint64_t acked)
{
	_cleanup_close_ int fd = open_ledgers(source);

	forget_position(source);
	if (fd < 0)
		return fd;
	if (acked == UINT64_MAX)
		return -ENOENT;
	return ledger_reader_new(fd, source->selected, acked + 1, &source->reader);
}

/* fdatasync(2) works on what is open for reading only, too. */
static int sync_segment(int ledger_fd, uint64_t first_seq)
{
	_cleanup_close_ int fd = -1;
	char name[LEDGER_SEGMENT_NAME_SIZE];

	ledger_segment_name(first_seq, name);
	fd = openat(ledger_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fdatasync(fd) < 0)
		return -errno;
	return 0;
}

/* Make the segments that hold lines @first to @last durable. */
static int sync_lines(const struct source *source, uint64_t first, uint64_t last)
{
	_cleanup_close_ int ledgers_fd = open_ledgers(source), ledger_fd = -1;
	_cleanup_free_ uint64_t *seqs = NULL;
	int n;

	if (ledgers_fd < 0)
		return ledgers_fd;
	ledger_fd = openat(ledgers_fd, source->selected,
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (ledger_fd < 0)
		return -errno;
	n = ledger_segments(ledger_fd, &seqs);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		bool before = i + 1 < n && seqs[i + 1] <= first;
		int r = before || seqs[i] > last ? 0 : sync_segment(ledger_fd, seqs[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int source_fill(struct source *source, struct batch *batch)
{
	for (;;) {
		int r;

		if (source->held == NULL) {
			source->held_seq = ledger_reader_seq(source->reader);
			r = ledger_reader_next(source->reader, &source->held, &source->held_size);
			if (r <= 0)
				source->held = NULL;
			if (r < 0)
				return r;
			if (r == 0)
				break;
		}
		if (batch_add(batch, source->held_seq, source->held, source->held_size) < 0)
			break;
		source->held = NULL;
	}
	return batch->lines == 0 ? 0 : sync_lines(source, batch->first, batch->last);
}

static void set_state(struct source *source, enum ledger_state state)
{
	struct ledger *ledger = find(source, source->selected);

	if (ledger != NULL)
		ledger->state = state;
	forget_position(source);
}

void source_done(struct source *source)
{
	set_state(source, LEDGER_DONE);
}

void source_stop(struct source *source)
{
	set_state(source, LEDGER_STOPPED);
}

void source_resume(struct source *source)
{
	for (size_t i = 0; i < source->n_ledgers; i++) {
		if (source->ledgers[i].state == LEDGER_STOPPED)
			source->ledgers[i].state = LEDGER_OPEN;
	}
}
