/* plugtime - how long after a device's arrival something is done about it, by the kernel's clock.
 *
 *   plugtime ROUNDS GADGET authorized|denied|recorded
 *
 * The software device GADGET, which has been made (guest/gadget), is plugged into dummy_udc.0 and
 * pulled out, so many times.  Prints a line for each:
 *
 *   WRITTEN BOUND     microseconds after the kernel's "add" uevent of the device: until something
 *                     has the kernel authorize it (denied: make it unauthorized; recorded: until
 *                     the enforcer, which need not tell the kernel to leave it so, has a record on
 *                     the disk), and until a driver is bound to its first interface (else: -)
 *
 * The times are those of kernel probes in an instance of tracefs of its own, with one clock.
 * Nothing of when this program runs is in them.  "add" is the end of usb_create_sysfs_dev_files(),
 * after which device_add() sends the uevent at once (drivers/usb/core/notify.c and
 * drivers/base/core.c); kobject_uevent() itself can hold no probe.  A write to "authorized" is the
 * beginning of usb_authorize_device() or usb_deauthorize_device(), a driver that is bound
 * driver_bound(). */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probes.h"

enum { PATIENCE_S = 30, QUIET_MS = 40 };

/* What has been seen of one stay; 0: not yet.  In microseconds. */
struct stay {
	double added, written, bound;
	bool gone;
};

/* A device begins with its kobject, and that with the pointer to its name. */
static const struct probe items[] = {
	{ 'r', "added", "usbcore:usb_create_sysfs_dev_files" },
	{ 'p', "authorized", "usbcore:usb_authorize_device" },
	{ 'p', "denied", "usbcore:usb_deauthorize_device" },
	{ 'p', "bound", "driver_bound name=+0(+0(%di)):string" },
	{ 'r', "recorded", "__x64_sys_fdatasync" },
	{ 'p', "gone", "usbcore:usb_remove_sysfs_dev_files" },
};
static const struct probes probes = { "plugtime", items, sizeof(items) / sizeof(items[0]) };

static void set_udc(const char *gadget, const char *udc)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/kernel/config/usb_gadget/%s/UDC", gadget);
	probes_put(path, 0, udc);
}

static void on_line(struct stay *stay, const char *line, const char *wanted)
{
	char event[32];
	double us;
	const char *rest = probes_parse(line, event, &us);

	if (rest == NULL)
		return;
	if (strcmp(event, "recorded") == 0 && strstr(line, "devgate-enforce-") == NULL)
		return; /* somebody else's */
	if (strcmp(event, "added") == 0 && stay->added == 0)
		stay->added = us;
	else if (stay->added == 0)
		return;
	else if (strcmp(event, wanted) == 0 && stay->written == 0)
		stay->written = us;
	else if (strcmp(event, "bound") == 0 && stay->bound == 0 && strstr(rest, ":1.0\"") != NULL)
		stay->bound = us;
	else if (strcmp(event, "gone") == 0)
		stay->gone = true;
}

/* Take in what has been traced, for up to @ms; returns false if that was nothing. */
static bool read_trace(FILE *pipe, struct stay *stay, const char *wanted, int ms)
{
	struct pollfd ready = { .fd = fileno(pipe), .events = POLLIN };
	char line[512];
	bool any = false;

	poll(&ready, 1, ms);
	while (fgets(line, sizeof(line), pipe) != NULL) {
		on_line(stay, line, wanted);
		any = true;
	}
	clearerr(pipe);
	return any;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool plug(FILE *pipe, const char *gadget, const char *wanted)
{
	const bool denied = strcmp(wanted, "authorized") != 0;
	double end = now() + PATIENCE_S;
	struct stay stay = { 0 };

	set_udc(gadget, "dummy_udc.0\n");
	while (stay.written == 0 || (!denied && stay.bound == 0)) {
		if (now() > end) {
			fprintf(stderr, "plugtime: %s was not %s\n", gadget, wanted);
			return false;
		}
		read_trace(pipe, &stay, wanted, 20);
	}
	/* what it began is over before the plug is pulled */
	while (read_trace(pipe, &stay, wanted, QUIET_MS))
		;
	set_udc(gadget, "\n");
	while (!stay.gone && now() < end)
		read_trace(pipe, &stay, wanted, 20);
	while (read_trace(pipe, &stay, wanted, QUIET_MS))
		;
	if (denied)
		printf("%.0f -\n", stay.written - stay.added);
	else
		printf("%.0f %.0f\n", stay.written - stay.added, stay.bound - stay.added);
	return true;
}

int main(int argc, char **argv)
{
	if (argc != 4 || (strcmp(argv[3], "authorized") != 0 && strcmp(argv[3], "denied") != 0 &&
			  strcmp(argv[3], "recorded") != 0)) {
		fprintf(stderr, "usage: plugtime ROUNDS GADGET authorized|denied|recorded\n");
		return 2;
	}
	FILE *pipe = probes_begin(&probes);
	bool good = true;
	for (int i = atoi(argv[1]); i > 0 && good; i--)
		good = plug(pipe, argv[2], argv[3]);
	probes_end(&probes, pipe);
	return good ? 0 : 1;
}
