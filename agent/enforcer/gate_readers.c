#include "gate_readers.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/common/cleanup.h"

/* The id of a cgroup is the inode of its directory (fs/kernfs); 0, which no cgroup has, if it is
 * not there. */
static uint64_t cgroup_id(const char *root, const char *path)
{
	char full[600];
	struct stat st;
	int n = snprintf(full, sizeof(full), "%s%s", root, path);

	if (n < 0 || (size_t)n >= sizeof(full) || stat(full, &st) < 0)
		return 0;
	return st.st_ino;
}

static uint64_t own_cgroup_id(const char *root)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/cgroup", "re");
	char line[300];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "0::", 3) != 0) /* cgroups(7): the line of version 2 */
			continue;
		line[strcspn(line, "\n")] = '\0';
		return cgroup_id(root, line + 3);
	}
	return 0;
}

void gate_readers_find(const char *root, uint64_t readers[static GATE_MAX_READERS])
{
	/* Kernel threads are in the root.  udevd's workers are in the service's cgroup, or in one
	 * below it, by its version. */
	readers[0] = cgroup_id(root, "");
	readers[1] = cgroup_id(root, "/system.slice/systemd-udevd.service");
	readers[2] = cgroup_id(root, "/system.slice/systemd-udevd.service/udev");
	if (readers[GATE_OWN_READER] == 0)
		readers[GATE_OWN_READER] = own_cgroup_id(root);
}
