/* arguments - the command line, parsed.  One table of options; each command names those it takes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { ARGUMENTS_MAX_LEDGERS = 64 };

/* Options that a command may take beside the common ones. */
enum argument_set {
	TAKES_FOLLOW = 1 << 0,
	TAKES_NUMBER = 1 << 1,
	TAKES_SINCE = 1 << 2,
	TAKES_LEDGER = 1 << 3, /* --ledger, --id and --key */
	TAKES_YES = 1 << 4,
};

struct arguments {
	const char *run_dir;	  /* the enforcer's control socket */
	const char *config_dir;	  /* what `devgate enrol` writes */
	const char *state_dir;	  /* the enforcer's; has "ledger" in it */
	const char *reporter_dir; /* the reporter's state */
	bool json;
	bool help;
	bool follow;
	bool yes;
	long number;	   /* -n; -1 if not given */
	const char *since; /* NULL if not given */
	const char *id;	   /* NULL if not given */
	const char *key;   /* NULL if not given */
	const char *ledgers[ARGUMENTS_MAX_LEDGERS];
	size_t n_ledgers;
	char **words; /* what is no option, without the command's own name */
	int n_words;
};

/* Parse the options before the command's name: sets the directories' defaults and returns the index
 * of the first word in @argv, or -EINVAL; what is wrong has been said on stderr. --version and
 * --help end the program. */
int arguments_begin(struct arguments *ret, int argc, char **argv)
	__attribute__((warn_unused_result));

/* Parse what follows the command's name, @argv[0].  Texts are borrowed from @argv.
 * Returns 0 or -EINVAL, said on stderr. */
int arguments_parse(struct arguments *ret, int argc, char **argv, unsigned takes)
	__attribute__((warn_unused_result));
