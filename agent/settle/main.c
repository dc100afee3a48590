/* devgate-settle: wait until the enforcer has dealt with a block device.
 * udev runs it on a USB disk's uevent, so that those who listen to udev (udisks) hear of the disk
 * only then.  Always exits 0, within 3 s: without the enforcer the disk is not vetted, and stays
 * unwritable. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/common/log.h"

enum { TIMEOUT_MS = 2900, EXIT_USAGE = 2 };

static void print_help(void)
{
	puts("Usage: devgate-settle [OPTION...] MAJOR:MINOR\n"
	     "Wait until devgate-enforcer has dealt with a block device; at most 3 s.\n"
	     "\n"
	     "      --run-dir=DIR  where control.sock is (/run/devgate)\n"
	     "  -h, --help         show this help\n"
	     "  -V, --version      show the version");
}

static void settle(const char *run_dir, const char *number)
{
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_close_ int fd = -1;
	char path[512], request[64];
	int r;

	/* udev may be far behind: a disk that has gone meanwhile is nothing to wait for. */
	snprintf(path, sizeof(path), "/sys/dev/block/%.32s", number);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return;
	snprintf(path, sizeof(path), "%s/control.sock", run_dir);
	snprintf(request, sizeof(request), "settle %.32s", number);
	r = control_connect(path, TIMEOUT_MS, &fd);
	if (r >= 0)
		r = control_call(fd, request, NULL, 0, &reply);
	if (r < 0)
		log_warning("settle", "The enforcer was not heard on %s: %s", number, strerror(-r));
	else if (!json_is_true(json_object_get(json_array_get(reply, 0), "settled")))
		log_warning("settle", "The enforcer has not dealt with %s yet", number);
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
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case 'V':
			puts("devgate-settle " DEVGATE_VERSION);
			return EXIT_SUCCESS;
		case RUN_DIR:
			run_dir = optarg;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind + 1 != argc) {
		fputs("devgate-settle: one MAJOR:MINOR is wanted; see devgate-settle --help\n",
		      stderr);
		return EXIT_USAGE;
	}
	settle(run_dir, argv[optind]);
	return EXIT_SUCCESS;
}
