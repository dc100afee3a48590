/* devgate-settle: wait until the enforcer has dealt with a device node.
 * udev runs it on a USB disk's uevent, so that those who listen to udev (udisks) hear of the disk
 * only then; and on a USB device's, so that udev's own helpers (mtp-probe) find it open if it may
 * be.  Always exits 0, within 3 s: without the enforcer the node is not vetted, and stays shut. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
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
	puts("Usage: devgate-settle [OPTION...] [b|c]MAJOR:MINOR\n"
	     "Wait until devgate-enforcer has dealt with a block device (b, which may be left "
	     "out)\n"
	     "or with the node of a USB device (c); at most 3 s.  Of a block device from which no\n"
	     "program may be started, print the udev property that has udisks mount it noexec.\n"
	     "\n"
	     "      --no-wait      only print\n"
	     "      --run-dir=DIR  where control.sock is (/run/devgate)\n"
	     "  -h, --help         show this help\n"
	     "  -V, --version      show the version");
}

/* Print udev properties: udisks is to mount it so that people see what holds anyway. */
static void print_properties(int fd, const char *number)
{
	_cleanup_json_ json_t *reply = NULL;
	char request[64];
	int r;

	snprintf(request, sizeof(request), "noexec %.32s", number);
	r = control_call(fd, request, NULL, 0, &reply);
	if (r < 0)
		log_warning("settle", "The enforcer was not heard on %s: %s", number, strerror(-r));
	else if (json_is_true(json_object_get(json_array_get(reply, 0), "noexec")))
		puts("UDISKS_MOUNT_OPTIONS_DEFAULTS=noexec");
}

/* @wait: else only the properties are asked for. */
static void settle(const char *run_dir, const char *number, bool wait)
{
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_close_ int fd = -1;
	const char *type = number[0] == 'c' ? "char" : "block";
	char path[512], request[64];
	int r;

	/* udev may be far behind: what has gone meanwhile is nothing to wait for. */
	snprintf(path, sizeof(path), "/sys/dev/%s/%.32s", type, number + strspn(number, "bc"));
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return;
	snprintf(path, sizeof(path), "%s/control.sock", run_dir);
	snprintf(request, sizeof(request), "settle %.32s", number);
	r = control_connect(path, TIMEOUT_MS, &fd);
	if (r >= 0 && wait)
		r = control_call(fd, request, NULL, 0, &reply);
	if (r < 0)
		log_warning("settle", "The enforcer was not heard on %s: %s", number, strerror(-r));
	else if (number[0] != 'c')
		print_properties(fd, number);
	if (r < 0 || !wait)
		return;
	if (!json_is_true(json_object_get(json_array_get(reply, 0), "settled")))
		log_warning("settle", "The enforcer has not dealt with %s yet", number);
}

int main(int argc, char **argv)
{
	enum { RUN_DIR = 256, NO_WAIT };
	static const struct option options[] = { { "run-dir", required_argument, NULL, RUN_DIR },
						 { "no-wait", no_argument, NULL, NO_WAIT },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { 0 } };
	const char *run_dir = "/run/devgate";
	bool wait = true;
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
		case NO_WAIT:
			wait = false;
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
	settle(run_dir, argv[optind], wait);
	return EXIT_SUCCESS;
}
