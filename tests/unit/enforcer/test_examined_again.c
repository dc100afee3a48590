/* A disk that has been examined, and of which the kernel says that it may have changed. */
#include "workstation.h"

#include <signal.h>

#include "fake_disks.h"
#include "volumes.h"

#define ENCRYPTED_ONLY RULES("enforce", "\"storage\":\"encrypted-only\"")

/* Whoever unlocks it opens it for writing, so that the kernel says that it may have changed: what
 * is encrypted stays open until it has been found to be something else. */
static void test_open_while_examined_again(void **state)
{
	(void)state;
	set_rules(ENCRYPTED_ONLY);
	plug_stick();
	volume_luks(volume, 2, "");
	add_stick();
	fake_set(&fake, DISK, "diskseq", "7");
	finish();
	tell(&sdb1); /* examined before the count was there */
	assert_int_equal(access_to(&sdb1), 0);
	finish();
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	tell(&sdb1);
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	assert_false(disks_is_settled(&enforcer->disks, &sdb1));
	tell(&sdb1); /* and once more before that is over */
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	finish();
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	assert_true(disks_is_settled(&enforcer->disks, &sdb1));
	assert_int_equal(access_to(&sdb), 0);
	volume_ext2(volume, "");
	write_node(&sdb1, sizeof(volume));
	tell(&sdb1);
	finish();
	assert_int_equal(access_to(&sdb1), 0);
}

/* Of a card reader. */
static void test_shut_for_another_medium(void **state)
{
	(void)state;
	set_rules(ENCRYPTED_ONLY);
	plug_stick();
	add(&sdb);
	fake_set(&fake, DISK, "diskseq", "7");
	volume_luks(volume, 1, "");
	write_node(&sdb, sizeof(volume));
	tell(&sdb);
	finish();
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
	tell(&sdb);
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
	fake_set(&fake, DISK, "diskseq", "8");
	tell(&sdb);
	assert_int_equal(access_to(&sdb), 0);
	finish();
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_gated, teardown_gated)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open_while_examined_again),
		TEST(test_shut_for_another_medium),
	};

	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
