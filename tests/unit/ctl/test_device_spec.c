/* Devices as officers name them, on the command line and in lists. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/ctl/device_spec.h"

static void good_specs_are_taken(void **state)
{
	struct device_spec spec;
	char error[128];

	(void)state;
	assert_int_equal(device_spec_parse(&spec, "0951:1666:60A44C3FACC9:A-001", error), 0);
	assert_int_equal(spec.vendor, 0x0951);
	assert_int_equal(spec.product, 0x1666);
	assert_string_equal(spec.serial, "60A44C3FACC9");
	assert_string_equal(spec.tag, "A-001");
	assert_int_equal(device_spec_parse(&spec, "abCD:ffff:a:b:c:財-1", error), 0);
	assert_int_equal(spec.vendor, 0xabcd);
	assert_string_equal(spec.serial, "a:b:c"); /* a serial may hold colons */
	assert_string_equal(spec.tag, "財-1");
	assert_int_equal(spec.bus, BUS_USB);
	assert_int_equal(device_spec_parse(&spec, "nvme/1b36:0010:a/b:A-2", error), 0);
	assert_int_equal(spec.bus, BUS_NVME);
	assert_int_equal(spec.vendor, 0x1b36);
	assert_string_equal(spec.serial, "a/b"); /* and slashes */
	assert_int_equal(device_spec_parse(&spec, "0951:1666:a/b:A-3", error), 0);
	assert_int_equal(spec.bus, BUS_USB);
}

static void bad_specs_are_refused_with_the_fault(void **state)
{
	static const char *const bad[] = {
		"",
		"0951",
		"0951:1666",
		"0951:1666:serial",
		"951:1666:serial:tag",
		"0x51:1666:serial:tag",
		"0951:166g:serial:tag",
		"0951:1666::tag",
		"0951:1666:serial:",
		"0951:1666:60A4\n4C:tag",
		"0951:1666:serial:t\x1bg",
		"0951:1666:serial:this-tag-has-24-bytes-xx",
		":::",
		"/0951:1666:serial:tag",
		"pci/0951:1666:serial:tag",
		"thunderboltthunderbolt/0951:1666:serial:tag",
	};
	struct device_spec spec, before;
	char error[128], longest[4096];

	(void)state;
	memset(&spec, 0x5a, sizeof(spec));
	before = spec;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error[0] = '\0';
		assert_int_equal(device_spec_parse(&spec, bad[i], error), -EINVAL);
		assert_true(error[0] != '\0');
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memcpy(longest, "0951:1666:", 10);
	memcpy(longest + sizeof(longest) - 6, ":A-01", 5);
	assert_int_equal(device_spec_parse(&spec, longest, error), -EINVAL);
	assert_memory_equal(&spec, &before, sizeof(spec));
}

static void every_truncation_is_refused_or_shorter(void **state)
{
	const char good[] = "0951:1666:60A44C3FACC9:A-001";
	struct device_spec spec;
	char error[128], cut[sizeof(good)];

	(void)state;
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		memcpy(cut, good, n);
		cut[n] = '\0';
		if (device_spec_parse(&spec, cut, error) == 0)
			assert_true(n > strlen("0951:1666:60A44C3FACC9:"));
	}
}

static void csv_is_rfc_4180(void **state)
{
	static const struct {
		const char *line;
		int r;
		const char *serial, *tag;
	} rows[] = {
		{ "0951,1666,S1,A-1", 0, "S1", "A-1" },
		{ "\"0951\",\"1666\",\"S,1\",\"A \"\"1\"\"\"", 0, "S,1", "A \"1\"" },
		{ "0951,1666,S:1,A-1", 0, "S:1", "A-1" },
		{ "0951,1666,S1", -EINVAL, NULL, NULL },
		{ "0951,1666,S1,A-1,more", -EINVAL, NULL, NULL },
		{ "0951,1666,\"S1,A-1", -EINVAL, NULL, NULL },
		{ "0951,1666,\"S1\"x,A-1", -EINVAL, NULL, NULL },
		{ "0951,1666,,A-1", -EINVAL, NULL, NULL },
		{ "", -EINVAL, NULL, NULL },
		{ ",,,", -EINVAL, NULL, NULL },
	};
	struct device_spec spec;
	char error[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *line = rows[i].line;

		assert_int_equal(device_spec_parse_csv(&spec, line, strlen(line), error),
				 rows[i].r);
		if (rows[i].r < 0)
			continue;
		assert_string_equal(spec.serial, rows[i].serial);
		assert_string_equal(spec.tag, rows[i].tag);
	}
	assert_int_equal(device_spec_parse_csv(&spec, "0951,1666,S\0,A", 14, error), -EINVAL);
}

static void the_key_is_that_of_the_policy(void **state)
{
	uint8_t key[DEVICE_KEY_SIZE], wanted[DEVICE_KEY_SIZE];
	struct device_spec spec;
	char error[128];

	(void)state;
	assert_int_equal(device_spec_parse(&spec, "0951:1666:S1:A-1", error), 0);
	device_spec_key(&spec, key);
	device_media_key(0x0951, 0x1666, "S1", wanted);
	assert_memory_equal(key, wanted, sizeof(key));
	assert_int_equal(device_spec_parse(&spec, "mmc/0951:1666:S1:A-1", error), 0);
	device_spec_key(&spec, key);
	device_claim_key(&(struct device_claim){ BUS_MMC, 0x0951, 0x1666, "S1" }, wanted);
	assert_memory_equal(key, wanted, sizeof(key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_specs_are_taken),
		cmocka_unit_test(bad_specs_are_refused_with_the_fault),
		cmocka_unit_test(every_truncation_is_refused_or_shorter),
		cmocka_unit_test(csv_is_rfc_4180),
		cmocka_unit_test(the_key_is_that_of_the_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
