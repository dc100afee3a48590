/* uevents - print what the kernel says of devices, from before the plug on.
 *
 *   uevents     one line per kernel uevent, until it is killed:
 *             SECONDS ACTION SUBSYSTEM DEVPATH DRIVER DEVNAME, "-" for what is absent
 *
 *   uevents udev            the same of what udev says when its rules have run
 *
 * Listens to the kernel's own group, not to udev's: nothing of the agent comes between.  When it
 * listens it says "ready".  A receive buffer that overruns ends it with status 1, since a test
 * could not tell silence from loss. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	BUFFER_SIZE = 16 * 1024,
	RECEIVE_BUFFER = 64 * 1024 * 1024,
	KERNEL_GROUP = 1,
	UDEV_GROUP = 2
};

/* The value of "NAME=" among the NUL-separated strings, or "-". */
static const char *value(const char *bytes, size_t size, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < size; i += strlen(bytes + i) + 1)
		if (strncmp(bytes + i, name, length) == 0 && bytes[i + length] == '=')
			return bytes + i + length + 1;
	return "-";
}

/* Where the strings begin: udev puts a header before them (libudev-monitor's, of systemd:
 * "libudev", a magic number, its size, and then the offset). */
static size_t skip_header(const char *buffer, size_t size)
{
	uint32_t offset;

	if (size < 20 || memcmp(buffer, "libudev", 8) != 0)
		return 0;
	memcpy(&offset, buffer + 16, sizeof(offset));
	return offset < size ? offset : 0;
}

int main(int argc, char **argv)
{
	const bool udev = argc > 1 && strcmp(argv[1], "udev") == 0;
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = udev ? UDEV_GROUP : KERNEL_GROUP };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	int room = RECEIVE_BUFFER;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0) {
		perror("uevents");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		char buffer[BUFFER_SIZE + 1];
		ssize_t r = recv(fd, buffer, BUFFER_SIZE, 0);
		const char *strings;
		size_t size;
		struct timespec now;

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			perror("uevents");
			return 1;
		}
		buffer[r] = '\0';
		strings = buffer + skip_header(buffer, (size_t)r);
		size = (size_t)(buffer + r - strings);
		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("%ld.%06ld %s %s %s %s %s\n", (long)now.tv_sec, now.tv_nsec / 1000,
		       value(strings, size, "ACTION"), value(strings, size, "SUBSYSTEM"),
		       value(strings, size, "DEVPATH"), value(strings, size, "DRIVER"),
		       value(strings, size, "DEVNAME"));
	}
}
