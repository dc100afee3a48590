/* writer - try as root, without a pause, to write to any USB disk, and count what succeeds.
 *
 *   writer FILESYSTEM [NAME…]
 *
 * Runs until SIGTERM and leaves nodes alone whose name begins with a NAME, such as sda.  Then
 * prints one JSON object of counters: {"rounds":…,"seen":…,"read":…,"opened_rw":…,"opened_wo":…,
 * "written":…,"mounted_rw":…,"remounted_rw":…,"sg_opened":…}
 *
 * Each round goes through /dev/sd* and /dev/sg* (the nodes that devtmpfs makes, before any rule
 * of udev's) and through /sys/block/sd* for disks whose node this program makes itself.
 * "seen" counts rounds that met a disk, "read" those whose disk could be opened for reading: a
 * run in which they stay 0 proves nothing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOUNT_POINT "/run/writer"
#define OWN_NODE    "/run/writer-node"

struct counters {
	unsigned long rounds, seen, read, opened_rw, opened_wo, written, mounted_rw, remounted_rw,
		sg_opened;
};

static volatile sig_atomic_t ended;
static char **spared; /* ends with NULL */

static void on_term(int signal)
{
	(void)signal;
	ended = 1;
}

static bool is_target(const char *name, const char *kind)
{
	for (char **s = spared; *s; s++)
		if (strncmp(name, *s, strlen(*s)) == 0)
			return false;
	return strncmp(name, kind, strlen(kind)) == 0;
}

/* Open and, if that works, write a sector in place of what is there. */
static void try_open(const char *path, int flags, unsigned long *opened, unsigned long *written)
{
	static const char pattern[4096] __attribute__((aligned(4096))) = "written by the bench";
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	++*opened;
	if (pwrite(fd, pattern, sizeof(pattern), 512 * 1024) > 0 && fsync(fd) == 0)
		++*written;
	close(fd);
}

static void try_disk(const char *path, const char *filesystem, struct counters *c)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	c->seen++;
	if (fd >= 0) {
		c->read++;
		close(fd);
	}
	try_open(path, O_RDWR, &c->opened_rw, &c->written);
	try_open(path, O_WRONLY | O_DIRECT, &c->opened_wo, &c->written);
	if (mount(path, MOUNT_POINT, filesystem, 0, NULL) == 0) {
		c->mounted_rw++;
		umount2(MOUNT_POINT, MNT_DETACH);
	}
	/* a remount opens nothing: only the disk's own read-only flag stops it */
	if (mount(path, MOUNT_POINT, filesystem, MS_RDONLY, NULL) == 0) {
		if (mount(path, MOUNT_POINT, NULL, MS_REMOUNT, NULL) == 0)
			c->remounted_rw++;
		umount2(MOUNT_POINT, MNT_DETACH);
	}
}

static void try_nodes(const char *filesystem, struct counters *c)
{
	DIR *dir = opendir("/dev");
	struct dirent *entry;
	char path[300];

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		if (is_target(entry->d_name, "sd"))
			try_disk(path, filesystem, c);
		else if (is_target(entry->d_name, "sg"))
			try_open(path, O_RDWR, &c->sg_opened, &c->written);
	}
	closedir(dir);
}

/* As try_nodes, but by number: a node of one's own is no way round. */
static void try_numbers(const char *filesystem, struct counters *c)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	char path[300], text[32];

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		unsigned major, minor;

		if (!is_target(entry->d_name, "sd"))
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/dev", entry->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t r = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[r > 0 ? r : 0] = '\0';
		if (sscanf(text, "%u:%u", &major, &minor) != 2)
			continue;
		unlink(OWN_NODE);
		if (mknod(OWN_NODE, S_IFBLK | 0600, makedev(major, minor)) == 0)
			try_disk(OWN_NODE, filesystem, c);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	struct counters c = { 0 };
	struct sigaction action = { .sa_handler = on_term };

	if (argc < 2) {
		fprintf(stderr, "usage: writer FILESYSTEM [NAME...]\n");
		return 2;
	}
	spared = argv + 2;
	sigaction(SIGTERM, &action, NULL);
	mkdir(MOUNT_POINT, 0700);
	while (!ended) {
		c.rounds++;
		try_nodes(argv[1], &c);
		try_numbers(argv[1], &c);
	}
	printf("{\"rounds\":%lu,\"seen\":%lu,\"read\":%lu,\"opened_rw\":%lu,\"opened_wo\":%lu,"
	       "\"written\":%lu,\"mounted_rw\":%lu,\"remounted_rw\":%lu,\"sg_opened\":%lu}\n",
	       c.rounds, c.seen, c.read, c.opened_rw, c.opened_wo, c.written, c.mounted_rw,
	       c.remounted_rw, c.sg_opened);
	unlink(OWN_NODE);
	return 0;
}
