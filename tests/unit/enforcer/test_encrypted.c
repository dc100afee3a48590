/* What is on a disk decides: examined behind the shut gate, judged, examined again; and of an
 * encrypted-only stick nothing but what is encrypted is opened. */
#include "workstation.h"

#include <signal.h>

#include "fake_disks.h"
#include "volumes.h"

#define ASKS(condition, verdict)                                                                   \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\",\"rules\":["       \
	"{\"id\":\"asks\",\"match\":{\"function\":\"storage\"," condition "},"                     \
	"\"verdict\":\"" verdict "\"}],\"defaults\":{\"*\":\"deny\"}}"
#define ASKS_ENCRYPTION ASKS("\"encryption\":[\"luks\",\"bitlocker\"]", "allow")
#define ASKS_SIZE	ASKS("\"size\":{\"max\":\"3MiB\"}", "read-only")
#define ASKS_LABEL	ASKS("\"label\":\"BACKUP\"", "allow")
#define ENCRYPTED_ONLY	RULES("enforce", "\"storage\":\"encrypted-only\"")

static struct usbdev *stick(void)
{
	return devices_find(&enforcer->devices, "1-2");
}

static void assert_member(int back, const char *member, const char *value)
{
	_cleanup_json_ json_t *found = event(back);
	_cleanup_free_ char *text =
		json_dumps(json_object_get(found, member), JSON_COMPACT | JSON_ENCODE_ANY);

	assert_string_equal(text == NULL ? "absent" : text, value);
}

static void test_examined_and_allowed(void **state)
{
	(void)state;
	set_rules(ASKS_ENCRYPTION);
	plug_stick();
	assert_event(0, "device.decided", "verdict", "deny");
	assert_member(0, "examining", "true");
	assert_member(0, "violation", "false");
	assert_member(0, "unknown", "[\"encryption\"]");
	assert_int_equal(authorized_at_sync, '0'); /* it was recorded before */
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	volume_luks(volume, 2, "");
	add_stick();
	add(&sg1);
	tell(&sg1);
	assert_int_equal(access_to(&sdb), 0);
	assert_int_equal(access_to(&sdb1), 0);
	assert_false(disks_is_settled(&enforcer->disks, &sdb1));
	finish();
	assert_event(0, "device.changed", "verdict", "allow");
	assert_member(0, "cause", "\"circumstances\"");
	assert_member(0, "medium", "{\"encryption\":\"luks\",\"bytes\":2097152,\"label\":null}");
	assert_member(0, "examining", "absent");
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	assert_int_equal(access_to(&sg1), GATE_READ_WRITE);
	assert_true(disks_is_settled(&enforcer->disks, &sdb1));
	assert_int_equal(fake_get(&fake, DISK, "ro"), '0');
}

static void test_examined_and_denied(void **state)
{
	(void)state;
	set_rules(ASKS_ENCRYPTION);
	plug_stick();
	volume_ext2(volume, "");
	add_stick();
	finish();
	assert_event(0, "device.changed", "verdict", "deny");
	assert_member(0, "violation", "true");
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(access_to(&sdb), 0);
	assert_int_equal(access_to(&sdb1), 0);
}

/* sdb2's uevent has not come: nothing is open before what is on it is known. */
static void test_waits_for_all_partitions(void **state)
{
	(void)state;
	set_rules(ASKS_ENCRYPTION);
	plug_stick();
	add(&sdb2);
	volume_luks(volume, 2, "");
	add_stick();
	finish();
	assert_event(0, "device.decided", "verdict", "deny");
	assert_int_equal(access_to(&sdb1), 0);
	volume_ext2(volume, "");
	write_node(&sdb2, sizeof(volume));
	tell(&sdb2);
	finish();
	/* a mixture is unknown: what was examined for is over, and it is closed */
	assert_event(0, "device.changed", "verdict", "deny");
	assert_member(0, "unknown", "[\"encryption\"]");
	assert_member(0, "examining", "absent");
	assert_int_equal(device_authorized(), '0');
}

