/* withdraw: what is asked of devgate-withdraw, and that each of its ends is heard once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/enforcer/withdraw.h"

static char directory[] = "/tmp/devgate-withdraw.XXXXXX";
static struct withdrawals withdrawals;
static int listener;
static int n_ready, last_result;
static uint64_t last_inode;
static char last_left[32];

static void on_ready(void *userdata, uint64_t inode, int result, const json_t *report)
{
	const json_t *mount = json_array_get(json_object_get(report, "mounts"), 0);
	const char *left = json_string_value(json_object_get(mount, "left"));

	assert_ptr_equal(userdata, &n_ready);
	n_ready++;
	last_inode = inode;
	last_result = result;
	snprintf(last_left, sizeof(last_left), "%s", left == NULL ? "" : left);
}

static int setup(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)state;
	strcpy(directory, "/tmp/devgate-withdraw.XXXXXX");
	assert_non_null(mkdtemp(directory));
	withdrawals = (struct withdrawals){ .on_ready = on_ready, .userdata = &n_ready };
	snprintf(withdrawals.path, sizeof(withdrawals.path), "%s/s", directory);
	strcpy(address.sun_path, withdrawals.path);
	assert_true(sd_event_new(&withdrawals.loop) >= 0);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	n_ready = last_result = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	withdraw_finish(&withdrawals);
	assert_int_equal(withdrawals.n, 0);
	sd_event_unref(withdrawals.loop);
	close(listener);
	unlink(withdrawals.path);
	return rmdir(directory);
}

/* Begin with device 7; gives devgate-withdraw's end, after what was asked has been read. */
static int begin(void)
{
	const dev_t disks[] = { makedev(8, 16), makedev(259, 1000) };
	const struct withdraw_order order = { .inode = 7, .disks = disks, .n = 2 };
	char text[256];
	ssize_t n;
	int peer;

	withdrawals.grace_s = 30;
	assert_int_equal(withdraw_start(&withdrawals, &order), 0);
	peer = accept(listener, NULL, NULL);
	assert_true(peer >= 0);
	n = recv(peer, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "withdraw 30000 goes 8:16 259:1000");
	return peer;
}

static int start(uint64_t inode)
{
	const dev_t disk = makedev(8, 16);

	return withdraw_start(&withdrawals,
			      &(struct withdraw_order){ .inode = inode, .disks = &disk, .n = 1 });
}

static void turn(void)
{
	assert_true(sd_event_run(withdrawals.loop, 1000000) > 0);
}

static void test_in_order(void **state)
{
	static const char answer[] =
		"{\"mounts\":[{\"where\":\"/x\",\"left\":\"frozen\"}],\"ended\":0}";
	int peer = begin();
	char word[8];

	(void)state;
	assert_true(withdraw_age_ms(&withdrawals, 7) >= 0);
	assert_true(withdraw_age_ms(&withdrawals, 8) < 0);
	assert_int_equal(start(7), -EALREADY);
	assert_true(send(peer, answer, strlen(answer), 0) > 0);
	turn();
	assert_int_equal(n_ready, 1);
	assert_int_equal(last_inode, 7);
	assert_int_equal(last_result, 0);
	assert_string_equal(last_left, "frozen");
	withdraw_gone(&withdrawals, 7);
	assert_int_equal(recv(peer, word, sizeof(word), 0), 4);
	assert_memory_equal(word, "gone", 4);
	assert_int_equal(recv(peer, word, sizeof(word), 0), 0);
	withdraw_gone(&withdrawals, 7); /* no news */
	close(peer);
}

static void test_garbage(void **state)
{
	static const char *const answers[] = { "{", "[]", "null", "{\"a\":1,\"a\":2}" };

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		int peer = begin();

		n_ready = 0;
		assert_true(send(peer, answers[i], strlen(answers[i]), 0) > 0);
		turn();
		assert_int_equal(n_ready, 1);
		assert_int_equal(last_result, -EBADMSG);
		withdraw_forget(&withdrawals, 7);
		close(peer);
	}
}

static void test_it_died(void **state)
{
	int peer = begin();

	(void)state;
	close(peer);
	turn();
	assert_int_equal(n_ready, 1);
	assert_int_equal(last_result, -ECONNRESET);
}

static void test_given_up(void **state)
{
	int peer = begin();
	char word[8];

	(void)state;
	withdraw_forget(&withdrawals, 7);
	assert_int_equal(recv(peer, word, sizeof(word), 0), 0);
	assert_int_equal(sd_event_run(withdrawals.loop, 0), 0);
	assert_int_equal(n_ready, 0);
	close(peer);
}

static void test_kept(void **state)
{
	int peer = begin();
	char word[8];

	(void)state;
	withdraw_keep(&withdrawals, 7);
	assert_int_equal(recv(peer, word, sizeof(word), 0), 4);
	assert_memory_equal(word, "keep", 4);
	assert_int_equal(recv(peer, word, sizeof(word), 0), 0);
	assert_int_equal(withdrawals.n, 0);
	assert_int_equal(sd_event_run(withdrawals.loop, 0), 0);
	assert_int_equal(n_ready, 0);
	withdraw_keep(&withdrawals, 7); /* no news */
	assert_int_equal(start(7), 0);	/* and it may be taken away again */
	close(peer);
}

static void test_nobody_there(void **state)
{
	(void)state;
	strcat(withdrawals.path, "x");
	assert_int_equal(start(7), -ENOENT);
	assert_int_equal(withdrawals.n, 0);
	withdrawals.path[strlen(withdrawals.path) - 1] = '\0';
}

static void test_full(void **state)
{
	int peers[WITHDRAW_MAX];

	(void)state;
	for (uint64_t i = 0; i < WITHDRAW_MAX; i++) {
		assert_int_equal(start(100 + i), 0);
		peers[i] = accept(listener, NULL, NULL);
	}
	assert_int_equal(start(7), -EBUSY);
	for (size_t i = 0; i < WITHDRAW_MAX; i++)
		close(peers[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_it_died, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
