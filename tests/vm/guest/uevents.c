/* uevents - print what the kernel says of devices, from before the plug on.
 *
 *   uevents     one line per kernel uevent, until it is killed:
 *             SECONDS ACTION SUBSYSTEM DEVPATH DRIVER DEVNAME, "-" for what is absent
 *
 * Listens to the kernel's own group, not to udev's: nothing of the agent comes between.  When it
 * listens it says "ready".  A receive buffer that overruns ends it with status 1, since a test
 * could not tell silence from loss. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 16 * 1024, RECEIVE_BUFFER = 64 * 1024 * 1024, KERNEL_GROUP = 1 };

/* The value of "NAME=" among the NUL-separated strings, or "-". */
static const char *value(const char *bytes, size_t size, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < size; i += strlen(bytes + i) + 1)
		if (strncmp(bytes + i, name, length) == 0 && bytes[i + length] == '=')
			return bytes + i + length + 1;
	return "-";
}

int main(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	int size = RECEIVE_BUFFER;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0) {
		perror("uevents");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		char buffer[BUFFER_SIZE + 1];
		ssize_t r = recv(fd, buffer, BUFFER_SIZE, 0);
		struct timespec now;

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			perror("uevents");
			return 1;
		}
		buffer[r] = '\0';
		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("%ld.%06ld %s %s %s %s %s\n", (long)now.tv_sec, now.tv_nsec / 1000,
		       value(buffer, (size_t)r, "ACTION"), value(buffer, (size_t)r, "SUBSYSTEM"),
		       value(buffer, (size_t)r, "DEVPATH"), value(buffer, (size_t)r, "DRIVER"),
		       value(buffer, (size_t)r, "DEVNAME"));
	}
}