/* A header on the whole disk, which has partitions all the same. */
static void test_encrypted_disk_with_partitions(void **state)
{
	(void)state;
	set_rules(ASKS_ENCRYPTION);
	plug_stick();
	volume_luks(volume, 1, "");
	write_node(&sdb, sizeof(volume));
	volume_luks(volume, 1, "");
	write_node(&sdb1, sizeof(volume));
	add(&sdb);
	add(&sdb1);
	tell(&sdb);
	tell(&sdb1);
	finish();
	assert_event(0, "device.changed", "verdict", "deny");
	assert_member(0, "unknown", "[\"encryption\"]");
}

static void test_cannot_be_examined(void **state)
{
	(void)state;
	set_rules(ASKS_ENCRYPTION);
	plug_stick();
	add(&sdb); /* and there is no such node */
	tell(&sdb);
	finish();
	assert_event(0, "device.changed", "verdict", "deny");
	assert_int_equal(device_authorized(), '0');
}

static void test_shut_on_change(void **state)
{
	(void)state;
	set_rules(ASKS_ENCRYPTION);
	plug_stick();
	volume_luks(volume, 2, "");
	add_stick();
	finish();
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	volume_luks(volume, 1, "");
	write_node(&sdb1, sizeof(volume));
	tell(&sdb1);
	assert_int_equal(access_to(&sdb1), 0);
	finish();
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	volume_ext2(volume, "");
	write_node(&sdb1, sizeof(volume));
	tell(&sdb1);
	assert_int_equal(access_to(&sdb1), 0);
	finish();
	assert_event(0, "device.changed", "verdict", "deny");
	assert_int_equal(access_to(&sdb1), 0);
	assert_int_equal(device_authorized(), '0');
}

static void test_encrypted_only(void **state)
{
	(void)state;
	set_rules(ENCRYPTED_ONLY);
	plug_stick();
	assert_event(0, "device.decided", "verdict", "encrypted-only");
	assert_member(0, "examining", "absent");
	assert_int_equal(interface_authorized("1-2:1.0"), '1');
	volume_luks(volume, 2, "");
	add_stick();
	volume_ext2(volume, "");
	write_node(&sdb2, sizeof(volume));
	add(&sdb2);
	tell(&sdb2);
	add(&sg1);
	tell(&sg1);
	assert_int_equal(access_to(&sdb1), 0);
	finish();
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	assert_int_equal(access_to(&sdb2), 0);
	assert_int_equal(access_to(&sdb), 0);
	assert_int_equal(access_to(&sg1), 0);
	assert_int_equal(fake_get(&fake, DISK "/sdb1", "ro"), '0');
	assert_true(disks_is_settled(&enforcer->disks, &sdb2));
	assert_event(0, "device.decided", NULL, NULL); /* nothing was judged anew */
	volume_ext2(volume, "");
	write_node(&sdb1, sizeof(volume));
	tell(&sdb1);
	finish();
	assert_int_equal(access_to(&sdb1), 0);
	volume_bitlocker(volume);
	write_node(&sdb2, sizeof(volume));
	tell(&sdb2);
	finish();
	assert_int_equal(access_to(&sdb2), GATE_READ_WRITE);
	assert_event(0, "device.decided", NULL, NULL);
}

static void test_encrypted_only_as_a_whole(void **state)
{
	(void)state;
	set_rules(ENCRYPTED_ONLY);
	plug_stick();
	volume_bitlocker(volume);
	write_node(&sdb, sizeof(volume));
	add(&sdb);
	tell(&sdb);
	finish();
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
	add(&sdb1); /* now it has a partition: it is no container any more */
	tell(&sdb);
	finish();
	assert_int_equal(access_to(&sdb), 0);
}

/* Going on under another policy: who may use all of it may go on with what is encrypted; the
 * reverse takes the stick away. */
static void test_encrypted_only_and_back(void **state)
{
	(void)state;
	set_rules(ENCRYPTED_ONLY);
	plug_stick();
	volume_luks(volume, 2, "");
	add_stick();
	finish();
	set_rules(ALLOW_STORAGE);
	judge_all(enforcer, 0);
	assert_event(0, "device.changed", "verdict", "allow");
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
	set_rules(ENCRYPTED_ONLY);
	judge_all(enforcer, 0);
	assert_int_equal(access_to(&sdb), 0);
	finish();
	assert_int_equal(access_to(&sdb), 0);
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
}

