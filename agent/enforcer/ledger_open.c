/* Opening a ledger: find it, check its end, and take up its chain. */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/ledger_read.h"
#include "agent/common/log.h"
#include "policy/text.h"

/* A segment is at most one line longer than its limit; more is damage. */
enum { SEGMENT_MAX_BYTES = LEDGER_SEGMENT_BYTES + LEDGER_LINE_MAX };

struct check {
	struct ledger *ledger;
	uint64_t *firsts; /* first seqs of the segments */
	size_t n;
	ledger_line_handler *on_line;
	void *userdata;
	struct ledger_recovery *recovery;
	bool this_boot; /* the last line is of this boot */
};

/* Damage is an answer, not an error: it gets a sentence and -EUCLEAN. */
static int damaged(struct check *check, uint64_t segment, const char *what)
{
	snprintf(check->recovery->damage, sizeof(check->recovery->damage),
		 "Ledger %s, segment %016" PRIu64 ": %s", check->ledger->id, segment, what);
	return -EUCLEAN;
}

static int read_segment(struct check *check, size_t i, char **ret, size_t *ret_size)
{
	char name[LEDGER_SEGMENT_NAME_SIZE];
	int r;

	ledger_segment_name(check->firsts[i], name);
	r = file_read(check->ledger->directory_fd, name, SEGMENT_MAX_BYTES, ret, ret_size);
	if (r == -E2BIG)
		return damaged(check, check->firsts[i], "it is longer than a segment can be.");
	return r;
}

static bool is_of_boot(const struct check *check, const char *line, size_t size)
{
	char member[64];

	/* Quotes inside a JSON string are escaped, so this is found as a member only. */
	snprintf(member, sizeof(member), "\"boot\":\"%s\"", check->ledger->boot);
	return memmem(line, size, member, strlen(member)) != NULL;
}

/* The chain as it stands after the last line of segment @i, taken from that line unchecked: what is
 * before this boot is verified by the collector and by "devgate ledger verify". */
static int chain_after(struct check *check, size_t i, struct ledger_chain *ret)
{
	_cleanup_free_ char *text = NULL;
	const char *line, *trailer;
	unsigned long long seq;
	char hash[2 * LEDGER_HASH_SIZE + 1];
	size_t size;
	int r = read_segment(check, i, &text, &size);

	if (r < 0)
		return r;
	if (size == 0 || text[size - 1] != '\n')
		return damaged(check, check->firsts[i], "its last line is not whole.");
	line = memrchr(text, '\n', size - 1);
	line = line == NULL ? text : line + 1;
	if (text + size - line <= LEDGER_TRAILER_SIZE + 1 ||
	    sscanf(line, "{\"seq\":%19llu,", &seq) != 1)
		return damaged(check, check->firsts[i], "its last line has not the form.");
	trailer = text + size - 1 - LEDGER_TRAILER_SIZE;
	snprintf(hash, sizeof(hash), "%.64s", trailer + strlen(",\"hash\":\""));
	if (text_unhex(hash, ret->hash, LEDGER_HASH_SIZE) < 0)
		return damaged(check, check->firsts[i], "its last line has not the form.");
	ret->next_seq = seq + 1;
	return 0;
}

/* Cut segment @i to its first @size bytes. */
static int cut(struct check *check, size_t i, size_t size, size_t torn)
{
	char name[LEDGER_SEGMENT_NAME_SIZE];
	_cleanup_close_ int fd = -1;

	ledger_segment_name(check->firsts[i], name);
	fd = openat(check->ledger->directory_fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0 || fsync(fd) < 0)
		return -errno;
	check->recovery->cut = torn;
	return 0;
}

/* True if @line begins with a line that continues the chain: then it was not torn but changed. */
static bool holds_good_line(const struct ledger_chain *chain, const char *line, size_t size)
{
	const char *end = line;

	while ((end = memmem(end, size - (size_t)(end - line), "\"}", 2)) != NULL) {
		struct ledger_chain trial = *chain;

		end += 2;
		if (end < line + size &&
		    ledger_line_check(&trial, line, (size_t)(end - line), NULL) == 0)
			return true;
	}
	return false;
}

