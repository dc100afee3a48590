#include "ledger_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"

/* A file read in pieces, given out line by line. */
struct lines {
	int fd;
	size_t start, end; /* what of the buffer is not given out yet */
	char buffer[2 * LEDGER_LINE_MAX];
};

int ledger_check_start(struct ledger_check *ret, const char *id)
{
	struct ledger_chain chain;
	int r = ledger_chain_start(&chain, id);

	if (r < 0)
		return r;
	*ret = (struct ledger_check){ .chain = chain };
	memcpy(ret->id, id, sizeof(ret->id));
	return 0;
}

/* Fill the buffer.  Returns 0 at the file's end, else 1; what read(2) gives. */
static int refill(struct lines *lines)
{
	ssize_t n;

	memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
	lines->end -= lines->start;
	lines->start = 0;
	do {
		n = read(lines->fd, lines->buffer + lines->end, sizeof(lines->buffer) - lines->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	lines->end += (size_t)n;
	return n > 0;
}

/* The next line, without its '\n', borrowed until the next call.  Returns 1; 0 at the end;
 * -ENODATA if the file ends within a line; -EMSGSIZE if one is too long; what read(2) gives. */
static int next_line(struct lines *lines, const char **ret, size_t *ret_size)
{
	for (;;) {
		const char *start = lines->buffer + lines->start;
		const char *end = memchr(start, '\n', lines->end - lines->start);
		int r;

		if (end != NULL) {
			*ret = start;
			*ret_size = (size_t)(end - start);
			lines->start += *ret_size + 1;
			return *ret_size < LEDGER_LINE_MAX ? 1 : -EMSGSIZE;
		}
		if (lines->end - lines->start >= LEDGER_LINE_MAX)
			return -EMSGSIZE;
		r = refill(lines);
		if (r < 0)
			return r;
		if (r == 0)
			return lines->end > lines->start ? -ENODATA : 0;
	}
}

static int __attribute__((format(printf, 2, 3)))
damage(struct ledger_check *check, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(check->text, sizeof(check->text), format, args);
	va_end(args);
	return -EBADMSG;
}

/* The time stands first in a record's body, before anything that a device says. */
static void note_time(struct ledger_check *check, const char *line, size_t size)
{
	static const char name[] = "\"time\":\"";
	const char *found = memmem(line, size, name, sizeof(name) - 1);
	const char *time = found != NULL ? found + sizeof(name) - 1 : line;
	size_t n = 0;

	while (found != NULL && time + n < line + size && time[n] != '"' &&
	       n < LEDGER_CHECK_TIME_SIZE - 1 && strchr("0123456789-:.TZ", time[n]) != NULL)
		n++;
	memcpy(check->last_time, time, n);
	check->last_time[n] = '\0';
	if (check->records == 1)
		memcpy(check->first_time, check->last_time, sizeof(check->first_time));
}

static int check_disposal(struct ledger_check *check, const char *line, size_t size)
{
	const struct disposal_reader reader = { check->id, check->key };
	uint64_t wanted = check->chain.next_seq;
	int r;

	if (check->key == NULL)
		return damage(check,
			      "records from %" PRIu64 " on were disposed of: give the key of the "
			      "collector that did it, with --key",
			      wanted);
	r = disposal_check(&check->chain, &reader, line, size, NULL);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return damage(check,
			      "the disposal at record %" PRIu64 " is not signed by key %s, or does "
			      "not belong here",
			      wanted, check->key->name);
	check->disposed += check->chain.next_seq - wanted;
	return 0;
}

static int check_line(struct ledger_check *check, const char *line, size_t size)
{
	uint64_t wanted = check->chain.next_seq, seq = 0;

	if (disposal_is_line(line, size))
		return check_disposal(check, line, size);
	switch (ledger_line_check(&check->chain, line, size, &seq)) {
	case 0:
		check->records++;
		note_time(check, line, size);
		return 0;
	case -ESTALE:
		return damage(check,
			      "record %" PRIu64 " stands where record %" PRIu64 " belongs: "
			      "records were taken away, added or moved",
			      seq, wanted);
	case -EKEYREJECTED:
		return damage(check,
			      "the hash of record %" PRIu64 " does not fit: this record or the one "
			      "before it was changed",
			      wanted);
	default:
		return damage(check, "this is not a record (record %" PRIu64 " belongs here)",
			      wanted);
	}
}

int ledger_check_fd(struct ledger_check *check, int fd, uint64_t first_seq)
{
	_cleanup_free_ struct lines *lines = malloc(sizeof(*lines));

	if (lines == NULL)
		return -ENOMEM;
	lines->fd = fd;
	lines->start = lines->end = 0;
	check->line = 1;
	if (check->unfinished)
		return damage(check, "the file before this one ends within a record");
	if (first_seq != 0 && first_seq != check->chain.next_seq)
		return damage(check,
			      "the file begins with record %" PRIu64 ", but record %" PRIu64
			      " comes next: a file is missing",
			      first_seq, check->chain.next_seq);
	for (;; check->line++) {
		const char *line;
		size_t size;
		int r = next_line(lines, &line, &size);

		if (r == -ENODATA) {
			check->unfinished = true;
			return 0;
		}
		if (r == -EMSGSIZE)
			return damage(check, "the line is longer than %d bytes", LEDGER_LINE_MAX);
		if (r > 0)
			r = check_line(check, line, size);
		else
			return r;
		if (r < 0)
			return r;
	}
}

int ledger_check_find_id(int fd, char ret[static LEDGER_ID_SIZE])
{
	_cleanup_free_ struct lines *lines = malloc(sizeof(*lines));
	_cleanup_json_ json_t *event = NULL;
	const char *line, *id;
	size_t size;
	int r;

	if (lines == NULL)
		return -ENOMEM;
	lines->fd = fd;
	lines->start = lines->end = 0;
	r = next_line(lines, &line, &size);
	if (r <= 0)
		return r < 0 && r != -ENODATA && r != -EMSGSIZE ? r : -EBADMSG;
	event = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
	id = json_string_value(json_object_get(event, "ledger"));
	if (id == NULL || strlen(id) != LEDGER_ID_SIZE - 1)
		return -EBADMSG;
	memcpy(ret, id, LEDGER_ID_SIZE);
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}
