/* load - many machines in one process, for benches and soaks of the collector on this machine's
 * loopback. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "kept.h"
#include "run.h"

enum { EXIT_USAGE = 2, SECONDS_MAX = 7200, EVENTS_MAX = 1000000 };

static const char HELP[] =
	"Usage: load COMMAND --fleet FOLDER [OPTION]...\n"
	"Be many machines at once, each with its certificate and ledger.\n"
	"\n"
	"  enrol    make --machines N machines that the collector of --data knows\n"
	"  upload   each sends --events lines, --batch at a time\n"
	"  soak     the same without end, until SIGTERM; the collector may come and go\n"
	"  storm    all connect at once and ask how far their ledgers are held\n"
	"  wait     all wait for a policy\n"
	"  hostile  slow, malformed and oversized requests\n"
	"  lines    print --events lines of the first machine\n"
	"  kept     read what --data holds of what the file --acked says, line by line\n"
	"\n"
	"  --to 127.0.0.1:PORT  the collector's agents' port\n"
	"  --data DIR --store URL  the collector's; for enrol and kept\n"
	"  --machines N     how many (1000)\n"
	"  --events N       lines of each (500)\n"
	"  --batch N        lines of an upload, 1 to 500 (500)\n"
	"  --every MS       pause of each after an upload (0)\n"
	"  --at-once N      connections that are being made at a time (512)\n"
	"  --ledger N       which of their ledgers (1); a new one begins at its first line\n"
	"  --seconds N      give up after (600)\n"
	"  --acked FILE     write, or read, how far each ledger was acknowledged\n"
	"  --go FILE        begin when this file is there\n"
	"  --since FILE     when the policy was published, microseconds since 1970\n";

static const struct option OPTIONS[] = {
	{ "fleet", required_argument, NULL, 'f' },    { "to", required_argument, NULL, 't' },
	{ "data", required_argument, NULL, 'd' },     { "store", required_argument, NULL, 's' },
	{ "machines", required_argument, NULL, 'm' }, { "events", required_argument, NULL, 'e' },
	{ "batch", required_argument, NULL, 'b' },    { "every", required_argument, NULL, 'y' },
	{ "at-once", required_argument, NULL, 'o' },  { "ledger", required_argument, NULL, 'l' },
	{ "seconds", required_argument, NULL, 'n' },  { "acked", required_argument, NULL, 'a' },
	{ "go", required_argument, NULL, 'g' },	      { "since", required_argument, NULL, 'i' },
	{ "help", no_argument, NULL, 'h' },	      { 0 },
};

/* A whole number from @least to @most, or the end of the program. */
static unsigned number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < least || value > most) {
		fprintf(stderr, "load: \"%s\" is not a number from %lu to %lu\n", text, least,
			most);
		exit(EXIT_USAGE);
	}
	return (unsigned)value;
}

static void take_number(struct options *options, int option)
{
	if (option == 'm')
		options->machines = number(optarg, 1, FLEET_MAX);
	else if (option == 'e')
		options->events = number(optarg, 1, EVENTS_MAX);
	else if (option == 'b')
		options->batch = number(optarg, 1, MADE_BATCH_LINES);
	else if (option == 'y')
		options->every_ms = number(optarg, 0, 3600000);
	else if (option == 'o')
		options->at_once = number(optarg, 1, FLEET_MAX);
	else if (option == 'l')
		options->ledger = number(optarg, 0, UINT32_MAX);
	else if (option == 'n')
		options->seconds = number(optarg, 1, SECONDS_MAX);
	else
		exit(EXIT_USAGE);
}

static void parse(int argc, char **argv, struct options *ret)
{
	int option;

	*ret = (struct options){ .machines = 1000,
				 .events = 500,
				 .batch = 500,
				 .at_once = 512,
				 .ledger = 1,
				 .seconds = 600 };
	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) >= 0) {
		if (option == 'f')
			ret->fleet = optarg;
		else if (option == 't')
			ret->to = optarg;
		else if (option == 'd')
			ret->data = optarg;
		else if (option == 's')
			ret->store = *optarg == '\0' ? NULL : optarg;
		else if (option == 'a')
			ret->acked = optarg;
		else if (option == 'g')
			ret->go = optarg;
		else if (option == 'i')
			ret->since = optarg;
		else if (option == 'h')
			exit(fputs(HELP, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
		else
			take_number(ret, option);
	}
}

static int usage(const char *what)
{
	fprintf(stderr, "load: %s; see --help\n", what);
	return EXIT_USAGE;
}

static int print_lines(const struct options *options)
{
	struct made_ledger ledger;
	struct fleet fleet;
	char line[MADE_LINE_MAX];

	if (fleet_load(&fleet, options->fleet) < 0)
		return EXIT_FAILURE;
	made_ledger_start(&ledger, fleet.machines[0].host, options->ledger, fleet.began);
	for (size_t i = 0; i < options->events; i++)
		fwrite(line, 1, made_ledger_line(&ledger, line), stdout);
	fleet_finish(&fleet);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct workload *const workloads[] = { &workload_upload, &workload_soak,
							    &workload_storm, &workload_wait,
							    &workload_hostile };
	struct options options;

	parse(argc, argv, &options);
	if (optind != argc - 1)
		return usage("one command is needed");
	if (options.fleet == NULL)
		return usage("--fleet FOLDER is needed");
	if (sodium_init() < 0)
		return EXIT_FAILURE;
	const char *command = argv[optind];
	if (strcmp(command, "enrol") == 0 || strcmp(command, "kept") == 0) {
		if (options.data == NULL || (*command == 'k' && options.acked == NULL))
			return usage("--data DIR is needed, and for kept --acked FILE");
		int r = *command == 'e' ? fleet_enrol(options.fleet, options.data, options.store,
						      options.machines)
					: kept_check(options.fleet, options.data, options.store,
						     options.acked);
		return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	if (strcmp(command, "lines") == 0)
		return print_lines(&options);
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		if (strcmp(command, workloads[i]->name) == 0)
			return options.to == NULL ? usage("--to 127.0.0.1:PORT is needed")
						  : run_workload(&options, workloads[i]);
	}
	return usage("no such command");
}
