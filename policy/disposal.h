/* disposal - what stands for lines of a ledger that were disposed of when their time was over: a
 * note, signed with the collector's checkpoint key, that holds the ends of the chain, so that the
 * lines before and after it can still be verified, and says what kinds of event they were.
 *
 *	ORIGIN				the name of the collector's key
 *	devgate disposal 1
 *	ledger HOST LEDGER
 *	lines FIRST LAST
 *	before HASH			of line FIRST - 1 (ledger_line.h)
 *	after HASH			of line LAST
 *	days 2020-01-01 2020-03-31	the earliest and the latest
 *	settings 3			the version of the retention settings that asked for it
 *	time 2026-11-22T22:36:19Z	when they were last disposed of
 *	kind device.decided 1200	one line for each kind, as they were met
 *
 * Where lines are exported, it is a line too: {"disposed":"the note"}.  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checkpoint.h"

enum {
	DISPOSAL_MAX_KINDS = 40, /* further ones are counted as DISPOSAL_OTHER */
	DISPOSAL_KIND_SIZE = 48,
	DISPOSAL_DAY_SIZE = 11,
	DISPOSAL_TEXT_SIZE = 1024 + DISPOSAL_MAX_KINDS * (DISPOSAL_KIND_SIZE + 32),
	DISPOSAL_NOTE_SIZE = DISPOSAL_TEXT_SIZE + NOTE_SIGNATURE_SIZE,
	DISPOSAL_LINE_SIZE = 2 * DISPOSAL_NOTE_SIZE, /* quotes and line breaks escaped */
};

#define DISPOSAL_OTHER "(other)"

struct disposal_kind {
	char name[DISPOSAL_KIND_SIZE]; /* of a-z, 0-9, '.', '-', '_' and parentheses */
	uint64_t n;
};

struct disposal {
	char host[CHECKPOINT_HOST_SIZE], ledger[LEDGER_ID_SIZE];
	uint64_t first, last;
	uint8_t before[LEDGER_HASH_SIZE], after[LEDGER_HASH_SIZE];
	char from[DISPOSAL_DAY_SIZE], to[DISPOSAL_DAY_SIZE];
	uint64_t settings;
	char time[CHECKPOINT_TIME_SIZE];
	size_t n_kinds;
	struct disposal_kind kinds[DISPOSAL_MAX_KINDS];
};

/* Count @n lines of @kind, of day @day ("2026-11-22"; its form is checked when it is signed). */
void disposal_count(struct disposal *disposal, const char *kind, const char *day, uint64_t n);

/* Take the lines of @next, which begin where @disposal ends, into @disposal; time and settings
 * become those of the later.  0; -EINVAL if they are not neighbours. */
int disposal_join(struct disposal *disposal, const struct disposal *next)
	__attribute__((warn_unused_result));

/* Write the line, NUL-terminated and without a line break, signed with @secret, @key's other half.
 * Returns its length; -EINVAL if @disposal's texts have not the form. */
ptrdiff_t disposal_seal(const struct disposal *disposal, const struct note_key *key,
			const uint8_t secret[static crypto_sign_SECRETKEYBYTES],
			char ret[static DISPOSAL_LINE_SIZE]) __attribute__((warn_unused_result));

/* Does @line look like one of these, and not like a line of a ledger? */
bool disposal_is_line(const char *line, size_t size);

/* Read a line, which must be signed by @key.  Returns 0; -EBADMSG; -ENOKEY, -EKEYREJECTED as
 * note_open(); -ENOMEM. */
int disposal_open(struct disposal *ret, const char *line, size_t size, const struct note_key *key)
	__attribute__((warn_unused_result));

/* Whose disposals are taken, and of which ledger. */
struct disposal_reader {
	const char *ledger;
	const struct note_key *key;
};

/* The same, and let @chain go on after it.  @ret may be NULL.  Returns also -ESTALE if it stands at
 * another place than the chain's end, -EXDEV if it is of another ledger, -EKEYREJECTED if its first
 * hash is not the chain's.  On failure all is as before. */
int disposal_check(struct ledger_chain *chain, const struct disposal_reader *reader,
		   const char *line, size_t size, struct disposal *ret)
	__attribute__((warn_unused_result));
