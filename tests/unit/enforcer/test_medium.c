/* What a child finds on a disk, what it may do meanwhile, and what is believed of its answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/enforcer/confine.h"
#include "agent/enforcer/medium.h"
#include "volumes.h"

static sd_event *loop;
static int image = -1; /* what is examined */
static uint8_t volume[VOLUME_SIZE];
static char elsewhere[] = "/dev/shm/devgate-medium.XXXXXX";

/* What on_done was told. */
static int n_done, result;
static uint8_t answer[CHILD_ANSWER_MAX];
static size_t answer_size;

static void on_done(void *userdata, int r, const void *bytes)
{
	(void)userdata;
	n_done++;
	result = r;
	if (bytes != NULL)
		memcpy(answer, bytes, answer_size);
}

static void start(int (*run)(const void *request, int answer_fd), size_t size, unsigned timeout_ms)
{
	const struct child_task task = { run, NULL, size, timeout_ms };
	struct child *child;

	n_done = 0;
	answer_size = size;
	assert_int_equal(child_start(loop, &task, on_done, NULL, &child), 0);
	for (int i = 0; i < 100 && n_done == 0; i++)
		assert_true(sd_event_run(loop, 100000) >= 0);
	while (sd_event_run(loop, 20000) > 0) /* what else there is */
		;
	assert_int_equal(n_done, 1);
}

static int setup(void **state)
{
	(void)state;
	memset(volume, 0, sizeof(volume));
	return 0;
}

static int setup_all(void **state)
{
	sigset_t set;
	int fd;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = mkstemp(elsewhere);
	close(fd);
	image = memfd_create("image", MFD_CLOEXEC);
	return image < 0 || fd < 0 ? -1 : sd_event_new(&loop) < 0;
}

static int teardown_all(void **state)
{
	(void)state;
	sd_event_unref(loop);
	close(image);
	return unlink(elsewhere);
}

/* Children and what they answer. */

static int answer_well(const void *request, int fd)
{
	(void)request;
	return write(fd, "12345678", 8) == 8 ? 0 : -EIO;
}

static int answer_nothing(const void *request, int fd)
{
	(void)request;
	(void)fd;
	return 0;
}

static int answer_and_fail(const void *request, int fd)
{
	(void)answer_well(request, fd);
	return -ENODEV;
}

static int crash(const void *request, int fd)
{
	(void)answer_well(request, fd);
	return raise(SIGKILL);
}

static int hang(const void *request, int fd)
{
	(void)answer_well(request, fd);
	pause();
	return 0;
}

static void test_child_answers(void **state)
{
	(void)state;
	start(answer_well, 8, 5000);
	assert_int_equal(result, 0);
	assert_memory_equal(answer, "12345678", 8);
	start(answer_nothing, 0, 5000);
	assert_int_equal(result, 0);
}

static void test_child_answers_wrongly(void **state)
{
	(void)state;
	start(answer_well, 7, 5000);
	assert_int_equal(result, -EBADMSG);
	start(answer_well, 9, 5000);
	assert_int_equal(result, -EBADMSG);
	start(answer_nothing, 8, 5000);
	assert_int_equal(result, -EBADMSG);
	start(answer_and_fail, 8, 5000);
	assert_int_equal(result, -ENODEV);
	start(crash, 8, 5000);
	assert_int_equal(result, -EINTR);
}

static void test_child_is_not_waited_for(void **state)
{
	(void)state;
	start(hang, 8, 50);
	assert_int_equal(result, -ETIME);
}

static void test_child_is_given_up(void **state)
{
	const struct child_task task = { hang, NULL, 8, 60000 };
	struct child *child;

	(void)state;
	n_done = 0;
	assert_int_equal(child_start(loop, &task, on_done, NULL, &child), 0);
	child_cancel(child);
	child_cancel(NULL);
	while (sd_event_run(loop, 200000) > 0)
		;
	assert_int_equal(n_done, 0);
}

/* What a confined child can do, one bit each. */
enum {
	CAN_OPEN = 1 << 0,
	CAN_CONNECT = 1 << 1,
	CAN_FORK = 1 << 2,
	CAN_KILL = 1 << 3,
	CAN_RUN = 1 << 4,
	CAN_WRITE = 1 << 5,
	CAN_TAKE_MUCH = 1 << 6,
	CAN_READ = 1 << 7,
	CAN_TAKE_SOME = 1 << 8,
};

