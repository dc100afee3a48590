/* replug - plug software sticks in and out, all at once, again and again.
 *
 *   replug ROUNDS GADGET…    gadget number N has been made and goes to controller dummy_udc.N;
 *                            prints how many times a disk came up read-only and could be read,
 *                            and on standard error how far one got that did not
 *
 * A stick is pulled out as soon as it has come up.  No process is started in the loop. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GADGETS_MAX = 8, PATIENCE_S = 300, PAUSE_US = 25000 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Write @udc, or nothing to pull the plug. */
static void set_udc(const char *gadget, const char *udc)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/kernel/config/usb_gadget/%s/UDC", gadget);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%s\n", udc) < 0) {
		fprintf(stderr, "replug: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	close(fd);
}

/* True if the disk whose "ro" file this is is read-only, and its node can be opened. */
static bool is_up(const char *ro)
{
	char value = '0', node[64];
	const char *end = strrchr(ro, '/'), *name = end;
	int fd = open(ro, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, &value, 1);
	close(fd);
	if (n != 1 || value != '1')
		return false;
	while (name[-1] != '/')
		name--;
	snprintf(node, sizeof(node), "/dev/%.*s", (int)(end - name), name);
	fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool matches(int controller, const char *below, bool (*check)(const char *path))
{
	char pattern[256];
	glob_t found;
	bool yes = false;

	snprintf(pattern, sizeof(pattern), "/sys/devices/platform/dummy_hcd.%d/usb*/*-1%s",
		 controller, below);
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		yes = !check || check(found.gl_pathv[0]);
		globfree(&found);
	}
	return yes;
}

static bool disk_is_up(int controller)
{
	return matches(controller, "/*:*/host*/target*/*/block/*/ro", is_up);
}

static void say_how_far(int controller)
{
	fprintf(stderr, "replug: controller %d, after %d s:%s%s%s%s\n", controller, PATIENCE_S,
		matches(controller, "", NULL) ? " device" : " no device",
		matches(controller, "/*:*/driver", NULL) ? ", driver" : "",
		matches(controller, "/*:*/host*/target*", NULL) ? ", SCSI target" : "",
		matches(controller, "/*:*/host*/target*/*/block/*", NULL) ? ", disk" : "");
}

static bool is_gone(int controller)
{
	return !matches(controller, "", NULL);
}

/* Wait until @check holds for each of @n controllers; how many it did. */
static int wait_all(int n, bool (*check)(int controller))
{
	bool done[GADGETS_MAX] = { false };
	double end = now() + PATIENCE_S;
	int count = 0;

	while (count < n && now() < end) {
		for (int i = 0; i < n; i++) {
			if (done[i] || !check(i))
				continue;
			done[i] = true;
			count++;
		}
		if (count < n)
			usleep(PAUSE_US);
	}
	for (int i = 0; i < n; i++)
		if (!done[i])
			say_how_far(i);
	return count;
}

int main(int argc, char **argv)
{
	int n = argc - 2, came_up = 0;

	if (n < 1 || n > GADGETS_MAX) {
		fprintf(stderr, "usage: replug ROUNDS GADGET...\n");
		return 2;
	}
	for (int round = atoi(argv[1]); round > 0; round--) {
		for (int i = 0; i < n; i++) {
			char udc[32];

			snprintf(udc, sizeof(udc), "dummy_udc.%d", i);
			set_udc(argv[2 + i], udc);
		}
		came_up += wait_all(n, disk_is_up);
		for (int i = 0; i < n; i++)
			set_udc(argv[2 + i], "");
		if (wait_all(n, is_gone) < n) {
			fprintf(stderr, "replug: a stick does not go\n");
			return 1;
		}
	}
	printf("%d\n", came_up);
	return 0;
}
