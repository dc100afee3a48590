/* ledger_folder - a ledger in a folder in memory, for tests of its writer. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/ledger_read.h"
#include "agent/enforcer/ledger.h"

#define BOOT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BOOT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char directory[] = "/dev/shm/test_ledger.XXXXXX";
static int ledgers_fd;
static struct ledger ledger;

static inline void folder_make(void)
{
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	ledgers_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(ledgers_fd >= 0);
	ledger_init(&ledger);
}

static inline int folder_remove(void)
{
	char command[80];

	ledger_finish(&ledger);
	close(ledgers_fd);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static inline void count_line(void *userdata, const char *line, size_t size)
{
	assert_true(size > 2 && line[0] == '{' && line[size - 1] == '}');
	(*(int *)userdata)++;
}

/* Open for @boot; how many lines were replayed. */
static inline int reopen(const char *boot, struct ledger_recovery *recovery)
{
	int lines = 0;

	ledger_finish(&ledger);
	assert_int_equal(ledger_open(&ledger, ledgers_fd, boot, count_line, &lines, recovery), 0);
	return lines;
}
