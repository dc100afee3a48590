/* When memory runs out while a Defender policy is imported: the n-th allocation fails for n = 1, 2,
 * 3
 * ... until all succeed.  Each failure must be an ordinary error that leaks nothing and gives
 * nothing.
 *
 * The sources that allocate are compiled in here with an allocator that fails on demand; Jansson
 * and Expat get the same one. */
#include "../policy/cmocka_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static size_t countdown; /* allocations until one fails; 0: none does */

static bool fails(void)
{
	return countdown > 0 && --countdown == 0;
}

static void *failing_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static void *failing_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

static void *failing_realloc(void *old, size_t size)
{
	return fails() ? NULL : realloc(old, size);
}

static void *failing_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : reallocarray(old, n, size);
}

static char *failing_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

/* Jansson 2.14 does not look whether its token buffer could grow (lex_save() in load.c) and goes on
 * with less than it read.  That is not for these tests to find: the buffer, and whatever else is
 * 32, 64, 128 ... bytes, is always had. */
static void *failing_malloc_for_jansson(size_t size)
{
	return size >= 32 && (size & (size - 1)) == 0 ? malloc(size) : failing_malloc(size);
}

#define malloc	     failing_malloc
#define calloc	     failing_calloc
#define realloc	     failing_realloc
#define reallocarray failing_reallocarray
#undef strdup
#define strdup failing_strdup
#include "policy/arena.c"
#include "policy/import/import.c"
#include "policy/import/mde_xml_read.c"

/* A block serves many: each that takes of it fails once, too. */
static void *failing_take(struct arena *arena, size_t size)
{
	return fails() ? NULL : arena_take(arena, size);
}

#define arena_take failing_take
#include "policy/import/mde.c"
#undef arena_take
#undef malloc
#undef calloc
#undef realloc
#undef reallocarray
#undef strdup

#define ID(n) "00000000-0000-4000-8000-00000000000" #n

static const char json[] = "{\"groups\":[{\"$type\":\"device\",\"id\":\"" ID(
	1) "\",\"name\":\"g\",\"query\":{\"$type\":"
	   "\"or\",\"clauses\":[{\"$type\":\"vendorId\",\"value\":\"0951\"},{\"$type\":\"not\","
	   "\"query\":"
	   "{\"$type\":\"all\",\"clauses\":[{\"$type\":\"serialNumber\",\"value\":\"ABCDEFG\"},{\"$"
	   "type\":"
	   "\"productId\",\"value\":\"1666\"},{\"$type\":\"encryption\",\"value\":\"apfs\"}]}}]}}],"
	   "\"rules\":[{\"id\":\"" ID(2) "\",\"name\":\"r\",\"includeGroups\":[\"" ID(
		   1) "\"],"
		      "\"entries\":[{\"$type\":\"generic\",\"enforcement\":{\"$type\":\"deny\"},"
		      "\"access\":"
		      "[\"generic_write\"]}]}],\"settings\":{\"features\":{\"removableMedia\":{"
		      "\"disable\":false}},"
		      "\"global\":{\"defaultEnforcement\":\"allow\"}}}";

static const char xml[] = "<PolicyRules><PolicyRule Id=\"{" ID(
	1) "}\"><Name>n</Name><IncludedIdList>"
	   "<InstancePathId>USBSTOR\\D\\AB&amp;0</InstancePathId>"
	   "<FriendlyNameId>N* USB Device</FriendlyNameId></IncludedIdList><ExcludedIdList>"
	   "<VID_PID>0951_1666</VID_PID><SerialNumberId>A*</SerialNumberId>"
	   "<InstancePathId>USB\\VID_1234&amp;PID_5678\\1</InstancePathId>"
	   "<DeviceEncryptionStateId>Plain</DeviceEncryptionStateId></ExcludedIdList>"
	   "<Entry Id=\"{" ID(
		   9) "}\"><Type>Allow</Type><Options>8</Options><AccessMask>9</AccessMask>"
		      "</Entry></PolicyRule></PolicyRules>";

static int import_json(struct import *ret, struct rules_error *error)
{
	const struct import_file file = { "p.json", json, sizeof(json) - 1 };
	const struct import_options options = { .name = "n" };

	return import_mde_json(&file, 1, &options, ret, error);
}

static int import_xml(struct import *ret, struct rules_error *error)
{
	const struct import_file file = { "p.xml", xml, sizeof(xml) - 1 };
	const struct import_options options = { .name = "n" };

	return import_mde_xml(&file, 1, &options, ret, error);
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	static int (*const tasks[])(struct import * ret,
				    struct rules_error * error) = { import_json, import_xml };

	for (size_t i = 0; i < COUNT(tasks); i++) {
		size_t n = 0;
		int r;

		do {
			struct import import = { .n_media = 77 };
			struct rules_error error;

			countdown = ++n;
			r = tasks[i](&import, &error);
			/* Jansson calls a token without memory an invalid one. */
			if (r != 0 && r != -ENOMEM && r != -EBADMSG)
				fail_msg("task %zu, allocation %zu: %d", i, n, r);
			if (r != 0) {
				assert_int_equal(countdown, 0);
				assert_int_equal(import.n_media, 77);
			} else {
				import_finish(&import);
			}
		} while (r != 0);
		assert_in_range(n, 50, 5000);
		assert_true(countdown > 0);
		countdown = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
