/* vmexec - run shell commands in the guest over a virtio-serial port, in milliseconds.
 *
 *   vmexec serve PORT                    in the guest: one command at a time, as root
 *   vmexec call SOCKET SECONDS COMMAND   on the host: its output, errors and exit status
 *
 * A request is "VMQ1", a nonce of 8 bytes, a length (u32, little-endian) and the command.
 * The answer is "VMA1", the nonce, then frames: a type byte, a length (u32), the bytes; types
 * 'o' output, 'e' errors, 'x' the exit status (one byte), which is last.  The nonce lets a
 * caller pass over what an earlier caller, who hung up, has left in the port. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	NONCE_SIZE = 8,
	COMMAND_MAX = 1024 * 1024,
	FRAME_MAX = 32 * 1024,
	IDLE_US = 15000,
	HANG_UP_PAUSES = 100
};

static void die(const char *what)
{
	fprintf(stderr, "vmexec: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* Returns false at the end of the stream. */
static bool read_all(int fd, void *buffer, size_t size)
{
	for (size_t n = 0; n < size;) {
		ssize_t r = read(fd, (char *)buffer + n, size - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		n += (size_t)r;
	}
	return true;
}

static bool write_all(int fd, const void *buffer, size_t size)
{
	for (size_t n = 0; n < size;) {
		ssize_t r = write(fd, (const char *)buffer + n, size - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return false;
		n += (size_t)r;
	}
	return true;
}

/* As read_all, on the guest's port, whose word that nobody is connected may come late: it can speak
 * of the caller before.  Only a lasting end counts. */
static bool read_port(int fd, void *buffer, size_t size)
{
	int pauses = 0;

	for (size_t n = 0; n < size;) {
		ssize_t r = read(fd, (char *)buffer + n, size - n);

		if (r > 0) {
			n += (size_t)r;
			pauses = 0;
		} else if (r < 0 && errno != EINTR) {
			return false;
		} else if (++pauses > HANG_UP_PAUSES) {
			return false;
		} else {
			usleep(IDLE_US);
		}
	}
	return true;
}

/* Pass over bytes until @mark has gone by. */
static bool read_mark(int fd, const void *mark, size_t size)
{
	char window[16];

	assert(size <= sizeof(window));
	if (!read_all(fd, window, size))
		return false;
	while (memcmp(window, mark, size) != 0) {
		memmove(window, window + 1, size - 1);
		if (!read_all(fd, window + size - 1, 1))
			return false;
	}
	return true;
}

static bool send_frame(int fd, char type, const void *bytes, uint32_t size)
{
	return write_all(fd, &type, 1) && write_all(fd, &size, sizeof(size)) &&
	       write_all(fd, bytes, size);
}

/* Send on what can be read from *@fd; at its end close it and set it to -1. */
static void relay(int *fd, int port, char type)
{
	char buffer[FRAME_MAX];
	ssize_t r = read(*fd, buffer, sizeof(buffer));

	if (r > 0) {
		send_frame(port, type, buffer, (uint32_t)r);
	} else if (r == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(*fd);
		*fd = -1;
	}
}

static pid_t start(const char *command, int ret_fds[2])
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		die("pipe");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		execl("/bin/bash", "bash", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	ret_fds[0] = out[0];
	ret_fds[1] = err[0];
	return pid;
}

/* Run @command to its end; a caller that hangs up ends it early. */
static void run(int port, const char *command)
{
	int fds[2];
	pid_t pid = start(command, fds);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool over = false;
	int pauses = 0;

	if (pidfd < 0)
		die("pidfd_open");
	while (!over) {
		struct pollfd polls[] = { { .fd = fds[0], .events = POLLIN },
					  { .fd = fds[1], .events = POLLIN },
					  { .fd = pidfd, .events = POLLIN },
					  { .fd = port } };

		if (poll(polls, 4, -1) < 0)
			continue;
		/* the end first: what was written before it is still in the pipes */
		over = polls[2].revents != 0;
		pauses = polls[3].revents & POLLHUP ? pauses + 1 : 0;
		if (pauses > HANG_UP_PAUSES)
			kill(-pid, SIGKILL);
		else if (pauses > 0)
			usleep(IDLE_US);
		for (int i = 0; i < 2; i++)
			if (fds[i] >= 0 && polls[i].revents)
				relay(&fds[i], port, i == 0 ? 'o' : 'e');
	}
	for (int i = 0; i < 2; i++) {
		struct pollfd left = { .fd = fds[i], .events = POLLIN };

		while (fds[i] >= 0 && poll(&left, 1, 0) > 0)
			relay(&fds[i], port, i == 0 ? 'o' : 'e');
		if (fds[i] >= 0)
			close(fds[i]);
	}
	close(pidfd);

	int status;
	waitpid(pid, &status, 0);
	uint8_t code = WIFEXITED(status) ? (uint8_t)WEXITSTATUS(status)
					 : (uint8_t)(128 + WTERMSIG(status));
	send_frame(port, 'x', &code, 1);
}

static void serve(const char *path)
{
	int port = open(path, O_RDWR | O_CLOEXEC);

	if (port < 0)
		die(path);
	for (;;) {
		char answer[4 + NONCE_SIZE] = "VMA1";
		uint32_t size;

		/* with nobody connected a read returns 0 at once */
		if (!read_mark(port, "VMQ1", 4)) {
			usleep(IDLE_US);
			continue;
		}
		if (!read_port(port, answer + 4, NONCE_SIZE) ||
		    !read_port(port, &size, sizeof(size)) || size > COMMAND_MAX)
			continue;

		char *command = calloc(1, (size_t)size + 1);
		if (!command)
			die("calloc");
		if (read_port(port, command, size) && write_all(port, answer, sizeof(answer)))
			run(port, command);
		free(command);
	}
}

static void on_alarm(int signal)
{
	(void)signal;
	static const char text[] = "vmexec: the guest did not answer in time\n";

	(void)!write(2, text, sizeof(text) - 1);
	_exit(124);
}

static int call(const char *path, const char *seconds, const char *command)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char request[4 + NONCE_SIZE] = "VMQ1";
	uint32_t size = (uint32_t)strlen(command);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(address.sun_path, path);
	signal(SIGALRM, on_alarm);
	alarm((unsigned)atoi(seconds));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	if (getrandom(request + 4, NONCE_SIZE, 0) != NONCE_SIZE)
		die("getrandom");
	if (!write_all(fd, request, sizeof(request)) || !write_all(fd, &size, sizeof(size)) ||
	    !write_all(fd, command, size))
		die(path);
	memcpy(request, "VMA1", 4);
	if (!read_mark(fd, request, sizeof(request)))
		die("the guest hung up");
	for (;;) {
		char type, buffer[FRAME_MAX];

		if (!read_all(fd, &type, 1) || !read_all(fd, &size, sizeof(size)) ||
		    size > sizeof(buffer) || !read_all(fd, buffer, size))
			die("the guest hung up");
		if (type == 'x')
			return (uint8_t)buffer[0];
		if (!write_all(type == 'e' ? 2 : 1, buffer, size))
			return 125;
	}
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	if (argc == 5 && strcmp(argv[1], "call") == 0)
		return call(argv[2], argv[3], argv[4]);
	fprintf(stderr, "usage: vmexec serve PORT | vmexec call SOCKET SECONDS COMMAND\n");
	return 2;
}
