/* The agent's own files, changed in every way: found, recorded once, and not again; and what the
 * configuration held, changed by who may and by who may not. */
#include "workstation.h"

#include <signal.h>

#include "agent/enforcer/own_files.h"
#include "policy/text.h"

#define LIST "share/files.sha256"

static struct own_files own;
static char root[64];

static void shell(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && %s", root, command);
	assert_int_equal(system(line), 0);
}

static void make_list(void)
{
	shell("find bin lib -type f | sort | xargs sha256sum | sed 's|  |  /|' >" LIST);
}

static void begin(void)
{
	own = (struct own_files){ .loop = enforcer->loop,
				  .recorder = &enforcer->recorder,
				  .state_fd = enforcer->ledgers_fd,
				  .list = LIST,
				  .owner = getuid() };
	own.root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	own.config_fd = openat(own.root_fd, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(own.config_fd >= 0);
	assert_int_equal(own_files_start(&own), 0);
}

static void end(void)
{
	close(own.config_fd);
	own_files_finish(&own);
}

static void look(void)
{
	own_files_look(&own);
	while (own.child != NULL)
		assert_true(sd_event_run(enforcer->loop, 10000000) >= 0);
}

/* Look; the number of records that came of it. */
static size_t records(void)
{
	size_t before = count_events();

	look();
	return count_events() - before;
}

static int setup_files(void **state)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (setup(state) < 0)
		return -1;
	strcpy(root, "/dev/shm/devgate-own.XXXXXX");
	assert_non_null(mkdtemp(root));
	shell("mkdir bin lib share etc && echo a >bin/a && echo b >lib/b && chmod 755 bin/a &&"
	      " chmod 644 lib/b && echo '{}' >etc/collector.json");
	make_list();
	begin();
	return 0;
}

static int teardown_files(void **state)
{
	end();
	shell("rm -r ../$(basename $PWD)");
	return teardown(state);
}

/* The last record: agent.tampered of this path and fault. */
static void assert_tampered(const char *what, const char *path, const char *fault)
{
	assert_event(0, "agent.tampered", "what", what);
	assert_event(0, "agent.tampered", "path", path);
	assert_event(0, "agent.tampered", "fault", fault);
}

static void test_as_installed(void **state)
{
	(void)state;
	assert_int_equal(records(), 2);
	assert_event(1, "agent.installed", "version", DEVGATE_VERSION);
	assert_event(0, "agent.configured", "path", "collector.json");
	assert_true(own.known && own.faults == 0);
	assert_int_equal(records(), 0);
	end();
	begin(); /* a start later, it is remembered */
	assert_int_equal(records(), 0);
}

static void test_every_fault_once(void **state)
{
	static const struct {
		const char *harm, *path, *fault, *mend;
	} cases[] = {
		{ "echo x >>bin/a", "/bin/a", "changed", "echo a >bin/a" },
		{ "mv bin/a share/", "/bin/a", "missing", "mv share/a bin/" },
		{ "mv bin/a share/ && ln -s ../share/a bin/a", "/bin/a", "changed",
		  "mv share/a bin/a" },
		{ "chmod o+w lib/b", "/lib/b", "exposed", "chmod o-w lib/b" },
		{ "chmod g+w lib/b", "/lib/b", "exposed", "chmod g-w lib/b" },
		{ "mv lib/b share/ && mkfifo lib/b", "/lib/b", "changed",
		  "rm lib/b && mv share/b lib/b" },
		{ "mv " LIST " share/kept", "/usr/share/devgate/files.sha256", "missing",
		  "mv share/kept " LIST },
		{ "cp " LIST " share/kept && echo x >>" LIST, "/usr/share/devgate/files.sha256",
		  "changed", "mv share/kept " LIST },
	};

	(void)state;
	look();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shell(cases[i].harm);
		assert_int_equal(records(), 1);
		assert_tampered("file", cases[i].path, cases[i].fault);
		assert_int_equal(own.faults, 1);
		assert_int_equal(records(), 0);
		shell(cases[i].mend);
		assert_int_equal(records(), 1);
		assert_event(0, "agent.restored", "path", cases[i].path);
		assert_int_equal(own.faults, 0);
	}
}

static void test_another_owner(void **state)
{
	(void)state;
	look();
	own.owner = getuid() + 1;
	assert_int_equal(records(), 2);
	assert_tampered("file", "/lib/b", "exposed");
}

/* More than an answer holds are counted, and those that it holds are told. */
static void test_many_faults(void **state)
{
	(void)state;
	shell("for i in $(seq 200); do echo $i >lib/$i; done; chmod 644 lib/*");
	make_list();
	shell("rm lib/*");
	assert_int_equal(records(), 2 + FILE_CHECK_MAX_FAULTS);
	assert_int_equal(own.faults, 201);
}

