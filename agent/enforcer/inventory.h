/* inventory - the list of the package's files and their digests, made when the package is built
 * (packaging/inventory): lines as sha256sum(1) writes them, with absolute paths.
 * It tells what was changed by accident or by somebody who did not think of it.  Who may change the
 * files may change the list; so its own digest is recorded, and the list of a version is the same
 * on all machines. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	INVENTORY_DIGEST_SIZE = 32,
	INVENTORY_MAX_FILES = 512,
	INVENTORY_MAX_BYTES = 64 * 1024,
};

struct inventory_file {
	const char *path; /* absolute, without "." and ".." parts; in the text */
	uint8_t digest[INVENTORY_DIGEST_SIZE];
};

struct inventory {
	char *text; /* owned */
	size_t n;
	struct inventory_file *files;	       /* owned */
	uint8_t digest[INVENTORY_DIGEST_SIZE]; /* of the list itself */
};

/* Parse @text, @size bytes and a NUL; takes it, also on failure (it is freed then).
 * Returns 0; -EBADMSG if a line is not "<64 hexadecimal digits>  </path>\n", or there is none;
 * -E2BIG above INVENTORY_MAX_FILES; -ENOMEM. */
int inventory_parse(char *text, size_t size, struct inventory *ret)
	__attribute__((warn_unused_result));

/* Read @path under @dirfd and parse it.  Returns as inventory_parse() and file_read(). */
int inventory_read(int dirfd, const char *path, struct inventory *ret)
	__attribute__((warn_unused_result));
void inventory_finish(struct inventory *inventory);
