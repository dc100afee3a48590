/* floor - the least that a program can do about a USB device: write its "authorized" at once.
 *
 *   floor 0|1     first closes every root hub's default; then, for each device that the kernel
 * tells of, writes that value, until it is killed; says "ready" when it listens
 *
 * It decides nothing and records nothing.  What this takes is the kernel's own part, and what any
 * other program takes above it is that program's. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_SIZE = 16 * 1024, KERNEL_GROUP = 1 };

static void write_value(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, 1) != 1)
		fprintf(stderr, "floor: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void close_root_hubs(void)
{
	glob_t found;

	if (glob("/sys/bus/usb/devices/usb*/authorized_default", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		write_value(found.gl_pathv[i], "0");
	globfree(&found);
}

/* Is it the arrival of a USB device?  "add@/devices/…", then "NAME=value" strings. */
static bool is_arrival(const char *bytes, size_t size)
{
	if (strncmp(bytes, "add@", 4) != 0)
		return false;
	for (size_t i = 0; i < size; i += strlen(bytes + i) + 1)
		if (strcmp(bytes + i, "DEVTYPE=usb_device") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	char buffer[BUFFER_SIZE + 1], path[BUFFER_SIZE + 64];

	if (argc != 2 || (strcmp(argv[1], "0") != 0 && strcmp(argv[1], "1") != 0)) {
		fprintf(stderr, "usage: floor 0|1\n");
		return 2;
	}
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("floor");
		return 1;
	}
	close_root_hubs();
	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t size = recv(fd, buffer, BUFFER_SIZE, 0);

		if (size < 0 && errno != EINTR) {
			perror("floor");
			return 1;
		}
		if (size <= 0)
			continue;
		buffer[size] = '\0';
		if (!is_arrival(buffer, (size_t)size))
			continue;
		snprintf(path, sizeof(path), "/sys%s/authorized", buffer + strlen("add@"));
		write_value(path, argv[1]);
	}
}
