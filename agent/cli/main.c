/* devgate - what a workstation's device control is doing, for the people who sit at it and those
 * who look after it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agent/common/language.h"
#include "arguments.h"
#include "commands.h"
#include "text.h"

struct command {
	const char *name;
	const char *summary;
	const char *help;
	unsigned takes;
	int min_words, max_words;
	int (*run)(const struct arguments *arguments);
	int (*run_words)(int argc, char **argv); /* instead: parses its own options */
};

#define N_(text) text

static const struct command commands[] = {
	{ "status", N_("how this machine's device control stands"),
	  N_("Usage: devgate status [--json]\n\n"
	     "Show whether devices are being controlled, by which policy, and how many are "
	     "refused.\n"),
	  0, 0, 0, command_status },
	{ "devices", N_("the devices that are plugged in, and what was decided"),
	  N_("Usage: devgate devices [--json]\n\n"
	     "List the devices that are plugged in, with the verdict on each and its rule.\n"),
	  0, 0, 0, command_devices },
	{ "explain", N_("why a device was allowed or refused, and what to do"),
	  N_("Usage: devgate explain PORT [--json]\n\n"
	     "Show step by step how the device at PORT was judged.  `devgate devices` lists the "
	     "ports.\n"),
	  0, 1, 1, command_explain },
	{ "events", N_("the records of this machine"),
	  N_("Usage: devgate events [-n LINES] [--since TIME] [--follow] [--json]\n\n"
	     "Show the last records, or those since TIME: 2026-11-22T08:00:00Z, 2026-11-22, or how "
	     "long\nago: 90s, 30m, 12h, 7d.\n\n"
	     "  -n, --lines LINES  how many at most (20 if no TIME is given)\n"
	     "  -f, --follow       go on with new records until interrupted\n"
	     "  --json             the records as they are, one a line\n\n"
	     "For root and members of group devgate.\n"),
	  TAKES_FOLLOW | TAKES_NUMBER | TAKES_SINCE, 0, 0, command_events },
	{ "ledger", N_("check that no record was changed or taken away"),
	  N_("Usage: devgate ledger verify [--ledger PATH]... [--id ID] [--key FILE] [--json]\n\n"
	     "Check the hash chain of all ledgers of this machine, or of each PATH: a ledger's "
	     "directory,\nor a file of records that was exported.  Damage is shown with file and "
	     "line.\n\n"
	     "  --ledger PATH  what to check, instead of this machine's ledgers\n"
	     "  --id ID        the ledger's id, if an exported file does not say it\n"
	     "  --key FILE     the collector's checkpoint.pub, for records that it disposed of\n\n"
	     "For root and members of group devgate.\n"),
	  TAKES_LEDGER, 1, 1 + ARGUMENTS_MAX_LEDGERS, command_ledger },
	{ "enrol", N_("connect this machine with a collector"),
	  N_("Usage: devgate enrol FILE [--yes] [--json]\n\n"
	     "FILE comes from `devgatectl token create`.  Shows whom this machine will trust, "
	     "asks, "
	     "and\nwaits until the collector has given it a certificate.\n\n"
	     "  --yes  do not ask\n\n"
	     "For root.\n"),
	  TAKES_YES, 1, 1, command_enrol },
	{ "boot", N_("keep USB closed from the start of the machine on"),
	  N_("Usage: devgate boot status|enable|disable [--json]\n\n"
	     "From its start on until the enforcer runs, the machine lets any USB device work.  "
	     "enable has\nGRUB tell the kernel to keep them closed until they are judged, "
	     "unless somebody would be\nlocked out by it; disable takes it back.\n\n"
	     "enable and disable are for root.\n"),
	  0, 1, 1, command_boot },
	{ "policy", N_("try a policy out, or bring one over from another product"),
	  .run_words = command_policy },
};

static void print_usage(FILE *to)
{
	fputs(_("Usage: devgate COMMAND [OPTION...]\n\nCommands:\n"), to);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  %-8s  %s\n", commands[i].name, _(commands[i].summary));
	fputs(_("\n"
		"`devgate COMMAND --help` says more.  All commands take:\n"
		"  --json              print JSON\n"
		"  --run-dir DIR       where the control socket is (/run/devgate)\n"
		"  --config-dir DIR    the configuration (/etc/devgate)\n"
		"  --state-dir DIR     the records (/var/lib/devgate)\n"
		"  --reporter-dir DIR  the reporter's state (/var/lib/devgate-reporter)\n"
		"  --help, --version\n"),
	      to);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* The status of the program: a success that could not be written is none. */
static int finish(int status)
{
	if (fflush(stdout) == 0 || status != EXIT_SUCCESS)
		return status;
	perror("devgate");
	return EXIT_FAILURE;
}

/* Run the command that @argv[0] names. */
static int run_command(struct arguments *arguments, int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);

	if (command == NULL) {
		fprintf(stderr, _("devgate: there is no command \"%s\"\nTry devgate --help.\n"),
			argv[0]);
		return EXIT_USAGE;
	}
	if (command->run_words != NULL)
		return finish(command->run_words(argc, argv));
	if (arguments_parse(arguments, argc, argv, command->takes) < 0) {
		fprintf(stderr, _("Try devgate %s --help.\n"), command->name);
		return EXIT_USAGE;
	}
	if (arguments->help) {
		fputs(_(command->help), stdout);
		return EXIT_SUCCESS;
	}
	if (arguments->n_words < command->min_words || arguments->n_words > command->max_words) {
		fputs(_(command->help), stderr);
		return EXIT_USAGE;
	}
	return finish(command->run(arguments));
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	int first;

	language_start();
	if (sodium_init() < 0) {
		fputs(_("devgate: the cryptographic library cannot be started\n"), stderr);
		return EXIT_FAILURE;
	}
	first = arguments_begin(&arguments, argc, argv);
	if (first >= 0 && arguments.help) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (first >= 0 && first < argc)
		return run_command(&arguments, argc - first, argv + first);
	if (first >= 0)
		print_usage(stderr);
	else
		fputs(_("Try devgate --help.\n"), stderr);
	return EXIT_USAGE;
}
