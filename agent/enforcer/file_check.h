/* file_check - look at the agent's own files: is each there, as it was installed, and for its owner
 * alone to change?  And what do the configuration's files hold?
 * Runs in a child (child.h): it reads some megabytes.  What it finds means is own_files.h's. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "inventory.h"

enum {
	FILE_CHECK_MAX_FAULTS = 128, /* told; more are counted */
	FILE_CHECK_MAX_CONFIG = 4,
};

enum file_fault {
	FILE_CHANGED = 1, /* its bytes, or what kind of file it is */
	FILE_MISSING,
	FILE_EXPOSED, /* it belongs to somebody else, or others may write to it */
	FILE_UNREADABLE,
	_FILE_FAULT_MAX,
};

/* "changed", "missing", "exposed", "unreadable". */
const char *file_fault_to_text(enum file_fault fault);

struct file_check_request {
	int root_fd;			   /* what the list's paths are below */
	const struct inventory *inventory; /* all borrowed */
	int config_fd;
	const char *config[FILE_CHECK_MAX_CONFIG]; /* names in @config_fd; NULL: no more */
	uid_t owner;				   /* whom the files must belong to */
};

struct file_check_answer {
	uint32_t n_checked; /* files of the list */
	uint32_t n_faults;  /* all of them */
	struct {
		uint16_t file; /* its place in the list */
		uint16_t fault;
	} faults[FILE_CHECK_MAX_FAULTS];
	uint8_t config[FILE_CHECK_MAX_CONFIG][INVENTORY_DIGEST_SIZE]; /* zeros: not there */
};

/* Look, and write a struct file_check_answer to @answer_fd: a child_task's run.  @request is a
 * struct file_check_request.  Returns 0 or what write(2) gives. */
int file_check(const void *request, int answer_fd) __attribute__((warn_unused_result));

/* Could file_check() have given @answer about @n files? */
_Bool file_check_is_valid(const struct file_check_answer *answer, size_t n);