/* Without the gate nothing is examined, and nothing opened for it. */
static void test_without_gate(void **state)
{
	(void)state;
	set_rules(ENCRYPTED_ONLY);
	plug_stick();
	assert_event(0, "device.decided", "verdict", "deny");
	assert_member(0, "step", "\"error\"");
	assert_int_equal(device_authorized(), '0');
	set_rules(ASKS_ENCRYPTION);
	judge_all(enforcer, 0);
	assert_int_equal(device_authorized(), '0');
	assert_int_equal(stick()->examination.interfaces, 0);
	assert_event(0, "device.decided", NULL, NULL);
}

static void test_unrecorded(void **state)
{
	(void)state;
	set_rules(ASKS_ENCRYPTION);
	sync_fails = true;
	plug_stick();
	assert_int_equal(device_authorized(), '0');
	sync_fails = false;
	assert_true(recorder_retry(&enforcer->recorder, &enforcer->history) >= 0);
	judge_unrecorded(enforcer);
	assert_int_equal(device_authorized(), '1');
}

/* Put @size bytes of @volume on the reader's disk, as another card, and wait. */
static void put_card(size_t size)
{
	write_node(&sdb, size);
	tell(&sdb);
	assert_int_equal(access_to(&sdb), 0);
	finish();
}

static void test_card_reader(void **state)
{
	size_t n;

	(void)state;
	set_rules(ASKS_ENCRYPTION);
	plug_stick();
	add(&sdb);
	put_card(0);
	n = count_events();
	assert_event(0, "device.decided", "verdict", "deny");
	assert_int_equal(device_authorized(), '1'); /* it waits */
	assert_int_equal(access_to(&sdb), 0);
	volume_luks(volume, 1, "");
	put_card(sizeof(volume));
	assert_event(0, "device.changed", "verdict", "allow");
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
	put_card(0);
	assert_event(0, "device.changed", "verdict", "deny");
	assert_int_equal(access_to(&sdb), 0);
	volume_ext2(volume, "");
	put_card(sizeof(volume));
	assert_member(0, "violation", "true");
	assert_int_equal(access_to(&sdb), 0);
	assert_int_equal(device_authorized(), '1'); /* for the next card */
	volume_bitlocker(volume);
	put_card(sizeof(volume));
	assert_event(0, "device.changed", "verdict", "allow");
	assert_int_equal(access_to(&sdb), GATE_READ_WRITE);
	assert_true(count_events() <= n + 4);
}

static void test_size(void **state)
{
	(void)state;
	set_rules(ASKS_SIZE);
	plug_stick();
	volume_ext2(volume, "");
	add_stick();
	assert_int_equal(fake_get(&fake, DISK, "ro"), '0');
	finish();
	assert_event(0, "device.changed", "verdict", "read-only");
	assert_member(0, "facts", "[\"size\"]");
	assert_int_equal(fake_get(&fake, DISK, "ro"), '1');
	assert_int_equal(access_to(&sdb1), GATE_READ);
	assert_int_equal(device_authorized(), '1');
}

static void test_label(void **state)
{
	(void)state;
	set_rules(ASKS_LABEL);
	plug_stick();
	volume_ext2(volume, "BACKUP");
	add_stick();
	finish();
	assert_event(0, "device.changed", "verdict", "allow");
	volume_ext2(volume, "OTHER");
	write_node(&sdb1, sizeof(volume));
	tell(&sdb1);
	finish();
	assert_event(0, "device.changed", "verdict", "deny");
	assert_member(0, "facts", "[\"label\"]");
}

