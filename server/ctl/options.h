/* options - the options of one command, from a table; --help, --json and --profile everywhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ctl;

enum { OPTIONS_MAX = 24, OPTION_LIST_MAX = 1024 };

enum option_kind {
	OPTION_FLAG, /* bool */
	OPTION_TEXT, /* const char *, borrowed from argv */
	OPTION_LIST, /* struct option_list; may be given again */
};

struct option_list {
	size_t n;
	const char *values[OPTION_LIST_MAX]; /* borrowed from argv */
};

struct option_row {
	const char *name; /* without the dashes */
	enum option_kind kind;
	void *target;
	const char *value; /* what the help calls the value; NULL for a flag */
	const char *help;  /* N_() text */
};

/* options_parse's answer to go on; every other one is the status to end with. */
enum { OPTIONS_GO_ON = -1 };

/* Parse the arguments of ctl->command: @rows (ended by a row without name, at most OPTIONS_MAX)
 * and between @min and @max operands, which *@ret_operands (may be NULL when @max is 0) then
 * points to in argv.  Sets ctl->json and ctl->profile_path where those are given.  Usage errors
 * are told here.  Returns OPTIONS_GO_ON, STATUS_OK after --help, or STATUS_USAGE. */
int options_parse(struct ctl *ctl, const struct option_row *rows, int argc, char **argv, int min,
		  int max, char ***ret_operands) __attribute__((warn_unused_result));

/* Complain and return STATUS_USAGE unless @value was given; OPTIONS_GO_ON if it was. */
int options_need(const struct ctl *ctl, const char *name, const char *value)
	__attribute__((warn_unused_result));