/* Check segment @i, continuing the ledger's chain. */
static int check_segment(struct check *check, size_t i)
{
	_cleanup_free_ char *text = NULL;
	bool last = i + 1 == check->n;
	size_t size, done = 0;
	int r = read_segment(check, i, &text, &size);

	if (r < 0)
		return r;
	if (check->firsts[i] != check->ledger->chain.next_seq)
		return damaged(check, check->firsts[i], "lines before it are missing.");
	while (done < size) {
		const char *line = text + done;
		const char *end = memchr(line, '\n', size - done);
		size_t length = end == NULL ? size - done : (size_t)(end - line);
		bool is_tail = last && done + length + 1 >= size;

		if (end == NULL ||
		    ledger_line_check(&check->ledger->chain, line, length, NULL) < 0) {
			if (is_tail && length < LEDGER_LINE_MAX &&
			    !holds_good_line(&check->ledger->chain, line, length))
				return cut(check, i, done, size - done);
			return damaged(check, check->firsts[i],
				       "a line does not continue the chain.");
		}
		check->this_boot = is_of_boot(check, line, length);
		check->on_line(check->userdata, line, length);
		done += length + 1;
	}
	return 0;
}

/* True if the first line of segment @i is of this boot, or it has no line. */
static bool begins_in_boot(struct check *check, size_t i)
{
	_cleanup_free_ char *text = NULL;
	const char *end;
	size_t size;

	if (read_segment(check, i, &text, &size) < 0)
		return false; /* found again, and told, when it is checked */
	end = memchr(text, '\n', size);
	return end == NULL || is_of_boot(check, text, (size_t)(end - text));
}

/* Check from the first segment of this boot on, at least one segment that has a line. */
static int check_end(struct check *check)
{
	struct ledger *ledger = check->ledger;
	size_t from = check->n - 1;
	int r;

	while (from > 0 && begins_in_boot(check, from))
		from--;
	if (from == 0 && check->firsts[0] == 1)
		r = ledger_chain_start(&ledger->chain, ledger->id);
	else if (from == 0)
		r = damaged(check, check->firsts[0], "lines before it are missing.");
	else
		r = chain_after(check, from - 1, &ledger->chain);
	for (size_t i = from; r >= 0 && i < check->n; i++)
		r = check_segment(check, i);
	return r;
}

