/* The control socket against peers that behave and peers that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/enforcer/control.h"

enum { OFFERER = 12345, STRANGER = 23456 };

static char directory[] = "/tmp/test_control.XXXXXX", path[64];
static sd_event *loop;
static struct control control;
static size_t fds_seen;
static int fd_copy = -1;

static int on_echo(void *userdata, const struct control_request *request)
{
	assert_ptr_equal(userdata, &control);
	for (size_t i = 0; i < request->n_arguments; i++)
		control_reply(request->peer, json_pack("{s:s}", "argument", request->arguments[i]));
	control_end(request->peer);
	return 0;
}

static int on_fds(void *userdata, const struct control_request *request)
{
	(void)userdata;
	fds_seen = request->n_fds;
	if (request->n_fds > 0)
		fd_copy = request->fds[0];
	control_end(request->peer);
	return 0;
}

/* More than a peer that does not read may have waiting. */
static int on_flood(void *userdata, const struct control_request *request)
{
	static char text[60000];

	(void)userdata;
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 30; i++)
		control_reply(request->peer, json_pack("{s:s}", "text", text));
	control_end(request->peer);
	return 0;
}

static int on_huge(void *userdata, const struct control_request *request)
{
	_cleanup_free_ char *text = malloc(CONTROL_REPLY_MAX + 1);

	(void)userdata;
	memset(text, 'x', CONTROL_REPLY_MAX);
	text[CONTROL_REPLY_MAX] = '\0';
	control_reply(request->peer, json_pack("{s:s}", "text", text));
	control_end(request->peer);
	return 0;
}

static int on_settle(void *userdata, const struct control_request *request)
{
	(void)userdata;
	control_wait_settled(request->peer, 'b', 8, (unsigned)atoi(request->arguments[0]));
	return 0;
}

static int on_garbage(void *userdata, const struct control_request *request)
{
	(void)userdata;
	(void)request;
	return -EBADMSG;
}

static const struct control_verb verbs[] = {
	{ "echo", CONTROL_ANYONE, 0, 4, false, on_echo },
	{ "fds", CONTROL_OFFERER, 0, 0, true, on_fds },
	{ "root", CONTROL_ROOT, 0, 0, false, on_echo },
	{ "flood", CONTROL_ANYONE, 0, 0, false, on_flood },
	{ "huge", CONTROL_ANYONE, 0, 0, false, on_huge },
	{ "settle", CONTROL_ANYONE, 1, 1, false, on_settle },
	{ "garbage", CONTROL_ANYONE, 0, 0, false, on_garbage },
};

static int setup(void **state)
{
	(void)state;
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chmod(directory, 0755), 0);
	snprintf(path, sizeof(path), "%s/control.sock", directory);
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(control_init(&control, loop, path, OFFERER, verbs,
				      sizeof(verbs) / sizeof(verbs[0]), &control),
			 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	control_finish(&control);
	sd_event_unref(loop);
	unlink(path);
	return rmdir(directory);
}

/* Let the server do what it can do now. */
static void serve(void)
{
	while (sd_event_run(loop, 0) > 0)
		;
}

static int client(void)
{
	int fd = -1;

	assert_int_equal(control_connect(path, 200, &fd), 0);
	serve();
	return fd;
}

/* Send bytes as they are. */
static void send_raw(int fd, const void *bytes, size_t size)
{
	assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
	serve();
}

static void assert_dropped(int fd)
{
	json_t *packet = NULL;

	assert_int_equal(control_receive(fd, &packet), -ECONNRESET);
	close(fd);
}

static void assert_alive(int fd)
{
	json_t *packet = NULL;

	send_raw(fd, "echo", 4);
	assert_int_equal(control_receive(fd, &packet), 0);
}

static void test_request_and_reply(void **state)
{
	struct stat st;
	json_t *packet;
	int fd = client();

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(control_send(fd, "echo a bc", NULL, 0), 0);
	serve();
	assert_int_equal(control_receive(fd, &packet), 1);
	assert_string_equal(json_string_value(json_object_get(packet, "argument")), "a");
	json_decref(packet);
	assert_int_equal(control_receive(fd, &packet), 1);
	assert_string_equal(json_string_value(json_object_get(packet, "argument")), "bc");
	json_decref(packet);
	assert_int_equal(control_receive(fd, &packet), 0);
	assert_alive(fd); /* more than one request on a connection */
	close(fd);
	serve();
	assert_int_equal(control.n_peers, 0);
}

