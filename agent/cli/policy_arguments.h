/* policy_arguments - the command line of `devgate policy SUBCOMMAND`. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

/* Options that a subcommand may take beside --json and --help. */
enum policy_options {
	POLICY_TAKES_POLICY = 1 << 0, /* --policy --risk --register --revoked */
	POLICY_TAKES_DEVICE = 1 << 1, /* --device --present, and the circumstances */
	POLICY_TAKES_TABLE = 1 << 2,  /* --table */
	POLICY_TAKES_WRITE = 1 << 3,  /* --write --check */
	POLICY_TAKES_NAME = 1 << 4,   /* --name --out */
	POLICY_TAKES_SYSFS = 1 << 5,  /* --sysfs --run-dir */
	POLICY_TAKES_IMPORT = 1 << 6, /* --strict --encoding */
};

struct policy_arguments {
	bool json, help, write, check, strict, present;
	const char *policy, *risk, *registered, *revoked; /* NULL: not given; so all below */
	const char *device, *table, *name, *out, *sysfs, *run_dir, *encoding;
	json_t *circumstances; /* owned; what was said of them, as circumstances_json.h has it */
	char **words;	       /* what is no option, without the subcommand's name */
	int n_words;
};

/* Parse what follows the subcommand's name, @argv[0]; @takes: bits of enum policy_options.  Texts
 * are borrowed from @argv; policy_arguments_finish() frees the rest, also after a failure.
 * Returns 0; -EINVAL, said on stderr; -ENOMEM. */
int policy_arguments_parse(struct policy_arguments *ret, int argc, char **argv, unsigned takes)
	__attribute__((warn_unused_result));
void policy_arguments_finish(struct policy_arguments *arguments);
