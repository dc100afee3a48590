/* ledgers - open this machine's ledgers, and say on stderr why if that fails. */
#pragma once

#include <limits.h>

#include "arguments.h"

/* The directory of all ledgers of this machine. */
struct ledgers {
	char path[PATH_MAX];
	int fd; /* owned */
};

/* Returns 0; -errno, said on stderr. */
int ledgers_open(struct ledgers *ret, const struct arguments *arguments)
	__attribute__((warn_unused_result));
void ledgers_close(struct ledgers *ledgers);

/* Say that @path cannot be read, and what to do. */
void ledgers_complain(const char *path, int error);