/* Memory that could be run, and much and some that could not. */
static uint32_t try_memory(void)
{
	const int private = MAP_PRIVATE | MAP_ANONYMOUS;
	uint32_t can = 0;

	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, private, -1, 0) != MAP_FAILED)
		can |= CAN_RUN;
	if (mmap(NULL, 2 * CONFINE_MEMORY, PROT_READ | PROT_WRITE, private, -1, 0) != MAP_FAILED)
		can |= CAN_TAKE_MUCH;
	if (mmap(NULL, CONFINE_MEMORY / 4, PROT_READ | PROT_WRITE, private, -1, 0) != MAP_FAILED)
		can |= CAN_TAKE_SOME;
	return can;
}

static int try_everything(const void *request, int fd)
{
	const int other = open(elsewhere, O_RDWR | O_CLOEXEC);
	uint32_t can = 0;
	char byte;
	int r = confine(fd);
	pid_t pid;

	(void)request;
	if (r < 0 || other < 0)
		return r < 0 ? r : -ENOENT;
	can |= open(elsewhere, O_RDONLY | O_CLOEXEC) >= 0 ? CAN_OPEN : 0;
	can |= socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 ? CAN_CONNECT : 0;
	can |= kill(getppid(), 0) == 0 ? CAN_KILL : 0;
	can |= write(other, "x", 1) == 1 ? CAN_WRITE : 0;
	can |= pread(image, &byte, 1, 0) == 1 ? CAN_READ : 0;
	can |= try_memory();
	pid = fork();
	if (pid == 0)
		_exit(0);
	can |= pid > 0 ? CAN_FORK : 0;
	return write(fd, &can, sizeof(can)) == sizeof(can) ? 0 : -EIO;
}

static void test_confined(void **state)
{
	uint32_t can;

	(void)state;
	assert_int_equal(ftruncate(image, sizeof(volume)), 0);
	start(try_everything, sizeof(can), 10000);
	assert_int_equal(result, 0);
	memcpy(&can, answer, sizeof(can));
	assert_int_equal(can, CAN_READ | CAN_TAKE_SOME);
}

/* What is found. */

static int examine(const void *request, int fd)
{
	(void)request;
	return medium_probe_answer(image, true, fd);
}

static int examine_without_label(const void *request, int fd)
{
	(void)request;
	return medium_probe_answer(image, false, fd);
}

static struct volume look(int (*run)(const void *request, int fd))
{
	struct volume found;

	assert_int_equal(ftruncate(image, 0), 0);
	assert_int_equal(pwrite(image, volume, sizeof(volume), 0), sizeof(volume));
	start(run, MEDIUM_ANSWER_SIZE, 10000);
	assert_int_equal(result, 0);
	assert_int_equal(volume_parse(answer, MEDIUM_ANSWER_SIZE, &found), 0);
	assert_int_equal(found.state, VOLUME_PRESENT);
	assert_int_equal(found.bytes, sizeof(volume));
	return found;
}

static void assert_found(struct volume found, enum encryption encryption, const char *label)
{
	assert_int_equal(found.encryption, encryption);
	assert_int_equal(found.has_label, label != NULL);
	assert_string_equal(found.label, label == NULL ? "" : label);
}

static void test_encrypted(void **state)
{
	(void)state;
	volume_luks(volume, 1, "");
	assert_found(look(examine), ENCRYPTION_LUKS, NULL);
	memset(volume, 0, sizeof(volume));
	volume_luks(volume, 2, "");
	assert_found(look(examine), ENCRYPTION_LUKS, NULL);
	volume_luks(volume, 2, "機密");
	assert_found(look(examine), ENCRYPTION_LUKS, "機密");
	memset(volume, 0, sizeof(volume));
	volume_bitlocker(volume);
	assert_found(look(examine), ENCRYPTION_BITLOCKER, NULL);
}

