/* offer - hand the enforcer a signed bundle over its control socket, as the reporter does.
 *
 *   offer SOCKET ROLE ENVELOPE [SECTION...]    prints the reply; exit 0 if it was applied,
 *                                              1 if it was refused, 3 if nothing was answered
 *   offer --unsealed SOCKET ROLE ...           the same with memory that could still change
 *
 * Run as the user devgate: what a taken-over reporter or collector can do, this can. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { FDS_MAX = 8, REPLY_SIZE = 64 * 1024, PATIENCE_S = 20 };

static void die(const char *what)
{
	fprintf(stderr, "offer: %s: %s\n", what, strerror(errno));
	exit(3);
}

static int load(const char *path, bool seal)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	int memory = memfd_create("offer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;

	if (file < 0 || memory < 0 || fstat(file, &st) < 0)
		die(path);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(memory, file, NULL, (size_t)left);

		if (n <= 0)
			die(path);
		left -= n;
	}
	if (seal && fcntl(memory, F_ADD_SEALS,
			  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		die("F_ADD_SEALS");
	close(file);
	return memory;
}

static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		die(path);
	return fd;
}

static void send_offer(int fd, const char *role, const int *fds, size_t n)
{
	char text[128];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = { 0 };
	int length = snprintf(text, sizeof(text), "offer %s", role);
	struct iovec iov = { .iov_base = text, .iov_len = (size_t)length };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = CMSG_SPACE(sizeof(int) * n) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(header), fds, sizeof(int) * n);
	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		die("sendmsg");
}

int main(int argc, char **argv)
{
	bool seal = true;
	int fds[FDS_MAX];
	size_t n = 0;

	if (argc > 1 && strcmp(argv[1], "--unsealed") == 0) {
		seal = false;
		argv++, argc--;
	}
	if (argc < 4 || argc > 3 + FDS_MAX) {
		fprintf(stderr, "usage: offer [--unsealed] SOCKET ROLE ENVELOPE [SECTION...]\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		fds[n++] = load(argv[i], seal);

	int fd = dial(argv[1]);
	char reply[REPLY_SIZE + 1];

	send_offer(fd, argv[2], fds, n);
	ssize_t r = recv(fd, reply, REPLY_SIZE, 0);
	if (r <= 0)
		die("no answer");
	reply[r] = '\0';
	puts(reply);
	return strstr(reply, "\"applied\":true") ? 0 : 1;
}
