#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

enum {
	RUN_DIR = 256,
	CONFIG_DIR,
	STATE_DIR,
	REPORTER_DIR,
	JSON,
	HELP,
	VERSION,
	SINCE,
	LEDGER,
	ID,
	KEY,
	YES,
};

static const struct option options[] = {
	{ "run-dir", required_argument, NULL, RUN_DIR },
	{ "config-dir", required_argument, NULL, CONFIG_DIR },
	{ "state-dir", required_argument, NULL, STATE_DIR },
	{ "reporter-dir", required_argument, NULL, REPORTER_DIR },
	{ "json", no_argument, NULL, JSON },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ "follow", no_argument, NULL, 'f' },
	{ "lines", required_argument, NULL, 'n' },
	{ "since", required_argument, NULL, SINCE },
	{ "ledger", required_argument, NULL, LEDGER },
	{ "id", required_argument, NULL, ID },
	{ "key", required_argument, NULL, KEY },
	{ "yes", no_argument, NULL, YES },
	{ 0 },
};

/* Take an option that every command has.  Returns false if @c is none. */
static bool take_common(struct arguments *arguments, int c)
{
	switch (c) {
	case RUN_DIR:
		arguments->run_dir = optarg;
		return true;
	case CONFIG_DIR:
		arguments->config_dir = optarg;
		return true;
	case STATE_DIR:
		arguments->state_dir = optarg;
		return true;
	case REPORTER_DIR:
		arguments->reporter_dir = optarg;
		return true;
	case JSON:
		arguments->json = true;
		return true;
	case HELP:
		arguments->help = true;
		return true;
	case VERSION:
		puts("devgate " DEVGATE_VERSION);
		exit(EXIT_SUCCESS);
	}
	return false;
}

static int take_number(struct arguments *arguments)
{
	char *end;

	errno = 0;
	arguments->number = strtol(optarg, &end, 10);
	if (errno == 0 && end != optarg && *end == '\0' && arguments->number >= 0)
		return 0;
	fprintf(stderr, _("devgate: -n takes a whole number, 0 or more, not \"%s\"\n"), optarg);
	return -EINVAL;
}

static int take_ledger(struct arguments *arguments)
{
	if (arguments->n_ledgers == ARGUMENTS_MAX_LEDGERS) {
		fprintf(stderr, _("devgate: --ledger can be given %d times at most\n"),
			ARGUMENTS_MAX_LEDGERS);
		return -EINVAL;
	}
	arguments->ledgers[arguments->n_ledgers++] = optarg;
	return 0;
}

/* Take an option of the command's own; @takes says which it has. */
static int take_own(struct arguments *arguments, int c, unsigned takes)
{
	if (c == 'f' && takes & TAKES_FOLLOW) {
		arguments->follow = true;
		return 0;
	}
	if (c == 'n' && takes & TAKES_NUMBER)
		return take_number(arguments);
	if (c == SINCE && takes & TAKES_SINCE) {
		arguments->since = optarg;
		return 0;
	}
	if (c == LEDGER && takes & TAKES_LEDGER)
		return take_ledger(arguments);
	if (c == ID && takes & TAKES_LEDGER) {
		arguments->id = optarg;
		return 0;
	}
	if (c == KEY && takes & TAKES_LEDGER) {
		arguments->key = optarg;
		return 0;
	}
	if (c == YES && takes & TAKES_YES) {
		arguments->yes = true;
		return 0;
	}
	if (c != '?')
		fprintf(stderr, _("devgate: this command does not take that option\n"));
	return -EINVAL;
}

int arguments_begin(struct arguments *ret, int argc, char **argv)
{
	int c;

	*ret = (struct arguments){
		.run_dir = "/run/devgate",
		.config_dir = DEVGATE_SYSCONFDIR "/devgate",
		.state_dir = "/var/lib/devgate",
		.reporter_dir = "/var/lib/devgate-reporter",
		.number = -1,
	};
	while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		if (!take_common(ret, c))
			return take_own(ret, c, 0);
	}
	return optind;
}

int arguments_parse(struct arguments *ret, int argc, char **argv, unsigned takes)
{
	int c;

	optind = 0; /* glibc: start anew, with another argv */
	while ((c = getopt_long(argc, argv, "fn:", options, NULL)) >= 0) {
		int r = take_common(ret, c) ? 0 : take_own(ret, c, takes);

		if (r < 0)
			return r;
	}
	ret->words = argv + optind;
	ret->n_words = argc - optind;
	return 0;
}
