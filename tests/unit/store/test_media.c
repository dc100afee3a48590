/* A tag is used once, a device has one entry in force, and nothing is deleted. */
#include "server/store/media.h"

#include "temporary.h"

static struct medium medium(const char *tag, const char *serial)
{
	struct medium m = { .vendor = "0951",
			    .product = "1666",
			    .name = "藍色隨身碟",
			    .verdict = VERDICT_READ_ONLY,
			    .modifiers = MODIFIER_NOEXEC | MODIFIER_NOTIFY,
			    .functions = FUNCTION_BIT(FUNCTION_STORAGE),
			    .custodian = "王小明",
			    .unit = "finance",
			    .registered = NOW,
			    .registered_by = "alice" };

	snprintf(m.tag, sizeof(m.tag), "%s", tag);
	snprintf(m.serial, sizeof(m.serial), "%s", serial);
	return m;
}

static int add(struct store *store, const char *tag, const char *serial)
{
	struct medium m = medium(tag, serial);

	return media_add(store, &m);
}

static int on_medium(void *context, const struct medium *m)
{
	struct medium *list = context;

	while (*list->tag)
		list++;
	*list = *m;
	return 0;
}

static void test_register(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct medium list[4] = { 0 };

	assert_int_equal(add(store, "A-002", "S2"), 0);
	assert_int_equal(add(store, "A-001", "S1"), 0);
	assert_int_equal(add(store, "A-001", "S3"), -EEXIST);
	assert_int_equal(add(store, "A-003", "S1"), -EEXIST);

	assert_int_equal(media_withdraw(store, "A-009", "bob", "lost", NOW + 1), -ENOENT);
	assert_int_equal(media_withdraw(store, "A-001", "bob", "lost", NOW + 1), 0);
	assert_int_equal(media_withdraw(store, "A-001", "bob", "lost", NOW + 1), -ENOENT);
	assert_int_equal(add(store, "A-001", "S4"), -EEXIST);
	assert_int_equal(add(store, "A-003", "S1"), 0);

	assert_int_equal(media_each(store, on_medium, list), 0);
	assert_string_equal(list[0].tag, "A-001");
	assert_int_equal(list[0].withdrawn, NOW + 1);
	assert_string_equal(list[0].custodian, "王小明");
	assert_int_equal(list[0].verdict, VERDICT_READ_ONLY);
	assert_int_equal(list[0].modifiers, MODIFIER_NOEXEC | MODIFIER_NOTIFY);
	assert_string_equal(list[0].name, "藍色隨身碟");
	assert_string_equal(list[1].tag, "A-002");
	assert_int_equal(list[1].withdrawn, 0);
	assert_string_equal(list[2].tag, "A-003");
	assert_string_equal(list[3].tag, "");
}

/* The same ids and serial on two buses are two devices. */
static void test_other_bus(void **state)
{
	struct store *store = ((struct temporary *)*state)->store;
	struct medium card = medium("A-002", "S1"), list[3] = { 0 };

	assert_int_equal(add(store, "A-001", "S1"), 0);
	card.bus = BUS_MMC;
	assert_int_equal(media_add(store, &card), 0);
	strcpy(card.tag, "A-003");
	assert_int_equal(media_add(store, &card), -EEXIST);
	assert_int_equal(media_each(store, on_medium, list), 0);
	assert_int_equal(list[0].bus, BUS_USB);
	assert_int_equal(list[1].bus, BUS_MMC);
}

/* A register from before media had names, modifiers and buses is kept. */
static void test_older_register(void **state)
{
	struct temporary *t = *state;
	struct medium list[2] = { 0 };

	assert_int_equal(add(t->store, "A-001", "S1"), 0);
	store_close(t->store);
	temporary_meddle(t, "ALTER TABLE host DROP COLUMN rolled_back;"
			    "DROP INDEX medium_device;"
			    "ALTER TABLE medium DROP COLUMN bus;"
			    "CREATE UNIQUE INDEX medium_device ON medium (vendor, product,"
			    " serial) WHERE withdrawn IS NULL;"
			    "ALTER TABLE medium DROP COLUMN name;"
			    "ALTER TABLE medium DROP COLUMN modifiers;" TEMPORARY_UNDO_5
			    "DELETE FROM migration WHERE version > 1;");
	temporary_open(t);
	assert_int_equal(media_each(t->store, on_medium, list), 0);
	assert_string_equal(list[0].tag, "A-001");
	assert_string_equal(list[0].name, "");
	assert_int_equal(list[0].modifiers, 0);
	assert_int_equal(list[0].bus, BUS_USB);
	assert_int_equal(add(t->store, "A-002", "S2"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temporary_setup, temporary_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_register), TEST(test_other_bus),
					    TEST(test_older_register) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
