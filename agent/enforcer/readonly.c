#include "readonly.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/fs.h>

struct request {
	int dev_fd;
	const char *name;
	dev_t number;
};

/* In the child. */
static int set_readonly(const void *request, int answer_fd)
{
	const struct request *disk = request;
	const int yes = 1;
	struct stat st;
	int fd = openat(disk->dev_fd, disk->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	(void)answer_fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) || st.st_rdev != disk->number)
		return -ENODEV;
	return ioctl(fd, BLKROSET, &yes) < 0 ? -errno : 0;
}

int readonly_start(sd_event *loop, int dev_fd, const char *name, unsigned major, unsigned minor,
		   child_handler *on_done, void *userdata, struct child **ret)
{
	const struct request request = { dev_fd, name, makedev(major, minor) };
	const struct child_task task = { .run = set_readonly,
					 .request = &request,
					 .timeout_ms = READONLY_TIMEOUT_MS };

	return child_start(loop, &task, on_done, userdata, ret);
}
