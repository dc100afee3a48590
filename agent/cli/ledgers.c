#include "ledgers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

void ledgers_complain(const char *path, int error)
{
	if (error == -EACCES || error == -EPERM)
		fprintf(stderr,
			_("devgate: the records in %s cannot be read: run as root or as a member "
			  "of "
			  "group devgate\n"),
			path);
	else if (error == -ENOENT)
		fprintf(stderr,
			_("devgate: there are no records in %s: has devgate-enforcer been "
			  "started?\n"),
			path);
	else
		fprintf(stderr, _("devgate: %s cannot be read: %s\n"), path, strerror(-error));
}

int ledgers_open(struct ledgers *ret, const struct arguments *arguments)
{
	int n = snprintf(ret->path, sizeof(ret->path), "%s/ledger", arguments->state_dir);
	int r;

	if (n < 0 || (size_t)n >= sizeof(ret->path)) {
		ledgers_complain(arguments->state_dir, -ENAMETOOLONG);
		return -ENAMETOOLONG;
	}
	ret->fd = open(ret->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->fd >= 0)
		return 0;
	r = -errno;
	ledgers_complain(ret->path, r);
	return r;
}

void ledgers_close(struct ledgers *ledgers)
{
	close(ledgers->fd);
}
