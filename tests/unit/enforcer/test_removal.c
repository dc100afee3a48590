/* The removal of the package, told to the agent that runs: recorded, with who it is for. */
#include "workstation.h"

#include <sys/wait.h>

#include "agent/enforcer/control_verbs.h"
#include "agent/enforcer/removal.h"

static void test_nobody_runs(void **state)
{
	(void)state;
	assert_int_equal(removal_tell(state_root), -ENOENT);
	assert_int_equal(removal_tell("/a/path/that/is/not/there"), -ENOENT);
}

static void test_person(void **state)
{
	char person[REMOVAL_NAME_SIZE];

	(void)state;
	removal_person(person);
	assert_true(strlen(person) > 0);
	assert_null(strchr(person, ' '));
}

/* What removal_tell() of another process gives while the enforcer serves it. */
static int tell(void)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(-removal_tell(state_root));
	while (waitpid(pid, &status, WNOHANG) == 0)
		assert_true(sd_event_run(enforcer->loop, 10000) >= 0);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void test_recorded(void **state)
{
	char path[128], person[REMOVAL_NAME_SIZE];

	(void)state;
	snprintf(path, sizeof(path), "%s/control.sock", state_root);
	assert_int_equal(control_init(&enforcer->control, enforcer->loop, path, (uid_t)-1,
				      control_verbs, control_n_verbs, enforcer),
			 0);
	if (geteuid() == 0) {
		_cleanup_json_ json_t *removed = NULL;

		assert_int_equal(tell(), 0);
		removed = event(0);
		removal_person(person);
		assert_string_equal(json_string_value(json_object_get(removed, "kind")),
				    "agent.removed");
		if (strcmp(person, "-") == 0)
			assert_true(json_is_null(json_object_get(removed, "person")));
		else
			assert_string_equal(json_string_value(json_object_get(removed, "person")),
					    person);
		sync_fails = true; /* what could not be written is not said to be */
	}
	assert_int_equal(tell(), -EPERM);
	control_finish(&enforcer->control);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_nobody_runs), TEST(test_person),
					    TEST(test_recorded) };

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
