#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

int link_open(const char *path, int *ret_fd, int ret_rings[static CONTROL_MAX_FDS], size_t *ret_n)
{
	_cleanup_json_ json_t *reply = NULL, *rest = NULL;
	_cleanup_close_ int fd = -1;
	int rings[CONTROL_MAX_FDS];
	size_t n = 0;
	int r = control_connect(path, LINK_TIMEOUT_MS, &fd);

	if (r >= 0)
		r = control_send(fd, "filewatch", NULL, 0);
	if (r >= 0)
		r = control_receive_fds(fd, &reply, rings, &n);
	if (r < 0)
		return r;
	r = r == 0 || json_object_get(reply, "rings") == NULL ? -EACCES
							      : control_receive(fd, &rest);
	if (r != 0) {
		close_all(rings, n);
		return r < 0 ? r : -EBADMSG;
	}
	for (size_t i = 0; i < n; i++)
		ret_rings[i] = rings[i];
	*ret_n = n;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Returns a descriptor of sealed memory. */
static int seal(const struct trail_record *record)
{
	uint8_t bytes[TRAIL_RECORD_MAX];
	_cleanup_close_ int fd = -1;
	long size = trail_record_encode(record, bytes, sizeof(bytes));
	int r;

	if (size < 0)
		return (int)size;
	fd = memfd_create("devgate-trail", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, bytes, (size_t)size);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int link_record(int fd, const struct trail_record *record, uint64_t missed)
{
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_close_ int memory = seal(record);
	char request[32];
	int r;

	if (memory < 0)
		return memory;
	snprintf(request, sizeof(request), "trail %" PRIu64, missed);
	r = control_call(fd, request, &memory, 1, &reply);
	if (r < 0)
		return r;
	return json_is_true(json_object_get(json_array_get(reply, 0), "recorded")) ? 0 : -EPROTO;
}

void link_end(int fd)
{
	_cleanup_json_ json_t *reply = NULL;

	if (control_call(fd, "filewatch-end", NULL, 0, &reply) < 0)
		return; /* it will find out */
}
