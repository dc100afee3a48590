/* events - the records of this machine, as they are in the ledger in use. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#include "agent/common/cleanup.h"
#include "agent/common/ledger_read.h"
#include "commands.h"
#include "event_text.h"
#include "ledgers.h"
#include "since.h"
#include "text.h"

enum { EVENTS_DEFAULT = 20, EVENTS_FOLLOW_MS = 1000 };

struct events {
	const struct arguments *arguments;
	struct ledgers ledgers;
	char id[LEDGER_ID_SIZE];
	int64_t since; /* INT64_MIN if not asked for */
	struct ledger_reader *reader;
};

static void print_line(const struct events *events, const char *line, size_t size)
{
	if (events->arguments->json) {
		fwrite(line, 1, size, stdout);
		putchar('\n');
	} else {
		event_text_print(line, size, stdout);
	}
}

static bool before_since(const struct events *events, const char *line, size_t size)
{
	int64_t time;

	return events->since != INT64_MIN && event_text_time(line, size, &time) == 0 &&
	       time < events->since;
}

/* Read to the end.  Prints what is to be shown if @print; counts it.  Returns how many lines. */
static long drain(struct events *events, bool print, long skip)
{
	long n = 0;

	for (;;) {
		const char *line;
		size_t size;
		int r = ledger_reader_next(events->reader, &line, &size);

		if (r == 0)
			return n;
		if (r < 0) {
			ledgers_complain(events->ledgers.path, r);
			return r;
		}
		if (before_since(events, line, size))
			continue;
		if (print && n >= skip)
			print_line(events, line, size);
		n++;
	}
}

static int reopen(struct events *events, uint64_t from_seq)
{
	int r;

	ledger_reader_free(events->reader);
	events->reader = NULL;
	r = ledger_reader_new(events->ledgers.fd, events->id, from_seq, &events->reader);
	if (r < 0)
		ledgers_complain(events->ledgers.path, r);
	return r;
}

/* First seqs of the segments of the ledger in use.  Returns how many, 1 or more. */
static int list_segments(const struct events *events, uint64_t **ret)
{
	_cleanup_close_ int fd = openat(events->ledgers.fd, events->id,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int n = fd < 0 ? -errno : ledger_segments(fd, ret);

	if (n == 0)
		n = -ENOENT;
	if (n < 0)
		ledgers_complain(events->ledgers.path, n);
	return n;
}

/* Open the reader @lines before the ledger's end. */
static int open_last(struct events *events, const uint64_t *seqs, int n, long lines)
{
	uint64_t next;
	long r = reopen(events, seqs[n - 1]);

	if (r >= 0)
		r = drain(events, false, 0);
	if (r < 0)
		return (int)r;
	next = ledger_reader_seq(events->reader);
	return reopen(events, next - seqs[0] > (uint64_t)lines ? next - (uint64_t)lines : seqs[0]);
}

/* Open the reader at the last segment that begins before the time asked for. */
static int open_since(struct events *events, const uint64_t *seqs, int n)
{
	while (--n > 0) {
		const char *line;
		size_t size;
		int r = reopen(events, seqs[n]);

		if (r >= 0)
			r = ledger_reader_next(events->reader, &line, &size);
		if (r < 0)
			return r;
		if (r > 0 && before_since(events, line, size))
			break;
	}
	return reopen(events, seqs[n]);
}

/* Show what there is. */
static int show(struct events *events)
{
	_cleanup_free_ uint64_t *seqs = NULL;
	long number = events->arguments->number, skip = 0, found;
	int n = list_segments(events, &seqs), r;

	if (n < 0)
		return n;
	if (events->since == INT64_MIN) {
		r = open_last(events, seqs, n, number >= 0 ? number : EVENTS_DEFAULT);
	} else {
		r = open_since(events, seqs, n);
		if (r >= 0 && number >= 0) {
			found = drain(events, false, 0);
			skip = found > number ? found - number : 0;
			r = found < 0 ? (int)found : open_since(events, seqs, n);
		}
	}
	if (r < 0)
		return r;
	found = drain(events, true, skip);
	return found < 0 ? (int)found : 0;
}

static int watch(const struct events *events, int inotify)
{
	char path[PATH_MAX + LEDGER_ID_SIZE + 1];

	snprintf(path, sizeof(path), "%s/%s", events->ledgers.path, events->id);
	return inotify_add_watch(inotify, path, IN_MODIFY | IN_CREATE) < 0 ? -errno : 0;
}

/* If another ledger is in use now, go over to it.  Returns 1 if so, 0 if not. */
static int change_ledger(struct events *events, int inotify)
{
	char id[LEDGER_ID_SIZE];
	int r = ledger_current(events->ledgers.fd, id);

	if (r < 0 || strcmp(id, events->id) == 0)
		return r;
	memcpy(events->id, id, sizeof(id));
	r = reopen(events, 1);
	if (r >= 0)
		r = watch(events, inotify);
	return r < 0 ? r : 1;
}

/* Show what comes, until somebody interrupts. */
static int follow(struct events *events)
{
	_cleanup_close_ int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct pollfd wait = { .fd = inotify, .events = POLLIN };
	char discard[4096];
	int r;

	if (inotify < 0)
		return -errno;
	r = watch(events, inotify);
	while (r >= 0) {
		long n = drain(events, true, 0);

		if (n < 0)
			return (int)n;
		fflush(stdout);
		r = change_ledger(events, inotify);
		if (r != 0)
			continue;
		poll(&wait, 1, EVENTS_FOLLOW_MS);
		while (read(inotify, discard, sizeof(discard)) > 0)
			;
	}
	ledgers_complain(events->ledgers.path, r);
	return r;
}

static int run(struct events *events)
{
	int r = ledger_current(events->ledgers.fd, events->id);

	if (r < 0) {
		ledgers_complain(events->ledgers.path, r);
		return r;
	}
	r = show(events);
	if (r >= 0 && events->arguments->follow)
		r = follow(events);
	ledger_reader_free(events->reader);
	return r;
}

int command_events(const struct arguments *arguments)
{
	struct events events = { .arguments = arguments, .since = INT64_MIN };
	int r;

	if (arguments->since != NULL &&
	    since_parse(arguments->since, time(NULL), &events.since) < 0) {
		fprintf(stderr,
			_("devgate: --since takes a time as 2026-11-22T08:00:00Z or 2026-11-22, or "
			  "an age as 30m, 12h or 7d; not \"%s\"\n"),
			arguments->since);
		return EXIT_USAGE;
	}
	if (ledgers_open(&events.ledgers, arguments) < 0)
		return EXIT_FAILURE;
	r = run(&events);
	ledgers_close(&events.ledgers);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
