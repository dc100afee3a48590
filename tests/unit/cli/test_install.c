/* What an enrolment changes can be put back, and the token is the reporter's. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/install.h"
#include "agent/common/file.h"
#include "enrolment_file.h"

static const char *const names[] = { "trust-root.json", "collector-ca.pem", "collector.json" };

struct fixture {
	char path[64];
	int fd;
	struct enrolment enrolment;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	json_t *root = enrolment_file();
	char *text = json_dumps(root, 0), error[256];

	strcpy(f->path, "/tmp/devgate-test-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	assert_int_equal(enrolment_parse(&f->enrolment, text, strlen(text), error), 0);
	free(text);
	json_decref(root);
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	enrolment_finish(&f->enrolment);
	close(f->fd);
	nftw(f->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static void check_file(const struct fixture *f, const char *name, const char *wanted)
{
	struct stat status;
	char *text;

	if (wanted == NULL) {
		assert_int_equal(faccessat(f->fd, name, F_OK, 0), -1);
		return;
	}
	assert_int_equal(file_read(f->fd, name, 65536, &text, NULL), 0);
	assert_string_equal(text, wanted);
	free(text);
	assert_int_equal(fstatat(f->fd, name, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
}

static void test_write(void **state)
{
	struct fixture *f = *state;
	struct install install;

	assert_int_equal(install_begin(&install, f->path), 0);
	assert_int_equal(install_write(&install, &f->enrolment), 0);
	check_file(f, "collector.json",
		   "{\"url\": \"https://collector.example:8443\", \"unit\": \"財務\"}\n");
	check_file(f, "collector-ca.pem", CA_PEM);
	check_file(f, "trust-root.json", f->enrolment.trust_text);
	install_finish(&install);
}

static void test_undo_of_the_first(void **state)
{
	struct fixture *f = *state;
	struct install install;

	assert_int_equal(install_begin(&install, f->path), 0);
	assert_int_equal(install_write(&install, &f->enrolment), 0);
	assert_int_equal(install_undo(&install), 0);
	for (size_t i = 0; i < COUNT(names); i++)
		check_file(f, names[i], NULL);
	install_finish(&install);
}

static void test_undo_of_another(void **state)
{
	struct fixture *f = *state;
	struct install install;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(file_write_atomic(f->fd, names[i], "old", 3, 0644), 0);
	assert_int_equal(install_begin(&install, f->path), 0);
	assert_int_equal(install_write(&install, &f->enrolment), 0);
	assert_int_equal(install_undo(&install), 0);
	for (size_t i = 0; i < COUNT(names); i++)
		check_file(f, names[i], "old");
	install_finish(&install);
}

static void test_token(void **state)
{
	struct fixture *f = *state;
	struct stat status;
	char *text;

	assert_int_equal(file_write_atomic(f->fd, "enrol-error", "old", 3, 0600), 0);
	assert_int_equal(install_token(f->fd, "t0ken"), 0);
	assert_int_equal(faccessat(f->fd, "enrol-error", F_OK, 0), -1);
	assert_int_equal(file_read(f->fd, "token", 64, &text, NULL), 0);
	assert_string_equal(text, "t0ken");
	free(text);
	assert_int_equal(fstatat(f->fd, "token", &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

/* Root writes it as the directory's owner, and is root again after. */
static void test_token_belongs_to_the_directorys_owner(void **state)
{
	struct fixture *f = *state;
	struct stat status;

	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(f->fd, 65534, 65534), 0);
	assert_int_equal(install_token(f->fd, "t0ken"), 0);
	assert_int_equal(fstatat(f->fd, "token", &status, 0), 0);
	assert_int_equal(status.st_uid, 65534);
	assert_int_equal(status.st_gid, 65534);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(getegid(), 0);
	assert_int_equal(fchown(f->fd, 0, 0), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_write),
		TEST(test_undo_of_the_first),
		TEST(test_undo_of_another),
		TEST(test_token),
		TEST(test_token_belongs_to_the_directorys_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
