#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"

#define N_(text)     text
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What --help says of the options for a device and its circumstances. */
#define CIRCUMSTANCES_HELP                                                                         \
	N_("  --policy FILE          the rules\n"                                                  \
	   "  --register FILE        registered media: a section, or register.csv\n"               \
	   "  --revoked FILE         revoked devices, a section\n"                                 \
	   "  --risk FILE            the risk model\n"                                             \
	   "  --device FILE          a record of a device, or a directory under "                  \
	   "/sys/bus/usb/devices;\n"                                                               \
	   "                         - is standard input\n"                                        \
	   "  --present              it was there before the agent\n\n"                            \
	   "What is known beside the device; what is not given is unknown:\n"                      \
	   "  --user NAME            at the seat, \"\" for nobody     --group NAME...\n"           \
	   "  --host NAME  --unit NAME  --classification TEXT\n"                                   \
	   "  --time \"mon 09:30\"     --session none|active|locked  --site on|off\n"              \
	   "  --first-seen-days N    --count N or FUNCTION=N       --violations N\n"               \
	   "  --hosts-seen N         --history N (denials before)\n"                               \
	   "  --identity none|serial|changed|duplicate\n"                                          \
	   "  --encryption none|luks|bitlocker  --size 32GiB  --label TEXT\n\n"                    \
	   "  --json                 print JSON\n")

struct subcommand {
	const char *name;
	const char *summary;
	const char *usage;
	const char *help; /* of the options */
	unsigned takes;	  /* bits of enum policy_options */
	int min_words, max_words;
	int (*run)(const struct policy_arguments *arguments);
};

static const struct subcommand subcommands[] = {
	{ "check", N_("whether a policy is well-formed, and what to look at again in it"),
	  N_("Usage: devgate policy check [--json] FILE...\n\n"
	     "Read rules documents, risk models and decision tables, and report errors, and rules "
	     "that\nare duplicate, unreachable or contradictory.  Exit status 1 if there are "
	     "errors "
	     "or warnings.\n"),
	  N_("  --json  print JSON\n"), 0, 1, 1000, policy_check },
	{ "test", N_("what a policy decides on a device, or the rows of a decision table"),
	  N_("Usage: devgate policy test --policy FILE --device FILE [OPTION...]\n"
	     "       devgate policy test --table FILE... [--policy FILE]\n\n"
	     "Judge a device as a workstation would.  Exit status 1 if it is denied.\n"
	     "Or judge every row of a decision table.  Exit status 1 if a row differs.\n\n"
	     "  --table FILE           the table; more can follow\n"),
	  CIRCUMSTANCES_HELP, POLICY_TAKES_POLICY | POLICY_TAKES_DEVICE | POLICY_TAKES_TABLE, 0,
	  1000, policy_test },
	{ "explain", N_("each rule in order, and why it does or does not speak for a device"),
	  N_("Usage: devgate policy explain --policy FILE --device FILE [OPTION...]\n\n"
	     "Show for each function of a device what every rule makes of it: it matches, the "
	     "first\n"
	     "condition that fails, or that it is not known; and how the risk was assessed.\n\n"),
	  CIRCUMSTANCES_HELP, POLICY_TAKES_POLICY | POLICY_TAKES_DEVICE, 0, 0, policy_explain },
	{ "fmt", N_("lay a rules document out"),
	  N_("Usage: devgate policy fmt [--write|--check] FILE...\n\n"
	     "Print a rules document or a risk model in its canonical layout; comments stay.\n\n"),
	  N_("  --write  change the files instead\n"
	     "  --check  print the names of the files that would change; exit status 1 if any "
	     "would\n"),
	  POLICY_TAKES_WRITE, 1, 1000, policy_format },
	{ "diff", N_("what changes, for whom, from one policy to another"),
	  N_("Usage: devgate policy diff [--json] OLD NEW\n\n"
	     "Say in words what changes and whether it permits more or less.  Exit status 1 if "
	     "anything\nchanges.\n\n"),
	  N_("  --json  print JSON\n"), 0, 2, 2, policy_diff },
	{ "generate", N_("a policy for what is plugged in"),
	  N_("Usage: devgate policy generate [--name NAME] [--out DIR] [--sysfs DIR]\n"
	     "                              [--run-dir DIR]\n\n"
	     "Propose a policy that permits the input devices, hubs and built-in devices plugged "
	     "in,\n"
	     "and a register of the storage; nothing else.  Phones, network adapters and the rest\n"
	     "stand as comments, for a person to decide.\n\n"),
	  N_("  --name NAME  of the policy (generated)\n"
	     "  --out DIR    write DIR/rules.json and DIR/register.csv; else both are printed\n"
	     "  --sysfs DIR  read what is on USB there, not in /sys, and ask no enforcer\n"
	     "  --run-dir DIR\n"
	     "               where the enforcer is asked for what is not on USB (/run/devgate)\n"),
	  POLICY_TAKES_NAME | POLICY_TAKES_SYSFS, 0, 0, policy_generate },
	{ "import", N_("another product's policy as ours"),
	  N_("Usage: devgate policy import FORMAT FILE|DIR... --out DIR [OPTION...]\n\n"
	     "FORMAT is usbguard (rules.conf, rules.d), mde-json or mde-xml (Microsoft Defender "
	     "device\ncontrol for macOS, Windows), or csv (a list of devices).  Writes "
	     "DIR/rules.json, "
	     "register.csv,\nreport.txt and report.json.  What cannot be said becomes stricter and "
	     "is "
	     "reported.\n\n"),
	  N_("  --out DIR      where to write; made if it is not there\n"
	     "  --name NAME    of the policy (imported)\n"
	     "  --strict       fail on what would become stricter\n"
	     "  --encoding E   of the files: utf-8, big5, utf-16 ... (utf-8)\n"
	     "  --json         print the report as JSON\n"),
	  POLICY_TAKES_NAME | POLICY_TAKES_IMPORT, 2, 1000, policy_import },
};