static void test_garbage_is_dropped_and_nobody_else(void **state)
{
	static char longest[CONTROL_REQUEST_MAX + 1];
	static const char *const cases[] = {
		" ",
		" echo",
		"echo ",
		"echo  a",
		"Echo",
		"nothing",
		"echo\n",
		"echo a b c d e",
		"echo \x7f",
		"echo \xc3\xa9",
		"settle",
		"garbage",
		"{\"verb\":\"echo\"}",
		"root extra",
		"echo\ta",
	};
	int good = client();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = client();

		send_raw(fd, cases[i], strlen(cases[i]));
		assert_dropped(fd);
		assert_alive(good);
	}
	memcpy(longest, "echo ", 5);
	memset(longest + 5, 'a', sizeof(longest) - 5);
	{
		int fd = client(), over = client(), nul = client();

		send_raw(nul, "echo\0x", 6);
		assert_dropped(nul);
		send_raw(over, longest, sizeof(longest));
		assert_dropped(over);
		send_raw(fd, longest, sizeof(longest) - 1);
		assert_alive(good);
		close(fd);
	}
	close(good);
}

/* Random packets: whatever they are, the server lives and serves. */
static void test_random_packets(void **state)
{
	int good = client();

	(void)state;
	srand(1);
	for (int i = 0; i < 500; i++) {
		char bytes[64];
		size_t size = 1 + (size_t)rand() % sizeof(bytes);
		int fd = client();

		for (size_t j = 0; j < size; j++)
			bytes[j] =
				(char)(rand() % 4 == 0 ? rand() : "echo settle fds"[rand() % 15]);
		send_raw(fd, bytes, size);
		close(fd);
	}
	assert_alive(good);
	close(good);
	serve();
	assert_int_equal(control.n_peers, 0);
}

