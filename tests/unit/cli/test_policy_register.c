/* A register as a list that people edit, and as the section that agents get. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "agent/cli/policy_register.h"
#include "tests/unit/policy/cmocka_test.h"

static char path[] = "/tmp/register-XXXXXX";

static void write_file(const void *bytes, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static struct device device_of(uint16_t vendor, const char *serial)
{
	struct device device = { .vendor = vendor, .product = 0x1666, .has_serial = true };

	snprintf(device.serial, sizeof(device.serial), "%s", serial);
	return device;
}

/* What is written is read as it was, whatever the texts are. */
static void there_and_back(void **state)
{
#define T(text) ((char *)(uintptr_t)(text))
	const struct import_medium media[] = {
		{ BUS_USB, 0x0951, 0x1666, T("S-1"), T("A-1"), T("a name"), T("王"), T("會計室"),
		  VERDICT_READ_ONLY, MODIFIER_NOEXEC | MODIFIER_TRAIL,
		  FUNCTION_BIT(FUNCTION_STORAGE) },
		{ BUS_USB, 0x0001, 0x1666, T("with, comma"), T("A-2"), T("\"quoted\""), NULL,
		  T(" begins"), VERDICT_ALLOW, 0, ~0U },
		{ BUS_USB, 0xffff, 0x1666, T("S-3"), NULL, NULL, NULL, NULL, VERDICT_ALLOW, 0,
		  FUNCTION_BIT(FUNCTION_STORAGE) | FUNCTION_BIT(FUNCTION_PHONE) },
		{ BUS_MMC, 0x0951, 0x1666, T("S-1"), T("A-4"), NULL, NULL, NULL, VERDICT_READ_ONLY,
		  0, FUNCTION_BIT(FUNCTION_STORAGE) },
	};
	static const char *const tags[] = { "A-1", "A-2", "ffff:1666", "A-4" };
	uint8_t *bytes = NULL;
	struct registered table;
	FILE *file = fopen(path, "we");

	(void)state;
	assert_non_null(file);
	assert_int_equal(policy_register_write(file, media, COUNT(media)), 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(policy_register_read(path, &bytes, &table), 0);
	assert_int_equal(table.n, COUNT(media));
	for (size_t i = 0; i < COUNT(media); i++) {
		struct device device = device_of(media[i].vendor, media[i].serial);
		struct registered_entry entry;

		device.bus = media[i].bus;
		assert_int_equal(registered_find(&table, &device, &entry), 1);
		assert_int_equal(entry.verdict, media[i].verdict);
		assert_int_equal(entry.modifiers, media[i].modifiers);
		assert_int_equal(entry.functions, media[i].functions);
		assert_string_equal(entry.tag, tags[i]);
	}
	free(bytes);
}

static void a_section(void **state)
{
	struct registered_entry entry = { .verdict = VERDICT_ALLOW, .functions = ~0U, .tag = "A" };
	struct registered table;
	uint8_t *section, *bytes = NULL;
	size_t size;

	(void)state;
	assert_int_equal(registered_encode(&entry, 1, &section, &size), 0);
	write_file(section, size);
	assert_int_equal(policy_register_read(path, &bytes, &table), 0);
	assert_int_equal(table.n, 1);
	free(bytes);
	bytes = NULL;
	for (size_t cut = 1; cut < size; cut += 5) {
		write_file(section, size - cut);
		assert_true(policy_register_read(path, &bytes, &table) < 0);
		assert_null(bytes);
	}
	free(section);
}

static void refusals(void **state)
{
	static const char *const texts[] = {
		"",
		"nonsense\n",
		"vendor,product\n0951,1666\n",
		"vendor,product,serial\n0951,16666,S\n",
	};
	struct registered table;
	uint8_t *bytes = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		write_file(texts[i], strlen(texts[i]));
		if (policy_register_read(path, &bytes, &table) >= 0)
			fail_msg("this was taken: %s", texts[i]);
		assert_null(bytes);
	}
	assert_true(policy_register_read("/nowhere/register.csv", &bytes, &table) < 0);
}

static int enter(void **state)
{
	(void)state;
	return close(mkstemp(path));
}

static int leave(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(a_section),
		cmocka_unit_test(refusals),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, enter, leave);
}
