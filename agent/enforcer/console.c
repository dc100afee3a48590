#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/log.h"
#include "policy/text.h"

enum { LINE_SIZE = 512 };

void console_tell(int dev_fd, const char *text)
{
	/* tty0 is the one in front (Documentation/admin-guide/devices.txt). */
	_cleanup_close_ int fd =
		openat(dev_fd, "tty0", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char safe[LINE_SIZE - 16], line[LINE_SIZE];
	int size;

	if (fd < 0) {
		if (errno != ENOENT && errno != ENXIO)
			log_debug("console", "Cannot open the console: %s", strerror(errno));
		return;
	}
	text_sanitise(text, strlen(text), safe, sizeof(safe));
	size = snprintf(line, sizeof(line), "\r\n\adevgate: %s\r\n", safe);
	if (write(fd, line, (size_t)size) < 0)
		log_debug("console", "Cannot write to the console: %s", strerror(errno));
}
