/* backup_note - what a backup holds: a note, signed with the collector's checkpoint key.
 *
 *	ORIGIN			the name of the key
 *	devgate backup 1
 *	time 2026-11-22T22:36:19Z
 *	schema 8
 *	records HOSTS LEDGERS EVENTS DISPOSED CHECKPOINTS
 *	file SHA256 SIZE NAME	one line for each file of it
 *
 * Names are relative, of letters, digits, '.', '-' and '_', with one slash at most. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "policy/note.h"
#include "server/store/backup.h"

enum {
	BACKUP_NAME_SIZE = 80, /* "sections/<64 digits>" */
	BACKUP_MAX_FILES = 10000,
	BACKUP_NOTE_MAX = 2 * 1024 * 1024,
};

struct backup_file {
	uint8_t sha256[32];
	uint64_t size;
	char name[BACKUP_NAME_SIZE];
};

struct backup_note {
	char time[21];
	struct backup_counts counts;
	size_t n;
	struct backup_file *files; /* owned */
};

/* Add a file, copied.  0; -E2BIG above BACKUP_MAX_FILES; -EINVAL for a name that is none; -ENOMEM.
 */
int backup_note_add(struct backup_note *note, const struct backup_file *file)
	__attribute__((warn_unused_result));

/* Write it, signed with @secret, @key's other half.  Gives *@ret, NUL-terminated, to be freed.  0;
 * -E2BIG; -ENOMEM. */
int backup_note_seal(const struct backup_note *note, const struct note_key *key,
		     const uint8_t secret[static crypto_sign_SECRETKEYBYTES], char **ret)
	__attribute__((warn_unused_result));

/* Read @text, which must be signed by @key.  Gives *@ret, to be finished.  0; -EBADMSG; -ENOKEY,
 * -EKEYREJECTED as note_open(); -ENOMEM. */
int backup_note_open(struct backup_note *ret, const char *text, size_t size,
		     const struct note_key *key) __attribute__((warn_unused_result));
void backup_note_finish(struct backup_note *note);
