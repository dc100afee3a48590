/* An event of the kernel's programs, with names that a file system's maker chose. */
#include "fuzz.h"

#include <errno.h>

#include "agent/common/file_event.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void check_path(const char *path, size_t room)
{
	assert(memchr(path, '\0', room) != NULL);
	assert(path[0] == '\0' || path[0] == '/');
	assert(strstr(path, "//") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file_event event;
	int r = file_event_parse(data, size, &event);

	assert(r == 0 || r == -EBADMSG);
	if (r < 0)
		return 0;
	assert(event.kind > 0 && event.kind < _FILE_EVENT_KIND_MAX);
	assert(event.opened_us <= event.closed_us);
	assert(memchr(event.comm, '\0', sizeof(event.comm)) != NULL);
	assert(memchr(event.group, '\0', sizeof(event.group)) != NULL);
	check_path(event.program, sizeof(event.program));
	check_path(event.path, sizeof(event.path));
	check_path(event.to, sizeof(event.to));
	return 0;
}