static void print_usage(FILE *to)
{
	fputs(_("Usage: devgate policy COMMAND [OPTION...]\n\nCommands:\n"), to);
	for (size_t i = 0; i < COUNT(subcommands); i++)
		fprintf(to, "  %-8s  %s\n", subcommands[i].name, _(subcommands[i].summary));
	fputs(_("\n`devgate policy COMMAND --help` says more.\n"), to);
}

static void print_help(const struct subcommand *subcommand, FILE *to)
{
	fputs(_(subcommand->usage), to);
	fputs(_(subcommand->help), to);
}

static const struct subcommand *find(const char *name)
{
	for (size_t i = 0; i < COUNT(subcommands); i++)
		if (strcmp(name, subcommands[i].name) == 0)
			return &subcommands[i];
	fprintf(stderr,
		_("devgate: there is no command \"policy %s\"\nTry devgate policy --help.\n"),
		name);
	return NULL;
}

static int run(const struct subcommand *subcommand, const struct policy_arguments *arguments)
{
	if (arguments->help) {
		print_help(subcommand, stdout);
		return EXIT_SUCCESS;
	}
	if (arguments->n_words < subcommand->min_words ||
	    arguments->n_words > subcommand->max_words) {
		print_help(subcommand, stderr);
		return EXIT_USAGE;
	}
	return subcommand->run(arguments);
}

int command_policy(int argc, char **argv)
{
	const struct subcommand *subcommand;
	struct policy_arguments arguments;
	int status = EXIT_USAGE;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		print_usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_SUCCESS;
	}
	subcommand = find(argv[1]);
	if (subcommand == NULL)
		return EXIT_USAGE;
	if (policy_arguments_parse(&arguments, argc - 1, argv + 1, subcommand->takes) == 0)
		status = run(subcommand, &arguments);
	else
		fprintf(stderr, _("Try devgate policy %s --help.\n"), subcommand->name);
	policy_arguments_finish(&arguments);
	return status;
}
