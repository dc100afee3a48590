/* The file trail at the enforcer: what the watcher hands over becomes a record of the right device,
 * and what is missing is said. */
#include "workstation.h"

#include <sys/mman.h>

#include "agent/common/control_client.h"
#include "agent/common/trail_record.h"
#include "agent/enforcer/control_trail.h"

#define TRAIL_STORAGE                                                                              \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\","                  \
	"\"rules\":[{\"id\":\"a\",\"match\":{\"function\":\"storage\"},\"verdict\":\"allow\","     \
	"\"modifiers\":[\"trail\"]}],\"defaults\":{\"*\":\"deny\"}}"

static const struct control_verb verbs[] = {
	{ "filewatch", CONTROL_ANYONE, 0, 0, false, control_on_filewatch },
	{ "trail", CONTROL_ANYONE, 1, 1, true, control_on_trail },
	{ "filewatch-end", CONTROL_ANYONE, 0, 0, false, control_on_filewatch_end },
};
static char path[96];
static int peer = -1;

static void serve(void)
{
	while (sd_event_run(enforcer->loop, 0) > 0)
		;
}

/* Ask, and let the enforcer answer: the first packet, or NULL if it has hung up. */
static json_t *ask(const char *request, const int *fds, size_t n)
{
	json_t *reply = NULL, *end = NULL;

	assert_int_equal(control_send(peer, request, fds, n), 0);
	serve();
	if (control_receive(peer, &reply) < 0)
		return NULL;
	if (reply != NULL)
		assert_int_equal(control_receive(peer, &end), 0);
	return reply == NULL ? json_null() : reply;
}

static int setup_trail(void **state)
{
	int r = setup(state);

	assert_int_equal(r, 0);
	snprintf(path, sizeof(path), "%s/control.sock", state_root);
	marks_init(&enforcer->trail);
	marks_init(&enforcer->noexec);
	assert_int_equal(
		control_init(&enforcer->control, enforcer->loop, path, 0, verbs, 3, enforcer), 0);
	enforcer->control.on_gone = control_on_filewatch_gone;
	assert_int_equal(control_connect(path, 500, &peer), 0);
	set_rules(TRAIL_STORAGE);
	plug_stick();
	return 0;
}

static int teardown_trail(void **state)
{
	if (peer >= 0)
		close(peer);
	peer = -1;
	control_finish(&enforcer->control);
	stays_finish(&enforcer->stays);
	unlink(path);
	return teardown(state);
}

static int seal(const struct trail_record *record, bool sealed)
{
	uint8_t bytes[TRAIL_RECORD_MAX];
	long size = trail_record_encode(record, bytes, sizeof(bytes));
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(size > 0 && fd >= 0);
	assert_int_equal(write(fd, bytes, (size_t)size), size);
	if (sealed)
		assert_int_equal(fcntl(fd, F_ADD_SEALS,
				       F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL),
				 0);
	return fd;
}

static struct trail_record sample(void)
{
	const struct usbdev *dev = devices_find(&enforcer->devices, "1-2");

	assert_non_null(dev);
	return (struct trail_record){
		.kind = TRAIL_WRITTEN,
		.stay = stays_number(&enforcer->stays, dev),
		.uid = 1000,
		.loginuid = UINT32_MAX,
		.first_us = 1,
		.last_us = 2,
		.files = 3,
		.bytes = 99,
		.user = "alice",
		.program = "/usr/bin/cp",
		.n_shown = 2,
		.shown = { { .path = "/a\nb", .to = "", .size = 5, .state = TRAIL_HASH_DONE },
			   { .path = "/c", .to = "", .state = TRAIL_HASH_TOO_LARGE } },
	};
}

static json_t *hand_over(const struct trail_record *record, const char *request)
{
	_cleanup_close_ int fd = seal(record, true);

	return ask(request, &fd, 1);
}

static void watch(void)
{
	_cleanup_json_ json_t *reply = ask("filewatch", NULL, 0);

	assert_int_equal(json_integer_value(json_object_get(reply, "rings")), 0);
	assert_int_equal(enforcer->watchers, 1);
}

static void test_recorded(void **state)
{
	const struct usbdev *dev = devices_find(&enforcer->devices, "1-2");
	const struct trail_record record = sample();
	_cleanup_json_ json_t *reply = NULL, *line = NULL;
	const json_t *shown;

	(void)state;
	watch();
	reply = hand_over(&record, "trail 0");
	assert_true(json_is_true(json_object_get(reply, "recorded")));
	assert_event(0, "file.written", "instance", dev->instance);
	assert_event(0, "file.written", "person", "alice");
	assert_event(0, "file.written", "program", "/usr/bin/cp");
	line = event(0);
	assert_int_equal(json_integer_value(json_object_get(line, "files")), 3);
	assert_true(json_is_null(json_object_get(line, "loginuid")));
	assert_null(json_object_get(line, "violation"));
	assert_non_null(json_object_get(json_object_get(line, "device"), "serial"));
	shown = json_object_get(line, "shown");
	assert_string_equal(json_string_value(json_object_get(json_array_get(shown, 0), "path")),
			    "/a\\x0Ab");
	assert_int_equal(
		strlen(json_string_value(json_object_get(json_array_get(shown, 0), "sha256"))), 64);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(shown, 1), "unhashed")),
		"too-large");
}