static void test_plain(void **state)
{
	struct volume found;

	(void)state;
	found = look(examine);
	assert_found(found, ENCRYPTION_NONE, "");
	assert_false(found.plain);
	volume_ext2(volume, "BACKUP");
	found = look(examine);
	assert_found(found, ENCRYPTION_NONE, "BACKUP");
	assert_true(found.plain);
	assert_found(look(examine_without_label), ENCRYPTION_NONE, NULL);
	memset(volume, 0, sizeof(volume));
	volume_fat(volume, "STICK");
	assert_found(look(examine), ENCRYPTION_NONE, "STICK");
}

/* A header of LUKS at the start, and a file system that the kernel would mount all the same. */
static void test_both(void **state)
{
	struct volume found;

	(void)state;
	volume_luks(volume, 1, "");
	volume_ext2(volume, "BACKUP");
	found = look(examine_without_label);
	assert_int_equal(found.encryption, ENCRYPTION_UNKNOWN);
	assert_true(found.plain);
}

/* Two file systems at once: which label it has is not known. */
static void test_unsure(void **state)
{
	struct volume found;

	(void)state;
	volume_fat(volume, "STICK");
	volume_ext2(volume, "BACKUP");
	found = look(examine);
	assert_true(found.plain);
	assert_found(found, ENCRYPTION_NONE, NULL);
}

static void test_no_medium(void **state)
{
	struct volume found;

	(void)state;
	assert_int_equal(ftruncate(image, 0), 0);
	start(examine, MEDIUM_ANSWER_SIZE, 10000);
	assert_int_equal(result, 0);
	assert_int_equal(volume_parse(answer, MEDIUM_ANSWER_SIZE, &found), 0);
	assert_int_equal(found.state, VOLUME_ABSENT);
}

/* What is believed. */

static const struct medium_answer sound = { .kind = { 4096, ENCRYPTION_LUKS, 0 },
					    .texts = { PLAIN_NONE, 1, "A" } };

static int parse(const struct medium_answer *said)
{
	struct volume found = { .state = VOLUME_ABSENT };
	int r = volume_parse((const uint8_t *)said, sizeof(*said), &found);

	if (r < 0)
		assert_int_equal(found.state, VOLUME_ABSENT); /* untouched */
	return r;
}

static void test_answers_that_cannot_be(void **state)
{
	struct medium_answer said = sound;
	struct volume found;

	(void)state;
	assert_int_equal(parse(&said), 0);
	for (size_t size = 0; size < sizeof(said); size++)
		assert_int_equal(volume_parse((const uint8_t *)&said, size, &found), -EBADMSG);
	said.kind.encryption = _ENCRYPTION_MAX;
	assert_int_equal(parse(&said), -EBADMSG);
	said = sound;
	said.kind.zero = 1;
	assert_int_equal(parse(&said), -EBADMSG);
	said = sound;
	said.kind.bytes = UINT64_MAX;
	assert_int_equal(parse(&said), -EBADMSG);
	said = sound;
	memset(&said.texts.plain, 0xff, sizeof(said.texts.plain));
	assert_int_equal(parse(&said), -EBADMSG);
	said = sound;
	said.texts.has_label = 2;
	assert_int_equal(parse(&said), -EBADMSG);
	said = sound;
	said.texts.has_label = 0; /* and yet there is one */
	assert_int_equal(parse(&said), -EBADMSG);
	said = sound;
	said.texts.label[MEDIUM_LABEL_SIZE - 1] = 'x'; /* behind its end */
	assert_int_equal(parse(&said), -EBADMSG);
	memset(said.texts.label, 'x', sizeof(said.texts.label)); /* without an end */
	assert_int_equal(parse(&said), -EBADMSG);
}

static struct volume volume_of(enum encryption encryption, const char *label)
{
	struct volume made = { .state = VOLUME_PRESENT,
			       .bytes = 1000,
			       .encryption = encryption,
			       .plain = label != NULL && encryption == ENCRYPTION_NONE,
			       .has_label = label != NULL };

	strcpy(made.label, label == NULL ? "" : label);
	return made;
}

