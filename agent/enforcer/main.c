/* devgate-enforcer: decides on every USB device, makes the kernel hold to it, and records it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "bluetooth_gate.h"
#include "defaults.h"
#include "emergency.h"
#include "enforcer.h"
#include "gate.h"
#include "noexec.h"
#include "removal.h"
#include "trail.h"
#include "usbnode.h"
#include "sysfs.h"

enum { EXIT_USAGE = 2 };

enum action {
	ACTION_RUN,
	ACTION_RELEASE,
	ACTION_REMOVING,
	ACTION_KEYBOARDS,
	ACTION_DONE,
	ACTION_USAGE
};

static void print_help(void)
{
	puts("Usage: devgate-enforcer [OPTION...]\n"
	     "Decide on every USB device, make the kernel hold to it, and record it.\n"
	     "\n"
	     "      --confirm-within=SECONDS  go back to the policy before, if a new one was not\n"
	     "                        confirmed by then (600; 30 to 86400)\n"
	     "      --withdraw-grace=SECONDS  how long people have before a disk that they use,\n"
	     "                        and may not any more, is taken away (30; 0 to 3600)\n"
	     "      --uevent-buffer=KIB  room for uevents that have not been read yet (16384;\n"
	     "                        4 to 1048576)\n"
	     "      --release         put the kernel's defaults back and open the block gate,\n"
	     "                        before the program is removed; then exit\n"
	     "      --keyboards       let keyboards, pointers and hubs work, for an emergency\n"
	     "                        shell; then exit\n"
	     "      --removing        have the enforcer that runs record that the program is\n"
	     "                        being removed, and by whom; then exit\n"
	     "      --state-dir=DIR   ledger and policy (/var/lib/devgate)\n"
	     "      --run-dir=DIR     control socket (/run/devgate)\n"
	     "      --config-dir=DIR  trust root (" DEVGATE_SYSCONFDIR "/devgate)\n"
	     "      --sys-dir=DIR     sysfs (/sys)\n"
	     "      --dev-dir=DIR     device nodes (/dev)\n"
	     "      --cgroup-dir=DIR  cgroup2 that the gate is attached to (/sys/fs/cgroup)\n"
	     "      --pin-dir=DIR     pins of the gate, in a bpffs (/sys/fs/bpf/devgate)\n"
	     "  -h, --help            show this help\n"
	     "  -V, --version         show the version");
}

/* Options that take a number, in the order of parse_options(). */
static const struct number_option {
	const char *name, *unit;
	uint32_t min, max;
} numbers[] = {
	{ "--confirm-within", "seconds", PROVISIONAL_WITHIN_MIN_S, PROVISIONAL_WITHIN_MAX_S },
	{ "--withdraw-grace", "seconds", 0, WITHDRAW_GRACE_MAX_S },
	{ "--uevent-buffer", "KiB", WITNESS_BUFFER_MIN_KIB, WITNESS_BUFFER_MAX_KIB },
};

static bool parse_number(const struct number_option *option, const char *text, uint32_t *ret)
{
	char *end;
	unsigned long s;

	errno = 0;
	s = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || s < option->min ||
	    s > option->max) {
		fprintf(stderr, "devgate-enforcer: %s takes %u to %u %s, not '%s'\n", option->name,
			option->min, option->max, option->unit, text);
		return false;
	}
	*ret = (uint32_t)s;
	return true;
}

static enum action parse_options(int argc, char **argv, struct enforcer_paths *paths,
				 struct enforcer *enforcer)
{
	enum {
		RELEASE = 256,
		REMOVING,
		KEYBOARDS,
		WITHIN,
		GRACE,
		BUFFER,
		STATE,
		RUN,
		CONFIG,
		SYS,
		DEV,
		CGROUP,
		PINS
	};
	static const struct option options[] = {
		{ "release", no_argument, NULL, RELEASE },
		{ "removing", no_argument, NULL, REMOVING },
		{ "keyboards", no_argument, NULL, KEYBOARDS },
		{ "confirm-within", required_argument, NULL, WITHIN },
		{ "withdraw-grace", required_argument, NULL, GRACE },
		{ "uevent-buffer", required_argument, NULL, BUFFER },
		{ "state-dir", required_argument, NULL, STATE },
		{ "run-dir", required_argument, NULL, RUN },
		{ "config-dir", required_argument, NULL, CONFIG },
		{ "sys-dir", required_argument, NULL, SYS },
		{ "dev-dir", required_argument, NULL, DEV },
		{ "cgroup-dir", required_argument, NULL, CGROUP },
		{ "pin-dir", required_argument, NULL, PINS },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	const char **const texts[] = { &paths->state, &paths->run,    &paths->config, &paths->sys,
				       &paths->dev,   &paths->cgroup, &paths->pins };
	uint32_t *const to[] = { &enforcer->provisional.within_s, &enforcer->withdrawals.grace_s,
				 &enforcer->witness.buffer_kib };
	enum action action = ACTION_RUN;
	int option;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			print_help();
			return ACTION_DONE;
		case 'V':
			puts("devgate-enforcer " DEVGATE_VERSION);
			return ACTION_DONE;
		case RELEASE:
			action = ACTION_RELEASE;
			break;
		case REMOVING:
			action = ACTION_REMOVING;
			break;
		case KEYBOARDS:
			action = ACTION_KEYBOARDS;
			break;
		case WITHIN:
		case GRACE:
		case BUFFER:
			if (!parse_number(&numbers[option - WITHIN], optarg, to[option - WITHIN]))
				return ACTION_USAGE;
			break;
		case '?':
			return ACTION_USAGE;
		default:
			*texts[option - STATE] = optarg;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"devgate-enforcer: unexpected argument '%s'; see devgate-enforcer --help\n",
			argv[optind]);
		return ACTION_USAGE;
	}
	return action;
}

