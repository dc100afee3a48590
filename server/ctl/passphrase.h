/* passphrase - ask for one without showing it, or take it from a file; kept out of swap, wiped.
 * Never from the command line or the environment, which other processes can read. */
#pragma once

#include <stddef.h>

enum { PASSPHRASE_MIN = 8, PASSPHRASE_MAX = 1024 };

struct passphrase {
	size_t size;
	char text[PASSPHRASE_MAX + 1];
};

/* Read a passphrase: the first line of @file ("-" is standard input, /dev/fd/N a descriptor), or,
 * when @file is NULL, from the terminal after @prompt.  Complains of a failure.  Returns 0;
 * -EINVAL if it is empty, overlong or the person gave up; -ENOTTY; -errno.
 * On success *@ret is locked in memory; passphrase_finish it. */
int passphrase_read(struct passphrase *ret, const char *file, const char *prompt)
	__attribute__((warn_unused_result));

/* A new one: asked for twice at the terminal, and at least PASSPHRASE_MIN bytes (-EINVAL). */
int passphrase_read_new(struct passphrase *ret, const char *file)
	__attribute__((warn_unused_result));

void passphrase_finish(struct passphrase *passphrase);