static void test_configuration(void **state)
{
	(void)state;
	look();
	shell("echo '{\"url\":\"https://elsewhere\"}' >etc/collector.json");
	assert_int_equal(records(), 1);
	assert_tampered("configuration", "collector.json", "changed");
	assert_int_equal(records(), 0);
	shell("echo ca >etc/collector-ca.pem");
	assert_int_equal(records(), 1);
	assert_tampered("configuration", "collector-ca.pem", "appeared");
	shell("rm etc/collector.json");
	assert_int_equal(records(), 1);
	assert_tampered("configuration", "collector.json", "missing");
	shell("echo '{}' >etc/collector.json");
	own_files_agree(&own);
	while (own.child != NULL)
		assert_true(sd_event_run(enforcer->loop, 10000000) >= 0);
	assert_event(0, "agent.configured", "path", "collector.json");
	assert_int_equal(records(), 0);
	shell("echo '{ }' >etc/collector.json"); /* that was once, not for ever */
	assert_int_equal(records(), 1);
	assert_tampered("configuration", "collector.json", "changed");
}

/* While a look is under way: what it sees may be older than what was agreed. */
static void test_agreed_in_the_midst(void **state)
{
	size_t before;

	(void)state;
	look();
	before = count_events();
	own_files_look(&own);
	shell("echo '{ }' >etc/collector.json");
	own_files_agree(&own);
	while (own.child != NULL || own.again)
		assert_true(sd_event_run(enforcer->loop, 10000000) >= 0);
	for (size_t n = count_events() - before, i = 0; i < n; i++) {
		_cleanup_json_ json_t *found = event((int)i);

		/* the first look may have come late enough to see it */
		if (strcmp(json_string_value(json_object_get(found, "kind")), "agent.tampered") !=
		    0)
			assert_string_equal(json_string_value(json_object_get(found, "path")),
					    "collector.json");
	}
	assert_int_equal(records(), 0);
}

static void test_another_package(void **state)
{
	(void)state;
	look();
	shell("echo new >bin/a");
	make_list();
	assert_int_equal(records(), 1);
	assert_event(0, "agent.installed", "version", DEVGATE_VERSION);
}

#define HEX64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_lists(void **state)
{
	static const struct {
		const char *text;
		int r;
	} cases[] = {
		{ HEX64 "  /usr/bin/a\n", 0 },
		{ HEX64 "  /usr/bin/a\n" HEX64 "  /b\n", 0 },
		{ "", -EBADMSG },
		{ "\n", -EBADMSG },
		{ HEX64 "  /a", -EBADMSG },
		{ HEX64 "  a\n", -EBADMSG },
		{ HEX64 " /a\n", -EBADMSG },
		{ HEX64 " */a\n", -EBADMSG },
		{ HEX64 "  /a/../b\n", -EBADMSG },
		{ HEX64 "  /a//b\n", -EBADMSG },
		{ HEX64 "  /a/./b\n", -EBADMSG },
		{ "g" HEX64 "  /a\n", -EBADMSG },
	};
	static const char good[] = HEX64 "  /usr/bin/a\n" HEX64 "  /b\n";
	struct inventory inventory;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			inventory_parse(strdup(cases[i].text), strlen(cases[i].text), &inventory),
			cases[i].r);
		if (cases[i].r == 0)
			inventory_finish(&inventory);
	}
	for (size_t n = 0; n < strlen(good); n++) {
		int r = inventory_parse(strndup(good, n), n, &inventory);

		assert_int_equal(r, n == sizeof(HEX64 "  /usr/bin/a\n") - 1 ? 0 : -EBADMSG);
		if (r == 0)
			inventory_finish(&inventory);
	}
	{
		char *zeros = calloc(1, 65);

		memcpy(zeros, good, 64);
		zeros[3] = '\0';
		assert_int_equal(inventory_parse(zeros, 64, &inventory), -EBADMSG);
	}
}

static void test_answers(void **state)
{
	struct file_check_answer answer = { .n_checked = 2, .n_faults = 1 };

	(void)state;
	answer.faults[0].fault = FILE_CHANGED;
	assert_true(file_check_is_valid(&answer, 2));
	assert_false(file_check_is_valid(&answer, 3));
	answer.faults[0].file = 2;
	assert_false(file_check_is_valid(&answer, 2));
	answer.faults[0].file = 1;
	answer.faults[0].fault = _FILE_FAULT_MAX;
	assert_false(file_check_is_valid(&answer, 2));
	answer.faults[0].fault = 0;
	assert_false(file_check_is_valid(&answer, 2));
	answer.n_faults = 3;
	assert_false(file_check_is_valid(&answer, 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_files, teardown_files)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_as_installed),	TEST(test_every_fault_once),
		TEST(test_another_owner),	TEST(test_many_faults),
		TEST(test_configuration),	TEST(test_agreed_in_the_midst),
		TEST(test_another_package),	cmocka_unit_test(test_lists),
		cmocka_unit_test(test_answers),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
