/* The key stays, the certificate fits it, and a crash in between loses neither. */
#include <errno.h>

#include "agent/reporter/identity.h"
#include "authority.h"

struct fixture {
	struct temporary state;
	struct authority authority;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	temporary_make(&f->state);
	authority_make(&f->authority);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	authority_drop(&f->authority);
	temporary_drop(&f->state);
	free(f);
	return 0;
}

/* Request and accept a certificate with CN @name; returns identity_accept()'s answer. */
static int enrol(struct fixture *f, const char *name)
{
	char *csr, *pem;
	int r;

	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &csr), 0);
	pem = authority_sign(&f->authority, csr, name);
	r = identity_accept(f->state.fd, IDENTITY_ENROLLED, pem);
	gnutls_free(pem);
	free(csr);
	return r;
}

static void test_enrolment(void **state)
{
	struct fixture *f = *state;
	struct identity identity;
	struct stat status;

	assert_int_equal(identity_load(f->state.fd, &identity), -ENOENT);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 0);
	assert_int_equal(enrol(f, HOST_ID), 0);
	assert_true(identity_accepted(f->state.fd, IDENTITY_ENROLLED));
	assert_int_equal(identity_load(f->state.fd, &identity), -ENOENT);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 1);
	assert_false(identity_accepted(f->state.fd, IDENTITY_ENROLLED));
	assert_int_equal(identity_load(f->state.fd, &identity), 0);
	assert_string_equal(identity.host, HOST_ID);
	assert_in_range(identity.not_after, time(NULL) + 3500, time(NULL) + 3700);
	assert_int_equal(fstatat(f->state.fd, IDENTITY_KEY, &status, 0), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void test_same_key_until_a_certificate_comes(void **state)
{
	struct fixture *f = *state;
	char *first, *second;

	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &first), 0);
	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &second), 0);
	char *pem = authority_sign(&f->authority, first, HOST_ID);
	assert_int_equal(identity_accept(f->state.fd, IDENTITY_ENROLLED, pem), 0);
	gnutls_free(pem);
	free(first);
	free(second);
}

static void test_new_key_for_each_enrolment(void **state)
{
	struct fixture *f = *state;
	char *before, *after;

	assert_int_equal(enrol(f, HOST_ID), 0);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 1);
	assert_int_equal(file_read(f->state.fd, IDENTITY_KEY, 4096, &before, NULL), 0);
	assert_int_equal(enrol(f, HOST_ID), 0);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 1);
	assert_int_equal(file_read(f->state.fd, IDENTITY_KEY, 4096, &after, NULL), 0);
	assert_string_not_equal(before, after);
	free(before);
	free(after);
}

static void test_certificate_of_another_key(void **state)
{
	struct fixture *f = *state;
	char *csr, *pem;

	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &csr), 0);
	pem = authority_sign(&f->authority, csr, HOST_ID);
	assert_int_equal(unlinkat(f->state.fd, "new-key.pem", 0), 0);
	free(csr);
	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &csr), 0);
	assert_int_equal(identity_accept(f->state.fd, IDENTITY_ENROLLED, pem), -EBADMSG);
	assert_false(identity_accepted(f->state.fd, IDENTITY_ENROLLED));
	gnutls_free(pem);
	free(csr);
}

static void test_certificate_without_a_host_id(void **state)
{
	assert_int_equal(enrol(*state, "localhost"), -EBADMSG);
	assert_int_equal(enrol(*state, HOST_ID "0"), -EBADMSG);
	assert_int_equal(enrol(*state, "11111111-2222-4333-8444-55555555555G"), -EBADMSG);
}

static void test_no_certificate_at_all(void **state)
{
	struct fixture *f = *state;
	char *csr;

	assert_int_equal(identity_accept(f->state.fd, IDENTITY_ENROLLED, "x"), -ENOENT);
	assert_int_equal(identity_request(f->state.fd, IDENTITY_ENROLLED, "ws-1", &csr), 0);
	assert_int_equal(identity_accept(f->state.fd, IDENTITY_ENROLLED, ""), -EBADMSG);
	assert_int_equal(identity_accept(f->state.fd, IDENTITY_ENROLLED, csr), -EBADMSG);
	free(csr);
}

/* Cut off after each step of the commit, the next start ends it. */
static void test_crash_between_the_renames(void **state)
{
	struct fixture *f = *state;
	struct identity identity;

	assert_int_equal(enrol(f, HOST_ID), 0);
	assert_int_equal(renameat(f->state.fd, "new-key.pem", f->state.fd, IDENTITY_KEY), 0);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 1);
	assert_int_equal(identity_load(f->state.fd, &identity), 0);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 0);
}

static void test_damaged_files(void **state)
{
	struct fixture *f = *state;
	struct identity identity;

	assert_int_equal(enrol(f, HOST_ID), 0);
	assert_int_equal(identity_commit(f->state.fd, IDENTITY_ENROLLED), 1);
	temporary_write(&f->state, IDENTITY_KEY, "-----BEGIN PRIVATE KEY-----\n");
	assert_int_equal(identity_load(f->state.fd, &identity), -EBADMSG);
	assert_int_equal(unlinkat(f->state.fd, IDENTITY_KEY, 0), 0);
	assert_int_equal(identity_load(f->state.fd, &identity), -EBADMSG);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_enrolment),
		TEST(test_same_key_until_a_certificate_comes),
		TEST(test_new_key_for_each_enrolment),
		TEST(test_certificate_of_another_key),
		TEST(test_certificate_without_a_host_id),
		TEST(test_no_certificate_at_all),
		TEST(test_crash_between_the_renames),
		TEST(test_damaged_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
