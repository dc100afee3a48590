/* What is offered is what was promised, and cannot change any more. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/reporter/blob.h"
#include "tests/unit/policy/cmocka_test.h"

static const uint8_t abc[32] = { /* SHA-256 of "abc", FIPS 180-4 example */
				 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
				 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
				 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad
};

static void begin(struct blob *ret)
{
	assert_int_equal(blob_init(ret), 0);
	assert_int_equal(blob_append(ret, "a", 1), 0);
	assert_int_equal(blob_append(ret, "bc", 2), 0);
}

static void test_sealed(void **state)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct blob blob;
	char text[4] = "";
	int fd;

	(void)state;
	begin(&blob);
	fd = blob_seal(&blob, 3, abc);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & seals, seals);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(pread(fd, text, 4, 0), 3);
	assert_string_equal(text, "abc");
	blob_finish(&blob); /* the descriptor is ours now */
	assert_int_equal(pread(fd, text, 3, 0), 3);
	close(fd);
}

static void test_other_size_or_digest(void **state)
{
	uint8_t other[32] = { 0 };
	struct blob blob;

	(void)state;
	begin(&blob);
	assert_int_equal(blob_seal(&blob, 4, abc), -EBADMSG);
	blob_finish(&blob);
	begin(&blob);
	assert_int_equal(blob_seal(&blob, 3, other), -EBADMSG);
	blob_finish(&blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_other_size_or_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