static void test_descriptors(void **state)
{
	int fds[CONTROL_MAX_FDS + 1], fd = client(), no = client();
	json_t *packet;

	(void)state;
	for (size_t i = 0; i <= CONTROL_MAX_FDS; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(control_send(fd, "fds", fds, CONTROL_MAX_FDS), 0);
	serve();
	assert_int_equal(control_receive(fd, &packet), 0);
	assert_int_equal(fds_seen, CONTROL_MAX_FDS);
	assert_int_equal(fcntl(fd_copy, F_GETFD), -1); /* closed after the call */
	assert_int_equal(control_send(fd, "fds", fds, CONTROL_MAX_FDS + 1), -E2BIG);

	assert_int_equal(control_send(no, "echo", fds, 1), 0); /* a verb that takes none */
	serve();
	assert_dropped(no);
	close(fd);
	for (size_t i = 0; i <= CONTROL_MAX_FDS; i++)
		close(fds[i]);
}

/* More descriptors than fit are truncated by the kernel: garbage. */
static void test_too_many_descriptors(void **state)
{
	enum { MANY = 20 };
	union {
		char buffer[CMSG_SPACE(MANY * sizeof(int))];
		struct cmsghdr align;
	} ancillary = { 0 };
	struct iovec iov = { (char *)"fds", 3 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = ancillary.buffer,
				  .msg_controllen = sizeof(ancillary.buffer) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = client(), fds[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		fds[i] = 0;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(header), fds, sizeof(fds));
	assert_true(sendmsg(fd, &message, 0) >= 0);
	serve();
	assert_dropped(fd);
}

static void test_peer_that_does_not_read(void **state)
{
	int slow = client(), good = client();

	(void)state;
	send_raw(slow, "flood", 5);
	assert_alive(good);
	assert_int_equal(control.n_peers, 1);
	close(slow);
	close(good);
}

static void test_reply_too_large(void **state)
{
	int fd = client();

	(void)state;
	send_raw(fd, "huge", 4);
	assert_dropped(fd);
}

static void test_settle(void **state)
{
	json_t *packet;
	int waiting = client(), early = client(), late = client();

	(void)state;
	send_raw(waiting, "settle 1", 8);
	control_settled(&control, 'b', 8, 2);
	assert_int_equal(control_receive(waiting, &packet), -ETIMEDOUT);
	control_settled(&control, 'b', 8, 1);
	serve();
	assert_int_equal(control_receive(waiting, &packet), 1);
	assert_true(json_is_true(json_object_get(packet, "settled")));
	json_decref(packet);
	assert_int_equal(control_receive(waiting, &packet), 0);

	send_raw(early, "settle 3", 8);
	send_raw(early, "echo", 4); /* not while it waits */
	assert_dropped(early);

	send_raw(late, "settle 4", 8);
	assert_int_equal(sd_event_run(loop, (uint64_t)(CONTROL_SETTLE_MS + 500) * 1000), 1);
	serve();
	assert_int_equal(control_receive(late, &packet), 1);
	assert_true(json_is_false(json_object_get(packet, "settled")));
	json_decref(packet);
	close(waiting);
	close(late);
}

static void test_limit_of_peers(void **state)
{
	int fds[CONTROL_MAX_PEERS + 1];

	(void)state;
	if (geteuid() != 0)
		skip();
	for (int i = 0; i <= CONTROL_MAX_PEERS; i++)
		fds[i] = client();
	assert_int_equal(control.n_peers, CONTROL_MAX_PEERS);
	assert_dropped(fds[CONTROL_MAX_PEERS]);
	assert_alive(fds[0]);
	for (int i = 0; i < CONTROL_MAX_PEERS; i++)
		close(fds[i]);
	serve();
	assert_int_equal(control.n_peers, 0);
}

/* Run @test as @user in a child, while the server is served here.  Its exit status. */
static int as_user(uid_t user, int (*test)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (setuid(user) < 0)
			_exit(100);
		_exit(test());
	}
	for (;;) {
		pid_t done = waitpid(child, &status, WNOHANG);

		if (done == child)
			break;
		sd_event_run(loop, 10000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

/* 0 if @request is done, 1 if it is not permitted, 2 otherwise. */
static int ask(const char *request)
{
	json_t *reply = NULL;
	int fd = -1;

	if (control_connect(path, 2000, &fd) < 0 || control_call(fd, request, NULL, 0, &reply) < 0)
		return 2;
	return json_object_get(json_array_get(reply, 0), "error") == NULL ? 0 : 1;
}

static int ask_root(void)
{
	return ask("root");
}

static int ask_offer(void)
{
	return ask("fds");
}

static int ask_anyone(void)
{
	return ask("echo x");
}

/* How many connections of one user are served, when 20 are made. */
static int connect_often(void)
{
	int served = 0;

	for (int i = 0; i < 20; i++) {
		json_t *reply = NULL;
		int fd = -1;

		if (control_connect(path, 300, &fd) == 0 &&
		    control_call(fd, "echo", NULL, 0, &reply) == 0)
			served++;
	}
	return served;
}

static void test_who_may_ask(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(as_user(0, ask_root), 0);
	assert_int_equal(as_user(0, ask_offer), 0);
	assert_int_equal(as_user(OFFERER, ask_offer), 0);
	assert_int_equal(as_user(OFFERER, ask_root), 1);
	assert_int_equal(as_user(STRANGER, ask_offer), 1);
	assert_int_equal(as_user(STRANGER, ask_root), 1);
	assert_int_equal(as_user(STRANGER, ask_anyone), 0);
	assert_int_equal(as_user(STRANGER, connect_often), CONTROL_MAX_PEERS_PER_USER);
}

static void test_client_without_server(void **state)
{
	char longest[200];
	int fd = -1;

	(void)state;
	assert_int_equal(control_connect("/nonexistent/control.sock", 100, &fd), -ENOENT);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(control_connect(longest, 100, &fd), -ENAMETOOLONG);
	assert_int_equal(fd, -1);
}

static void test_taken_over_from_a_dead_server(void **state)
{
	struct control second;
	int fd;

	(void)state;
	assert_int_equal(control_init(&second, loop, path, OFFERER, verbs, 1, &control), 0);
	fd = client();
	assert_int_equal(second.n_peers, 1);
	close(fd);
	control_finish(&second);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_request_and_reply),	  TEST(test_garbage_is_dropped_and_nobody_else),
		TEST(test_random_packets),	  TEST(test_descriptors),
		TEST(test_too_many_descriptors),  TEST(test_peer_that_does_not_read),
		TEST(test_reply_too_large),	  TEST(test_settle),
		TEST(test_limit_of_peers),	  TEST(test_who_may_ask),
		TEST(test_client_without_server), TEST(test_taken_over_from_a_dead_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
