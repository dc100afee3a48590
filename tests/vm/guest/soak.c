/* soak - plug software devices in and out at random, one at each software controller, and write
 * down which drivers the kernel binds.
 *
 *   soak PLUGS SEED CONTROLLERS GADGET…
 *
 * The gadgets have been made (guest/gadget), more of them than controllers, and each has its own
 * name for its serial number.  No controller gets the same one twice running.  Prints, by
 * CLOCK_MONOTONIC in microseconds:
 *
 *   TIME plug PORT GADGET      from here on, what comes at PORT (5-1) is GADGET
 *   TIME bound PORT:C.I        the kernel has bound a driver to an interface (driver_bound())
 *   TIME unseen PORT GADGET    the kernel did not show the device at all
 *
 * and ends with nothing plugged in. */
#include <glob.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probes.h"

enum { CONTROLLERS_MAX = 16, GADGETS_MAX = 32, PATIENCE_US = 20000000, TURN_MS = 10 };

/* How long a device stays once it has come, and how long until the next. */
enum { STAY_MIN_US = 20000, STAY_MAX_US = 800000, PAUSE_MAX_US = 200000 };

enum state { EMPTY, COMING, STAYING, GOING };

struct controller {
	enum state state;
	char port[16];
	int gadget; /* here now, or last; -1: none yet */
	uint64_t until_us;
};

struct soak {
	char **gadgets;
	int n_gadgets, n_controllers;
	bool used[GADGETS_MAX];
	struct controller controllers[CONTROLLERS_MAX];
	uint64_t seed;
	int left; /* plugs to come */
};

static const struct probe items[] = {
	{ 'p', "bound", "driver_bound name=+0(+0(%di)):string" },
};
static const struct probes probes = { "soak", items, 1 };

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Below @n; xorshift. */
static uint32_t below(struct soak *soak, uint32_t n)
{
	soak->seed ^= soak->seed << 13;
	soak->seed ^= soak->seed >> 7;
	soak->seed ^= soak->seed << 17;
	return (uint32_t)(soak->seed >> 32) % n;
}

static void set_udc(const char *gadget, const char *udc)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/kernel/config/usb_gadget/%s/UDC", gadget);
	probes_put(path, 0, udc);
}

/* dummy_udc.N is the device side of the bus whose controller is dummy_hcd.N. */
static void find_port(int controller, struct controller *ret)
{
	char pattern[64];
	unsigned bus;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/devices/platform/dummy_hcd.%d/usb*", controller);
	if (glob(pattern, 0, NULL, &found) != 0 ||
	    sscanf(strrchr(found.gl_pathv[0], '/'), "/usb%u", &bus) != 1) {
		fprintf(stderr, "soak: no bus of %s\n", pattern);
		exit(1);
	}
	globfree(&found);
	snprintf(ret->port, sizeof(ret->port), "%u-1", bus);
	ret->gadget = -1;
}

static bool is_there(const struct controller *controller)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/usb/devices/%s", controller->port);
	return access(path, F_OK) == 0;
}

static void tell(const struct soak *soak, const struct controller *controller, const char *what)
{
	printf("%llu %s %s %s\n", (unsigned long long)now_us(), what, controller->port,
	       soak->gadgets[controller->gadget]);
}

static void plug(struct soak *soak, struct controller *controller)
{
	char udc[32];
	int next;

	do
		next = (int)below(soak, (uint32_t)soak->n_gadgets);
	while (soak->used[next] || next == controller->gadget);
	controller->gadget = next;
	soak->used[next] = true;
	soak->left--;
	tell(soak, controller, "plug");
	snprintf(udc, sizeof(udc), "dummy_udc.%d", (int)(controller - soak->controllers));
	set_udc(soak->gadgets[next], udc);
	controller->state = COMING;
	controller->until_us = now_us() + PATIENCE_US;
}

static void unplug(struct soak *soak, struct controller *controller)
{
	set_udc(soak->gadgets[controller->gadget], "\n");
	soak->used[controller->gadget] = false;
	controller->state = GOING;
}

/* What is to be done at @controller now. */
static void turn(struct soak *soak, struct controller *controller)
{
	const bool due = now_us() >= controller->until_us;

	switch (controller->state) {
	case EMPTY:
		if (due && soak->left > 0)
			plug(soak, controller);
		break;
	case COMING:
		if (is_there(controller)) {
			controller->state = STAYING;
			controller->until_us =
				now_us() + STAY_MIN_US + below(soak, STAY_MAX_US - STAY_MIN_US);
		} else if (due) {
			tell(soak, controller, "unseen");
			unplug(soak, controller);
		}
		break;
	case STAYING:
		if (due)
			unplug(soak, controller);
		break;
	case GOING:
		if (!is_there(controller)) {
			controller->state = EMPTY;
			controller->until_us = now_us() + below(soak, PAUSE_MAX_US);
		}
		break;
	}
}

static void read_trace(FILE *pipe, int ms)
{
	struct pollfd ready = { .fd = fileno(pipe), .events = POLLIN };
	char line[512], event[32], name[64];
	double us;

	poll(&ready, 1, ms);
	while (fgets(line, sizeof(line), pipe) != NULL) {
		const char *rest = probes_parse(line, event, &us);

		if (rest == NULL && strstr(line, "LOST") != NULL) {
			fprintf(stderr, "soak: %s", line);
			exit(1);
		}
		rest = rest == NULL ? NULL : strstr(rest, "name=\"");
		if (rest != NULL && sscanf(rest, "name=\"%63[0-9.:-]\"", name) == 1 &&
		    strchr(name, '-') != NULL && strchr(name, ':') != NULL)
			printf("%.0f bound %s\n", us, name);
	}
	clearerr(pipe);
}

static bool is_over(const struct soak *soak)
{
	for (int i = 0; i < soak->n_controllers; i++)
		if (soak->controllers[i].state != EMPTY)
			return false;
	return soak->left == 0;
}

int main(int argc, char **argv)
{
	struct soak soak = { 0 };

	if (argc < 5 || (soak.n_controllers = atoi(argv[3])) < 1 ||
	    soak.n_controllers > CONTROLLERS_MAX || argc - 4 > GADGETS_MAX ||
	    argc - 4 < soak.n_controllers + 2) {
		fprintf(stderr, "usage: soak PLUGS SEED CONTROLLERS GADGET...\n");
		return 2;
	}
	soak.left = atoi(argv[1]);
	soak.seed = strtoull(argv[2], NULL, 10) + 88172645463325252u;
	soak.gadgets = argv + 4;
	soak.n_gadgets = argc - 4;
	for (int i = 0; i < soak.n_controllers; i++)
		find_port(i, &soak.controllers[i]);
	FILE *pipe = probes_begin(&probes);
	while (!is_over(&soak)) {
		for (int i = 0; i < soak.n_controllers; i++)
			turn(&soak, &soak.controllers[i]);
		read_trace(pipe, TURN_MS);
	}
	read_trace(pipe, 1000);
	probes_end(&probes, pipe);
	return 0;
}
