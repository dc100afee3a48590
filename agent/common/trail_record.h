/* trail_record - what devgate-filewatch found out of files, as it hands it to the enforcer for the
 * ledger: one kind of thing that one program of one user did to files of one device within some
 * seconds.  A flat form in sealed memory; the enforcer takes it for any bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TRAIL_SHOWN_MAX = 16,	  /* files that are named in one record */
	TRAIL_PATH_SIZE = 512,	  /* with its NUL; of a longer one the end */
	TRAIL_PROGRAM_SIZE = 256, /* the same */
	TRAIL_USER_SIZE = 64,
	TRAIL_PACKAGE_SIZE = 128,
	TRAIL_HASH_SIZE = 32, /* SHA-256 */
	TRAIL_RECORD_MAX = 32 * 1024,
};

enum trail_kind {
	TRAIL_WRITTEN,
	TRAIL_READ,
	TRAIL_REMOVED,
	TRAIL_RENAMED,
	TRAIL_BLOCKED, /* as a program, or part of one */
	_TRAIL_KIND_MAX,
};

/* Has a file been hashed, and why not? */
enum trail_hash {
	TRAIL_HASH_NONE, /* that was not asked: it is removed, renamed or blocked */
	TRAIL_HASH_DONE,
	TRAIL_HASH_TOO_LARGE,
	TRAIL_HASH_BUSY,	/* as many as may be in a time have been */
	TRAIL_HASH_UNREACHABLE, /* not mounted where the watcher sees it, or gone */
	TRAIL_HASH_CHANGED,	/* another file has that path, or it is being written again */
	TRAIL_HASH_FAILED,	/* it could not be read */
	_TRAIL_HASH_MAX,
};

struct trail_file {
	const char *path; /* borrowed, as @to: below the root of its file system */
	const char *to;	  /* of what was renamed; else "" */
	uint64_t size;
	uint64_t at_us; /* CLOCK_BOOTTIME */
	enum trail_hash state;
	uint8_t hash[TRAIL_HASH_SIZE]; /* if it is done */
};

struct trail_record {
	enum trail_kind kind;
	uint32_t stay;			  /* which the enforcer gave the device (stays.h) */
	uint32_t uid, loginuid;		  /* UINT32_MAX: none */
	bool several;			  /* programs: too many to tell them apart */
	bool cut;			  /* paths were too long to be told whole */
	uint64_t first_us, last_us;	  /* CLOCK_BOOTTIME */
	uint64_t files, bytes;		  /* how many, and how large they are together */
	uint8_t list[TRAIL_HASH_SIZE];	  /* SHA-256 of the whole list (summary.h) */
	char user[TRAIL_USER_SIZE];	  /* "" if the name is not known */
	char program[TRAIL_PROGRAM_SIZE]; /* "" if it is the kernel's own, or several */
	char package[TRAIL_PACKAGE_SIZE]; /* "snap:firefox", "flatpak:org.x.y", or "" */
	size_t n_shown;
	struct trail_file shown[TRAIL_SHOWN_MAX]; /* the first of them */
};

/* The word of a kind, "written" ...; and of a reason, "too-large" ...: NULL for none and done.
 * Static storage. */
const char *trail_kind_to_text(enum trail_kind kind);
const char *trail_hash_to_text(enum trail_hash state);

/* Write @record to @bytes.  Returns its size; -E2BIG if it does not fit in @room. */
long trail_record_encode(const struct trail_record *record, uint8_t *bytes, size_t room)
	__attribute__((warn_unused_result));

/* Check and read what was handed over.  Paths are borrowed from @bytes.  Returns 0; -EBADMSG. */
int trail_record_parse(const uint8_t *bytes, size_t size, struct trail_record *ret)
	__attribute__((warn_unused_result));
