/* A connection that does not come further in its time is shut down; one that does, or that nothing
 * is awaited of, is not. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/collector/patience.h"
#include "tests/unit/policy/cmocka_test.h"

enum { LONG_MS = 60 * 1000 };

static bool is_shut(int fd, int wait_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&poll_fd, 1, wait_ms) == 1 && recv(fd, &byte, 1, 0) == 0;
}

static void test_patience(void **state)
{
	struct awaited awaited[4];
	struct patience patience;
	int fds[4][2];

	(void)state;
	assert_int_equal(patience_start(&patience, 1), 0);
	for (size_t i = 0; i < COUNT(fds); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]), 0);
		patience_add(&patience, &awaited[i], fds[i][0]);
	}
	patience_await(&patience, &awaited[1], 0);	 /* it is being answered */
	patience_await(&patience, &awaited[2], LONG_MS); /* it rests between two requests */
	patience_await_body(&patience, &awaited[3], 1024 * 1024);
	assert_true(is_shut(fds[0][1], LONG_MS));
	for (size_t i = 1; i < COUNT(fds); i++)
		assert_false(is_shut(fds[i][1], 0));
	assert_int_equal(patience_ended(&patience), 1);
	/* Out of the list, in any order: the descriptor may be another's by then. */
	patience_await(&patience, &awaited[2], 1);
	patience_remove(&patience, &awaited[2]);
	patience_await(&patience, &awaited[1], 1);
	assert_true(is_shut(fds[1][1], LONG_MS));
	assert_false(is_shut(fds[2][1], 0));
	patience_remove(&patience, &awaited[3]);
	patience_remove(&patience, &awaited[0]);
	patience_remove(&patience, &awaited[1]);
	assert_null(patience.first);
	patience_stop(&patience);
	for (size_t i = 0; i < COUNT(fds); i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_patience) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
