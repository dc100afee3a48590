/* devgate-filewatch: finds out which files of portable devices were written, read, removed, renamed
 * or refused to run, by whom and with which program, and has the enforcer record it. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agent/common/log.h"
#include "watcher.h"

enum { EXIT_USAGE = 2 };

static void print_help(void)
{
	puts("Usage: devgate-filewatch [OPTION...]\n"
	     "Find out what is done to the files of portable devices, for the enforcer to record.\n"
	     "\n"
	     "      --run-dir=DIR  where control.sock is (/run/devgate)\n"
	     "  -h, --help         show this help\n"
	     "  -V, --version      show the version");
}

static int run(const char *run_dir)
{
	struct watcher watcher;
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (sodium_init() < 0) {
		log_error("start", "libsodium cannot be used");
		return EXIT_FAILURE;
	}
	r = watcher_init(&watcher, run_dir);
	if (r >= 0)
		r = watcher_run(&watcher);
	if (r < 0)
		log_error("start", "Cannot watch: %s", strerror(-r));
	watcher_finish(&watcher);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	enum { RUN_DIR = 256 };
	static const struct option options[] = { { "run-dir", required_argument, NULL, RUN_DIR },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { 0 } };
	const char *run_dir = "/run/devgate";
	int option;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		switch (option) {
		case RUN_DIR:
			run_dir = optarg;
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case 'V':
			puts("devgate-filewatch " DEVGATE_VERSION);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"devgate-filewatch: unexpected argument '%s'; see devgate-filewatch "
			"--help\n",
			argv[optind]);
		return EXIT_USAGE;
	}
	return run(run_dir);
}
