/* What devgatectl says of others' bytes cannot act on the terminal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "server/ctl/message.h"

static void complaints_are_clean(void **state)
{
	int saved = dup(STDERR_FILENO), file = memfd_create("said", MFD_CLOEXEC);
	char said[256];

	(void)state;
	dup2(file, STDERR_FILENO);
	complain("%s: 不可: %s", "/a\\b",
		 "\x1b[2J\xc2\x9b"
		 "1m\nok");
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = pread(file, said, sizeof(said) - 1, 0);
	assert_true(n > 0);
	said[n] = '\0';
	assert_string_equal(said, "devgatectl: /a\\b: 不可: \\x1B[2J\\u{009B}1m\\x0Aok\n");
	close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(complaints_are_clean) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