static int release(const struct enforcer_paths *paths)
{
	_cleanup_close_ int sysfs_fd = -1;
	int bluetooth, defaults, gate, noexec, trail;

	defaults = sysfs_open(AT_FDCWD, paths->sys, &sysfs_fd);
	if (defaults >= 0) {
		usbnode_release(sysfs_fd);
		defaults = defaults_release(sysfs_fd);
	}
	if (defaults < 0)
		log_error("release", "Not all defaults of the kernel could be put back: %s",
			  strerror(-defaults));
	bluetooth = bluetooth_gate_release(paths->pins);
	if (bluetooth < 0)
		log_error("release", "The Bluetooth gate could not be opened: %s",
			  strerror(-bluetooth));
	noexec = noexec_release(paths->pins); /* before the gate takes the directory away */
	if (noexec < 0)
		log_error("release", "Programs may still not run from marked disks: %s",
			  strerror(-noexec));
	trail = trail_release(paths->pins);
	if (trail < 0)
		log_error("release", "The kernel may still tell of files: %s", strerror(-trail));
	gate = gate_release(paths->cgroup, paths->pins);
	if (gate < 0)
		log_error("release", "The block gate could not be opened: %s", strerror(-gate));
	return bluetooth < 0 || defaults < 0 || gate < 0 || noexec < 0 || trail < 0 ? EXIT_FAILURE
										    : EXIT_SUCCESS;
}

static int removing(const struct enforcer_paths *paths)
{
	int r = removal_tell(paths->run);

	if (r >= 0)
		return EXIT_SUCCESS;
	log_error("removing", "The removal is not recorded: %s", strerror(-r));
	return EXIT_FAILURE;
}

static int open_keyboards(const struct enforcer_paths *paths)
{
	_cleanup_close_ int sysfs_fd = -1;
	int r = sysfs_open(AT_FDCWD, paths->sys, &sysfs_fd);

	if (r >= 0)
		r = emergency_open(sysfs_fd);
	if (r < 0)
		log_error("emergency", "No keyboard could be opened: %s", strerror(-r));
	else
		log_info("emergency", "%d keyboards, pointers and hubs were opened", r);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Signals that the loop takes from a descriptor; libusb's thread inherits the mask. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int run(struct enforcer *enforcer, const struct enforcer_paths *paths)
{
	int r;

	block_signals();
	if (sodium_init() < 0) {
		log_error("start", "libsodium cannot be used");
		return EXIT_FAILURE;
	}
	r = enforcer_start(enforcer, paths);
	if (r >= 0)
		r = enforcer_run(enforcer);
	enforcer_finish(enforcer);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct enforcer_paths paths = { .state = "/var/lib/devgate",
					.run = "/run/devgate",
					.config = DEVGATE_SYSCONFDIR "/devgate",
					.sys = "/sys",
					.dev = "/dev",
					.cgroup = "/sys/fs/cgroup",
					.pins = "/sys/fs/bpf/devgate" };
	struct enforcer enforcer = { .withdrawals.grace_s = WITHDRAW_GRACE_S,
				     .witness.buffer_kib = WITNESS_BUFFER_KIB };

	switch (parse_options(argc, argv, &paths, &enforcer)) {
	case ACTION_RUN:
		/* The stack of libusb's thread would be a huge page, of which it needs a 500th. */
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		return run(&enforcer, &paths);
	case ACTION_RELEASE:
		return release(&paths);
	case ACTION_REMOVING:
		return removing(&paths);
	case ACTION_KEYBOARDS:
		return open_keyboards(&paths);
	case ACTION_DONE:
		return EXIT_SUCCESS;
	case ACTION_USAGE:
		break;
	}
	return EXIT_USAGE;
}