static void test_what_is_on_a_device(void **state)
{
	const struct volume luks = volume_of(ENCRYPTION_LUKS, NULL);
	const struct volume plain = volume_of(ENCRYPTION_NONE, "A");
	const struct volume other = volume_of(ENCRYPTION_NONE, "B");
	const struct volume nothing = { .state = VOLUME_ABSENT };
	const struct volume broken = { .state = VOLUME_UNKNOWN };
	struct volume blank = volume_of(ENCRYPTION_NONE, "");
	/* of each, up to two volumes, each on a disk of its own */
	const struct {
		const struct volume *volumes[2];
		enum medium_state state;
		enum encryption encryption;
		int64_t bytes;
		const char *label;
	} rows[] = {
		{ { NULL }, MEDIUM_ABSENT, ENCRYPTION_UNKNOWN, -1, NULL },
		{ { &nothing }, MEDIUM_ABSENT, ENCRYPTION_UNKNOWN, -1, NULL },
		{ { &luks }, MEDIUM_PRESENT, ENCRYPTION_LUKS, 1000, NULL },
		{ { &luks, &nothing }, MEDIUM_PRESENT, ENCRYPTION_LUKS, 1000, NULL },
		{ { &nothing, &luks }, MEDIUM_PRESENT, ENCRYPTION_LUKS, 1000, NULL },
		{ { &luks, &luks }, MEDIUM_PRESENT, ENCRYPTION_LUKS, 2000, NULL },
		{ { &luks, &plain }, MEDIUM_PRESENT, ENCRYPTION_UNKNOWN, 2000, NULL },
		{ { &plain, &luks }, MEDIUM_PRESENT, ENCRYPTION_UNKNOWN, 2000, NULL },
		{ { &plain, &broken }, MEDIUM_PRESENT, ENCRYPTION_UNKNOWN, -1, NULL },
		{ { &broken, &luks }, MEDIUM_PRESENT, ENCRYPTION_UNKNOWN, -1, NULL },
		{ { &plain }, MEDIUM_PRESENT, ENCRYPTION_NONE, 1000, "A" },
		{ { &plain, &plain }, MEDIUM_PRESENT, ENCRYPTION_NONE, 2000, "A" },
		{ { &plain, &other }, MEDIUM_PRESENT, ENCRYPTION_NONE, 2000, NULL },
		{ { &blank }, MEDIUM_PRESENT, ENCRYPTION_NONE, 1000, "" },
		{ { &blank, &plain }, MEDIUM_PRESENT, ENCRYPTION_NONE, 2000, "A" },
		{ { &plain, &blank }, MEDIUM_PRESENT, ENCRYPTION_NONE, 2000, "A" },
	};

	(void)state;
	blank.plain = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct medium medium;

		print_message("row %zu\n", i);
		medium_begin(&medium);
		for (size_t v = 0; v < 2 && rows[i].volumes[v] != NULL; v++) {
			medium_add_disk(&medium, rows[i].volumes[v]);
			medium_add_volume(&medium, rows[i].volumes[v]);
		}
		assert_int_equal(medium.state, rows[i].state);
		assert_int_equal(medium.encryption, rows[i].encryption);
		assert_int_equal(medium.bytes, rows[i].bytes);
		assert_int_equal(medium.has_label, rows[i].label != NULL);
		assert_string_equal(medium.label, rows[i].label == NULL ? "" : rows[i].label);
	}
}

static void test_changes(void **state)
{
	struct medium a, b;

	(void)state;
	medium_begin(&a);
	b = a;
	assert_int_equal(medium_changes(&a, &b), 0);
	b.encryption = ENCRYPTION_NONE;
	assert_int_equal(medium_changes(&a, &b), FACT_ENCRYPTION);
	b.bytes = 1;
	b.has_label = true;
	assert_int_equal(medium_changes(&a, &b), MEDIUM_FACTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_child_answers),
		cmocka_unit_test(test_child_answers_wrongly),
		cmocka_unit_test(test_child_is_not_waited_for),
		cmocka_unit_test(test_child_is_given_up),
		cmocka_unit_test(test_confined),
		cmocka_unit_test_setup(test_encrypted, setup),
		cmocka_unit_test_setup(test_plain, setup),
		cmocka_unit_test_setup(test_both, setup),
		cmocka_unit_test_setup(test_unsure, setup),
		cmocka_unit_test(test_no_medium),
		cmocka_unit_test(test_answers_that_cannot_be),
		cmocka_unit_test(test_what_is_on_a_device),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
