/* When memory runs out while a Defender policy is imported: each failure is an ordinary error that
 * leaks nothing and gives nothing.  Expat gets the failing allocator, too. */
#include "../policy/failing_memory.h"

#include "../policy/failing_memory_begin.h"
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
#include "../policy/failing_memory_end.h"

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

static int import_one(import_function function, const char *text)
{
	const struct import_file file = { "p", text, strlen(text) };
	const struct import_options options = { .name = "n" };
	struct import import = { .n_media = 77 };
	struct rules_error error;
	const int r = function(&file, 1, &options, &import, &error);

	if (r == 0)
		import_finish(&import);
	else
		assert_int_equal(import.n_media, 77);
	return r;
}

static int import_json(void)
{
	return import_one(import_mde_json, json);
}

static int import_xml(void)
{
	return import_one(import_mde_xml, xml);
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	fail_each_allocation("JSON", import_json, 50);
	fail_each_allocation("XML", import_xml, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_fails_once) };

	json_set_alloc_funcs(failing_malloc_for_jansson, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