/* Add to the last segment what the journal has of its lines, and a power cut has kept from it. */
static int complete_segment(struct check *check)
{
	struct ledger *ledger = check->ledger;
	_cleanup_free_ char *text = NULL;
	char name[LEDGER_SEGMENT_NAME_SIZE];
	_cleanup_close_ int fd = -1;
	const char *line, *end;
	size_t size;
	bool added = false;
	int r = ledger_journal_read(ledger->directory_fd, &text, &size);

	if (r == -ENOENT)
		return 0;
	if (r < 0 && r != -ENOMEM)
		return damaged(check, check->firsts[check->n - 1], "its journal cannot be read.");
	if (r < 0)
		return r;
	ledger_segment_name(check->firsts[check->n - 1], name);
	fd = openat(ledger->directory_fd, name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (line = text; (end = memchr(line, '\n', size - (size_t)(line - text))) != NULL;
	     line = end + 1) {
		const size_t length = (size_t)(end - line);

		if (ledger_line_check(&ledger->chain, line, length, NULL) < 0)
			continue; /* the segment has it, or it is older still */
		r = file_write_all(fd, line, length + 1);
		if (r < 0)
			return r;
		check->this_boot = is_of_boot(check, line, length);
		check->on_line(check->userdata, line, length);
		check->recovery->cut = 0;
		added = true;
	}
	return added && fsync(fd) < 0 ? -errno : 0;
}

/* Go on writing to the last segment if it is of this boot, or has no line. */
static int reopen_segment(struct check *check)
{
	struct ledger *ledger = check->ledger;
	uint64_t first = check->firsts[check->n - 1];
	char name[LEDGER_SEGMENT_NAME_SIZE];
	struct stat st;

	if (!check->this_boot && first != ledger->chain.next_seq)
		return 0;
	ledger_segment_name(first, name);
	ledger->segment_fd = openat(ledger->directory_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (ledger->segment_fd < 0)
		return -errno;
	if (fstat(ledger->segment_fd, &st) < 0)
		return -errno;
	/* We may have died before the last line's sync; from here on it counts as written. */
	if (fdatasync(ledger->segment_fd) < 0)
		return -errno;
	ledger->size = st.st_size;
	return 0;
}

/* Take up ledger->id.  -EUCLEAN: it is damaged. */
static int take_up(struct check *check)
{
	struct ledger *ledger = check->ledger;
	int n, r;

	ledger->directory_fd = openat(ledger->ledgers_fd, ledger->id,
				      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (ledger->directory_fd < 0 && errno == ENOENT)
		return damaged(check, 1, "its directory is missing.");
	if (ledger->directory_fd < 0)
		return -errno;
	n = ledger_segments(ledger->directory_fd, &check->firsts);
	if (n < 0)
		return n;
	check->n = (size_t)n;
	if (n == 0)
		return ledger_chain_start(&ledger->chain, ledger->id);
	r = check_end(check);
	if (r >= 0)
		r = complete_segment(check);
	return r < 0 ? r : reopen_segment(check);
}

static int write_current(struct ledger *ledger)
{
	char text[LEDGER_ID_SIZE + 1];

	snprintf(text, sizeof(text), "%s\n", ledger->id);
	return file_write_atomic(ledger->ledgers_fd, "current", text, LEDGER_ID_SIZE, 0640);
}

static int create(struct ledger *ledger)
{
	uint8_t random[(LEDGER_ID_SIZE - 1) / 2];
	int r;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	text_hex(random, sizeof(random), ledger->id);
	r = ledger_chain_start(&ledger->chain, ledger->id);
	if (r < 0)
		return r;
	r = file_make_directory(ledger->ledgers_fd, ledger->id, 0750, &ledger->directory_fd);
	return r < 0 ? r : write_current(ledger);
}

/* The ledger that is in use, or -ENODATA if there is none yet.  A lone ledger without "current" is
 * one whose making was interrupted. */
static int find(struct check *check)
{
	struct ledger *ledger = check->ledger;
	_cleanup_free_ char(*ids)[LEDGER_ID_SIZE] = NULL;
	int n, r = ledger_current(ledger->ledgers_fd, ledger->id);

	if (r == -EBADMSG)
		return damaged(check, 1, "the file \"current\" holds no ledger id.");
	if (r != -ENOENT)
		return r;
	n = ledger_list(ledger->ledgers_fd, &ids);
	if (n < 0)
		return n;
	if (n == 0)
		return -ENODATA;
	memcpy(ledger->id, ids[0], LEDGER_ID_SIZE);
	if (n > 1)
		return damaged(check, 1, "the file \"current\" is missing.");
	return write_current(ledger);
}

int ledger_open(struct ledger *ledger, int ledgers_fd, const char *boot,
		ledger_line_handler *on_line, void *userdata, struct ledger_recovery *ret)
{
	struct ledger_recovery recovery = { 0 };
	struct check check = {
		.ledger = ledger, .on_line = on_line, .userdata = userdata, .recovery = &recovery
	};
	int r;

	ledger_init(ledger);
	ledger->ledgers_fd = ledgers_fd;
	snprintf(ledger->boot, sizeof(ledger->boot), "%s", boot);
	r = find(&check);
	if (r >= 0)
		r = take_up(&check);
	free(check.firsts);
	if (r == -EUCLEAN || r == -ENODATA) {
		recovery.tampered = r == -EUCLEAN;
		ledger_finish(ledger);
		ledger->ledgers_fd = ledgers_fd;
		snprintf(ledger->boot, sizeof(ledger->boot), "%s", boot);
		r = create(ledger);
	}
	if (r < 0) {
		ledger_finish(ledger);
		return r;
	}
	/* All of its lines are durable now. */
	r = ledger_journal_open(&ledger->journal, ledger->directory_fd);
	if (r < 0)
		log_warning("ledger-journal", "The ledger works without its journal: %s",
			    strerror(-r));
	recovery.created = ledger->chain.next_seq == 1;
	*ret = recovery;
	return 0;
}