static void test_blocked_is_a_violation(void **state)
{
	struct trail_record record = sample();
	_cleanup_json_ json_t *line = NULL;

	(void)state;
	record.kind = TRAIL_BLOCKED;
	record.cut = true;
	watch();
	json_decref(hand_over(&record, "trail 0"));
	line = event(0);
	assert_true(json_is_true(json_object_get(line, "violation")));
	assert_true(json_is_true(json_object_get(line, "cut")));
}

/* The number outlives the device and the enforcer, and is nobody else's. */
static void test_stays(void **state)
{
	struct usbdev *dev = devices_find(&enforcer->devices, "1-2"), other = *dev;
	uint32_t number = stays_number(&enforcer->stays, dev);
	struct stays next = { 0 };

	(void)state;
	assert_in_range(number, 1, MARKS_STAY_MAX);
	assert_int_equal(stays_number(&enforcer->stays, dev), number);
	assert_int_equal(stays_number(&next, dev), number);
	stays_end(&enforcer->stays, dev->instance);
	assert_true(stays_find(&enforcer->stays, number)->ended);
	assert_null(stays_find(&enforcer->stays, 0));
	for (int i = 0; i < STAYS_MAX + 10; i++) {
		snprintf(other.instance, sizeof(other.instance), "aaaaaaaa-%d", i);
		assert_int_not_equal(stays_number(&enforcer->stays, &other), number);
	}
	assert_null(stays_find(&enforcer->stays, number)); /* long ago */
	stays_finish(&next);
}

static void test_unknown_stay(void **state)
{
	struct trail_record record = sample();
	_cleanup_json_ json_t *line = NULL;

	(void)state;
	record.stay = 0;
	watch();
	json_decref(hand_over(&record, "trail 0"));
	line = event(0);
	assert_true(json_is_null(json_object_get(line, "instance")));
	assert_true(json_is_null(json_object_get(line, "device")));
}

static void test_gaps(void **state)
{
	const struct trail_record record = sample();

	(void)state;
	watch();
	json_decref(hand_over(&record, "trail 7"));
	assert_event(1, "agent.gap", "what", "overrun");
	assert_event(0, "file.written", "person", "alice");
	close(peer); /* without a word */
	peer = -1;
	serve();
	assert_event(0, "agent.gap", "what", "watcher-ended");
	assert_int_equal(enforcer->watchers, 0);
	control_check_trail(enforcer);
	assert_event(0, "agent.degraded", "what", "filewatch");
}

static void test_ends_in_order(void **state)
{
	size_t n;

	(void)state;
	watch();
	n = count_events();
	json_decref(ask("filewatch-end", NULL, 0));
	close(peer);
	peer = -1;
	serve();
	assert_int_equal(enforcer->watchers, 0);
	assert_int_equal(count_events(), n);
}

static void test_another_takes_its_place(void **state)
{
	int before;

	(void)state;
	watch();
	before = peer;
	assert_int_equal(control_connect(path, 500, &peer), 0);
	json_decref(ask("filewatch", NULL, 0));
	serve();
	assert_int_equal(enforcer->watchers, 1);
	close(before);
}

static void assert_refused(const struct trail_record *record, bool sealed, const char *request)
{
	_cleanup_close_ int fd = seal(record, sealed);
	size_t n = count_events();

	assert_null(ask(request, &fd, 1));
	assert_int_equal(count_events(), n + (enforcer->watchers == 0));
}

static void test_refused_without_watching(void **state)
{
	const struct trail_record record = sample();
	_cleanup_close_ int fd = seal(&record, true);
	size_t n = count_events();

	(void)state;
	assert_null(ask("trail 0", &fd, 1));
	assert_int_equal(count_events(), n);
}

static void test_refused_unsealed(void **state)
{
	const struct trail_record record = sample();

	(void)state;
	watch();
	assert_refused(&record, false, "trail 0");
}

static void test_refused_garbage(void **state)
{
	struct trail_record record = sample();

	(void)state;
	record.files = 0;
	watch();
	assert_refused(&record, true, "trail 0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_trail, teardown_trail)
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),
		TEST(test_blocked_is_a_violation),
		TEST(test_stays),
		TEST(test_unknown_stay),
		TEST(test_gaps),
		TEST(test_ends_in_order),
		TEST(test_another_takes_its_place),
		TEST(test_refused_without_watching),
		TEST(test_refused_unsealed),
		TEST(test_refused_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
