/* New keyboards of which a code is asked: they do not work until it has been typed on them. */
#include "keyboard.h"

/* The code that the console shows. */
static void read_code(char ret[static 5])
{
	char text[1024];
	const char *at;
	int fd = openat(fake.fd, "tty0", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text) - 1);

	assert_true(size > 0);
	close(fd);
	text[size] = '\0';
	at = strstr(text, "Type ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Type %4[0-9] on it", ret), 1);
	assert_int_equal(strlen(ret), 4);
}

static void a_code_is_typed_first(void **state)
{
	(void)state;
	const struct usbdev *dev;
	char code[5];

	add_other();
	dev = plug_keyboard(ASKED);
	assert_true(grabbed);
	assert_event(0, "keyboard.asked", NULL, NULL);
	read_code(code);
	type_letters(3, 200); /* goes nowhere */
	type_key(KEY_ENTER, 200);
	assert_true(grabbed);
	type_key(KEY_7, 200);
	type_key(KEY_BACKSPACE, 200);
	n_syncs = 0;
	type_code(code);
	assert_works(dev);
	assert_int_equal(n_syncs, 1);
	assert_event(0, "keyboard.accepted", NULL, NULL);
	assert_true(is_watched()); /* on, for a program that waited */
}

static void the_code_is_not_in_the_ledger(void **state)
{
	(void)state;
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ json_t *asked = NULL;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	read_code(code);
	asked = event(0);
	json_object_del(asked, "hash");
	json_object_del(asked, "time");
	json_object_del(asked, "mono_us");
	json_object_del(asked, "instance");
	json_object_del(asked, "device");
	text = json_dumps(asked, 0);
	assert_null(strstr(text, code));
}

static void three_wrong_codes_are_enough(void **state)
{
	(void)state;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	read_code(code);
	code[0] = code[0] == '9' ? '1' : (char)(code[0] + 1);
	type_code(code);
	type_code(code);
	assert_int_equal(device_authorized(), '1');
	type_code(code);
	assert_int_equal(device_authorized(), '0');
	assert_true(grabbed);
	assert_event(0, "guard.tripped", NULL, NULL);
}

/* Trying all codes is typing, too. */
static void a_program_does_not_find_the_code(void **state)
{
	(void)state;
	add_other();
	plug_keyboard(ASKED);
	type_letters(10, 10);
	assert_int_equal(device_authorized(), '0');
}

static void unrecorded_it_does_not_work(void **state)
{
	(void)state;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	read_code(code);
	sync_fails = true;
	type_code(code);
	assert_int_equal(device_authorized(), '0');
}

/* Another agent, within the time for the code or after it. */
static void restart_and_show_node(bool later)
{
	const struct uevent uevent = { .action = "add",
				       .subsystem = "input",
				       .devtype = "",
				       .name = "event5",
				       .path = NODE,
				       .node = "input/event5" };

	keyboards_finish(&enforcer->keyboards);
	grabbed = false; /* the kernel's doing */
	stop();
	start();
	judge_keyboards_start(enforcer);
	enforcer->keyboards.dev_fd = enforcer->dev_fd = fake.fd;
	set_rules(ASKED);
	enforcer->starting = true;
	judge_arrival(enforcer, "1-2");
	if (later)
		devices_find(&enforcer->devices, "1-2")->arrived_us = 0;
	judge_on_input(enforcer, &uevent);
	enforcer->starting = false;
}

static void a_restart_asks_again_in_time(void **state)
{
	(void)state;
	char code[5];

	add_other();
	plug_keyboard(ASKED);
	fake_write(&fake, "tty0", "", 0);
	restart_and_show_node(false);
	assert_true(grabbed);
	read_code(code);
	type_code(code);
	assert_works(devices_find(&enforcer->devices, "1-2"));
}

static void a_restart_does_not_ask_who_was_accepted(void **state)
{
	(void)state;
	add_other();
	plug_keyboard(ASKED);
	restart_and_show_node(true);
	assert_works(devices_find(&enforcer->devices, "1-2"));
	assert_true(is_watched());
}

static void the_only_keyboard_is_not_asked(void **state)
{
	(void)state;
	const struct usbdev *dev = plug_keyboard(ASKED);

	assert_works(dev);
	assert_true(is_watched());
}

static void the_last_one_left_is_not_kept_waiting(void **state)
{
	(void)state;
	const struct usbdev *dev;

	add_other();
	dev = plug_keyboard(ASKED);
	assert_true(grabbed);
	fake_run(&fake, "rm class/input/input1");
	judge_keyboards_left(enforcer);
	assert_works(dev);
	assert_event(0, "keyboard.accepted", NULL, NULL);
}

static enum keyboard_answer last_answer;

static void on_answer(void *userdata, const char *port, enum keyboard_answer answer)
{
	(void)userdata;
	(void)port;
	last_answer = answer;
}

static void time_runs_out(void **state)
{
	(void)state;
	const struct keyboard_guard guard = { .code_digits = 6, .code_seconds = 0 };
	struct keyboards keyboards = { .loop = enforcer->loop,
				       .dev_fd = fake.fd,
				       .handlers = { .on_answer = on_answer } };

	last_answer = KEYBOARD_UNANSWERED;
	assert_int_equal(keyboards_begin(&keyboards, "1-2", &guard, true), 1);
	assert_int_equal(strlen(keyboards_code(&keyboards, "1-2")), 6);
	assert_true(keyboards_asks(&keyboards, "devices/usb1/1-2/1-2:1.0/input/input5"));
	assert_false(keyboards_asks(&keyboards, "devices/usb1/1-3/1-3:1.0/input/input5"));
	assert_true(sd_event_run(enforcer->loop, 1000000) > 0);
	assert_int_equal(last_answer, KEYBOARD_LATE);
	assert_null(keyboards_code(&keyboards, "1-2"));
	keyboards_finish(&keyboards);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_code_is_typed_first),
		TEST(the_code_is_not_in_the_ledger),
		TEST(three_wrong_codes_are_enough),
		TEST(a_program_does_not_find_the_code),
		TEST(unrecorded_it_does_not_work),
		TEST(a_restart_asks_again_in_time),
		TEST(a_restart_does_not_ask_who_was_accepted),
		TEST(the_only_keyboard_is_not_asked),
		TEST(the_last_one_left_is_not_kept_waiting),
		TEST(time_runs_out),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
