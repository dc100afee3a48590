/* noexec: where no program can be kept from running off a disk, a disk that asks for it is denied,
 * and the record says why. */
#include "workstation.h"

#define NOEXEC_STORAGE(mode)                                                                       \
	"{\"schema\":\"devgate-rules-1\",\"name\":\"test\",\"mode\":\"" mode "\","                 \
	"\"rules\":[{\"id\":\"a\",\"match\":{\"function\":\"storage\"},\"verdict\":\"allow\","     \
	"\"modifiers\":[\"noexec\"]}],\"defaults\":{\"*\":\"deny\"}}"

static int setup_without(void **state)
{
	int r = setup(state);

	marks_init(&enforcer->noexec);
	return r;
}

static void test_denied_where_it_cannot_be_had(void **state)
{
	_cleanup_json_ json_t *decided = NULL;
	const char *reason;

	(void)state;
	set_rules(NOEXEC_STORAGE("enforce"));
	plug_stick();
	assert_event(0, "device.decided", "verdict", "deny");
	assert_event(0, "device.decided", "step", "error");
	decided = event(0);
	reason = json_string_value(json_object_get(json_object_get(decided, "reason"), "en"));
	assert_non_null(strstr(reason, "Programs cannot be kept from running off it"));
	assert_int_equal(device_authorized(), '0');
}

static void test_only_where_it_is_asked_for(void **state)
{
	(void)state;
	set_rules(ALLOW_STORAGE);
	plug_stick();
	assert_event(0, "device.decided", "verdict", "allow");
	assert_int_equal(device_authorized(), '1');
}

static void test_audit_permits(void **state)
{
	(void)state;
	set_rules(NOEXEC_STORAGE("audit"));
	plug_stick();
	assert_event(0, "device.decided", "verdict", "allow");
	assert_int_equal(device_authorized(), '1');
}

static void test_says_why(void **state)
{
	struct marks noexec;

	(void)state;
	/* no kernel/security/lsm in this sysfs, and no bpffs */
	noexec_begin(&noexec, fake.fd, fake.root);
	assert_int_equal(marks_await(&noexec), -EOPNOTSUPP);
	assert_false(marks_is_available(&noexec));
	assert_non_null(strstr(noexec.status, "unavailable: the kernel does not ask BPF programs"));
	assert_int_equal(marks_mark(&noexec, 8, 0, 0), -ENODEV);
	assert_int_equal(marks_unmark(&noexec, 8, 0), -ENODEV);
	assert_int_equal(marks_look(&noexec, 8, 0), -ENODEV);
	assert_int_equal(marks_prune(&noexec), -ENODEV);
	marks_finish(&noexec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_denied_where_it_cannot_be_had, setup_without,
						teardown),
		cmocka_unit_test_setup_teardown(test_only_where_it_is_asked_for, setup_without,
						teardown),
		cmocka_unit_test_setup_teardown(test_audit_permits, setup_without, teardown),
		cmocka_unit_test_setup_teardown(test_says_why, setup_without, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
