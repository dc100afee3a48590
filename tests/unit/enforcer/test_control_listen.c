/* Those who listen at the control socket: what they are given, and when they are let go. */
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
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/enforcer/control.h"

static char directory[] = "/tmp/devgate-listen.XXXXXX", path[64];
static sd_event *loop;
static struct control control;

static int on_notices(void *userdata, const struct control_request *request)
{
	(void)userdata;
	control_reply(request->peer, json_pack("{s:b}", "listening", true));
	control_listen(request->peer);
	return 0;
}

static const struct control_verb verbs[] = {
	{ "notices", CONTROL_ANYONE, 0, 0, false, on_notices },
};

static int setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/devgate-listen.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/s", directory);
	assert_true(sd_event_new(&loop) >= 0);
	return control_init(&control, loop, path, (uid_t)-1, verbs, 1, NULL);
}

static int teardown(void **state)
{
	(void)state;
	control_finish(&control);
	sd_event_unref(loop);
	unlink(path);
	return rmdir(directory);
}

static void turn(void)
{
	while (sd_event_run(loop, 20000) > 0)
		;
}

static int listener(void)
{
	_cleanup_json_ json_t *hello = NULL;
	int fd;

	assert_int_equal(control_connect(path, 1000, &fd), 0);
	assert_int_equal(control_send(fd, "notices", NULL, 0), 0);
	turn();
	assert_int_equal(control_receive(fd, &hello), 1);
	assert_true(json_is_true(json_object_get(hello, "listening")));
	return fd;
}

static void publish(uid_t user, int n)
{
	control_publish(&control, user, json_pack("{s:i}", "notice", n));
	turn();
}

static void test_each_of_the_user_hears(void **state)
{
	int first = listener(), second = listener();

	(void)state;
	publish(getuid() + 1, 1); /* not theirs */
	publish(getuid(), 2);
	for (int i = 0; i < 2; i++) {
		_cleanup_json_ json_t *notice = NULL;

		assert_int_equal(control_receive(i == 0 ? first : second, &notice), 1);
		assert_int_equal(json_integer_value(json_object_get(notice, "notice")), 2);
	}
	close(first);
	close(second);
	turn();
	assert_int_equal(control.n_peers, 0);
	publish(getuid(), 3); /* to nobody */
	control_publish(&control, getuid(), NULL);
}

static void test_a_listener_asks_nothing(void **state)
{
	int fd = listener();
	char byte;

	(void)state;
	assert_int_equal(control_send(fd, "notices", NULL, 0), 0);
	turn();
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static void test_one_that_does_not_read(void **state)
{
	static char text[8000];
	int fd = listener(), other;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 200 && control.n_peers > 0; i++) {
		control_publish(&control, getuid(), json_pack("{s:s}", "text", text));
		turn();
	}
	assert_int_equal(control.n_peers, 0);
	other = listener(); /* others are served */
	close(other);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_of_the_user_hears, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_listener_asks_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_that_does_not_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
