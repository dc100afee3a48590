/* When memory runs out while USBGuard rules are imported: each failure is -ENOMEM that leaks
 * nothing and gives nothing. */
#include "../policy/failing_memory.h"

#include "../policy/failing_memory_begin.h"
#include "policy/import/import.c"
#include "../policy/failing_memory_end.h"

#include "../policy/failing_arena.h"

#define HASH "9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds="

/* One for each place that allocates. */
static const char source[] =
	"# comment\n"
	"allow id one-of { 1234:5678 1234:5679 2222:* } name \"a\" serial one-of { \"\" \"s\" }\n"
	"block id none-of { 1234:5678 1234:5680 2222:* } label \"l\"\n"
	"allow name none-of { \"a\" \"b\" } serial none-of { \"\" } hash \"" HASH "\"\n"
	"reject via-port \"1-2\" with-connect-type \"hotplug\" if localtime(08:00-12:00)\n"
	"block with-connect-type none-of { \"\" } hash \"old\" id match-all { AAAA:* }\n"
	"allow with-interface { 08:06:50 08:*:* } if allowed-matches(id one-of { 1111:* })\n";

static int import_rules(void)
{
	static const struct import_options options = { "memory", false };
	const struct import_file file = { "rules.conf", source, sizeof(source) - 1 };
	struct import import = { .n_media = 7 };
	struct rules_error error;
	const int r = import_usbguard(&file, 1, &options, &import, &error);

	if (r == 0) {
		import_finish(&import);
		return r;
	}
	assert_int_equal(r, -ENOMEM);
	assert_int_equal(import.n_media, 7);
	return r;
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	fail_each_allocation("import", import_rules, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	json_set_alloc_funcs(failing_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
