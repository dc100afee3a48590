#include "confine.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/landlock.h"
#include "agent/common/log.h"

void reporter_confine(const struct paths *paths)
{
	/* The enforcer makes its folder, and may do so later; what has no folder gives no access.
	 */
	const bool early = access(paths->ledger_dir, F_OK) < 0;
	char own_run_dir[PATH_MAX]; /* for notice.h */
	const int size = snprintf(own_run_dir, sizeof(own_run_dir), "%s-reporter", paths->run_dir);
	const struct landlock_path files[] = {
		{ "/usr", LANDLOCK_READ },
		{ "/lib", LANDLOCK_READ },
		{ "/lib64", LANDLOCK_READ },
		{ "/etc", LANDLOCK_READ },
		{ "/run", LANDLOCK_READ },
		{ "/proc", LANDLOCK_READ },
		{ "/dev", LANDLOCK_READ },
		{ "/dev/null", LANDLOCK_WRITE },
		{ paths->config_dir, LANDLOCK_READ },
		{ paths->ledger_dir, LANDLOCK_READ },
		{ paths->run_dir, LANDLOCK_READ },
		{ paths->state_dir, LANDLOCK_WRITE },
		{ (size_t)size < sizeof(own_run_dir) ? own_run_dir : "", LANDLOCK_WRITE },
	};
	int r = early ? -ENOENT : landlock_confine(files, sizeof(files) / sizeof(files[0]));

	if (r < 0)
		log_warning("landlock", "the reporter is not confined to its files: %s",
			    strerror(-r));
}