/* In nanoseconds. */
static int64_t authorized_last_written(void)
{
	struct stat st;

	assert_int_equal(fstatat(fake.fd, DEVICE "/authorized", &st, 0), 0);
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* Read-only at the least: nobody has read it before it is known that it may be written. */
static void test_more_than_without_knowing(void **state)
{
	int64_t before;

	(void)state;
	set_rules(
		"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\",\"rules\":["
		"{\"id\":\"asks\",\"match\":{\"function\":\"storage\",\"encryption\":\"luks\"},"
		"\"verdict\":\"allow\"},{\"id\":\"all\",\"match\":{\"function\":\"storage\"},"
		"\"verdict\":\"read-only\"}],\"defaults\":{\"*\":\"deny\"}}");
	plug_stick();
	assert_event(0, "device.decided", "verdict", "read-only");
	volume_luks(volume, 2, "");
	add_stick();
	assert_int_equal(access_to(&sdb1), 0);
	before = authorized_last_written();
	finish();
	assert_event(0, "device.changed", "verdict", "allow");
	assert_int_equal(authorized_last_written(), before); /* it was not closed between */
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	assert_int_equal(fake_get(&fake, DISK, "ro"), '0');
}

/* A policy that asks what is on it comes while it is used: it is found out first. */
static void test_policy_while_in_use(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	volume_luks(volume, 2, "");
	add_stick();
	finish();
	set_rules(ASKS_ENCRYPTION);
	judge_all(enforcer, 0);
	assert_event(0, "device.decided", "verdict", "allow");
	assert_int_equal(device_authorized(), '1');
	finish();
	assert_int_equal(stick()->decision.verdict, VERDICT_ALLOW);
	assert_true(stick()->examination.wanted);
	volume_ext2(volume, "");
	write_node(&sdb1, sizeof(volume));
	tell(&sdb1);
	finish();
	assert_event(0, "device.changed", "verdict", "deny");
	assert_int_equal(device_authorized(), '0');
}

static void test_audit(void **state)
{
	(void)state;
	set_rules("{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"audit\",\"rules\":["
		  "{\"id\":\"asks\",\"match\":{\"function\":\"storage\",\"encryption\":\"none\"},"
		  "\"verdict\":\"read-only\"}],\"defaults\":{\"*\":\"deny\"}}");
	plug_stick();
	volume_ext2(volume, "");
	add_stick();
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	finish();
	assert_event(0, "device.changed", "verdict", "read-only");
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
}

/* Another enforcer finds the stick in use: nothing is judged anew, and what is on it is looked at
 * before it is opened again. */
static void restart_under(const char *rules)
{
	size_t n;

	set_rules(rules);
	plug_stick();
	volume_luks(volume, 2, "");
	add_stick();
	finish();
	assert_event(0, "device.changed", "verdict", "allow");
	stop();
	start();
	fake_gate_open(&enforcer->gate);
	connect_disks();
	set_rules(rules);
	n = count_events();
	enforcer->starting = true;
	judge_arrival(enforcer, "1-2");
	assert_int_equal(disks_rescan(&enforcer->disks), 0);
	assert_int_equal(device_authorized(), '1');
	assert_int_equal(access_to(&sdb1), 0);
	finish();
	assert_int_equal(access_to(&sdb1), GATE_READ_WRITE);
	assert_int_equal(count_events(), n);
}

static void test_restart(void **state)
{
	(void)state;
	restart_under(ASKS_ENCRYPTION);
}

/* Another of the rules asks for a label, which the recorded medium has none of. */
static void test_restart_with_labels(void **state)
{
	(void)state;
	restart_under(
		"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"enforce\",\"rules\":["
		"{\"id\":\"asks\",\"match\":{\"function\":\"storage\",\"encryption\":\"luks\"},"
		"\"verdict\":\"allow\"},{\"id\":\"other\",\"match\":{\"function\":\"storage\","
		"\"serial\":\"X\",\"label\":\"BACKUP\"},\"verdict\":\"allow\"}],"
		"\"defaults\":{\"*\":\"deny\"}}");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_gated, teardown_gated)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_examined_and_allowed),
		TEST(test_examined_and_denied),
		TEST(test_waits_for_all_partitions),
		TEST(test_encrypted_disk_with_partitions),
		TEST(test_cannot_be_examined),
		TEST(test_shut_on_change),
		TEST(test_encrypted_only),
		TEST(test_encrypted_only_as_a_whole),
		TEST(test_encrypted_only_and_back),
		cmocka_unit_test_setup_teardown(test_without_gate, setup, teardown),
		TEST(test_unrecorded),
		TEST(test_card_reader),
		TEST(test_size),
		TEST(test_label),
		TEST(test_more_than_without_knowing),
		TEST(test_policy_while_in_use),
		TEST(test_audit),
		TEST(test_restart),
		TEST(test_restart_with_labels),
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
