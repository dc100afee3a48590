#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

#define READ_FILE  LANDLOCK_ACCESS_FS_READ_FILE
#define WRITE_FILE (READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)
#define READ_TREE  (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_TREE                                                                                 \
	(READ_TREE | WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |                               \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* Nobody is given these. */
#define NEVER                                                                                      \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                               \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

enum { VERSION_OF_REFER = 2 }; /* Linux 5.19; before, no file changes its folder */

static int version(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (v < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -errno;
	return (int)v;
}

static int add(int ruleset, const struct landlock_path *path, uint64_t handled)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = -1 };
	const bool writes = path->access == LANDLOCK_WRITE;
	struct stat st;
	int r = 0;

	rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fstat(rule.parent_fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		rule.allowed_access = writes ? WRITE_TREE | LANDLOCK_ACCESS_FS_REFER : READ_TREE;
	else
		rule.allowed_access = writes ? WRITE_FILE : READ_FILE;
	rule.allowed_access &= handled;
	if (r == 0 &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		r = -errno;
	close(rule.parent_fd);
	return r;
}

int landlock_confine(const struct landlock_path *paths, size_t n)
{
	struct landlock_ruleset_attr attributes = { .handled_access_fs = WRITE_TREE | NEVER };
	int v = version(), ruleset, r = 0;

	if (v < 0)
		return v;
	if (v >= VERSION_OF_REFER)
		attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add(ruleset, &paths[i], attributes.handled_access_fs);
	if (r == 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		       syscall(SYS_landlock_restrict_self, ruleset, 0) < 0))
		r = -errno;
	close(ruleset);
	return r;
}
