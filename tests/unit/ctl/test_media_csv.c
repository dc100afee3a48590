/* What of a list can be registered, and what is registered already. */
#include "tests/unit/policy/cmocka_test.h"

#include <stdio.h>
#include <string.h>

#include "server/ctl/media_body.h"
#include "server/ctl/media_csv.h"
#include "server/pki/cleanup.h"

static struct import_medium medium(char *serial, char *tag, int line)
{
	return (struct import_medium){
		.vendor = 0x0951,
		.product = 0x1666,
		.serial = serial,
		.tag = tag,
		.verdict = VERDICT_READ_ONLY,
		.modifiers = MODIFIER_TRAIL,
		.functions = FUNCTION_BIT(FUNCTION_STORAGE),
		.line = line,
	};
}

static void every_medium_needs_a_tag_of_its_own(void **state)
{
	(void)state;
	char serials[4][4] = { "S1", "S2", "S3", "S4" }, a[] = "A-1", b[] = "A-2", slash[] = "A/1",
	     colon[] = "A:1", longest[200];
	struct import_medium media[] = { medium(serials[0], a, 2), medium(serials[1], b, 3),
					 medium(serials[2], a, 4), medium(serials[3], a, 5) };
	struct import import = { .n_media = 2, .media = media };

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(media_csv_check("f", &import), 0);
	import.n_media = 4;
	assert_int_equal(media_csv_check("f", &import), 2);
	media[2].tag = NULL;
	media[3].tag = slash;
	assert_int_equal(media_csv_check("f", &import), 2);
	media[2].tag = colon;
	assert_int_equal(media_csv_check("f", &import), 2);
	import.n_media = 1;
	char **texts[] = { &media[0].name, &media[0].custodian, &media[0].unit };
	for (size_t i = 0; i < COUNT(texts); i++) {
		*texts[i] = longest;
		longest[128] = 'x';
		assert_int_equal(media_csv_check("f", &import), 1);
		longest[128] = '\0';
		assert_int_equal(media_csv_check("f", &import), 0);
		*texts[i] = NULL;
	}
	import.n_media = 0;
	assert_int_equal(media_csv_check("f", &import), 0);
}

static void what_is_registered_is_known(void **state)
{
	(void)state;
	char serial[] = "S1", tag[] = "A-1", other[] = "A-2";
	struct import_medium wanted = medium(serial, tag, 2);
	struct medium held = { .verdict = VERDICT_READ_ONLY,
			       .modifiers = MODIFIER_TRAIL,
			       .functions = FUNCTION_BIT(FUNCTION_STORAGE) };
	const struct media_register media = { 1, &held };
	const struct medium *found;

	snprintf(held.spec.tag, sizeof(held.spec.tag), "A-1");
	device_media_key(0x0951, 0x1666, "S1", held.key);
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_KNOWN);
	assert_ptr_equal(found, &held);
	wanted.tag = other;
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_OTHER);
	wanted = medium(serial, tag, 2);
	wanted.verdict = VERDICT_ALLOW;
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_OTHER);
	wanted = medium(serial, tag, 2);
	wanted.modifiers = 0;
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_OTHER);
	wanted = medium(serial, tag, 2);
	wanted.functions = ~0U;
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_OTHER);
	held.functions = FUNCTION_BIT(_FUNCTION_MAX) - 1;
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_KNOWN);
	held.withdrawn = true;
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_NEW);
	assert_null(found);
	wanted.product++;
	held.withdrawn = false;
	assert_int_equal(media_csv_compare(&media, &wanted, &found), MEDIA_CSV_NEW);
}

static void a_body_says_all(void **state)
{
	(void)state;
	struct media_body body = { .bus = BUS_MMC,
				   .vendor = 0x951,
				   .product = 0x1666,
				   .serial = "S",
				   .tag = "A-1",
				   .name = "n",
				   .unit = "財務",
				   .verdict = VERDICT_READ_ONLY,
				   .modifiers = MODIFIER_NOEXEC | MODIFIER_JUSTIFY,
				   .functions = FUNCTION_BIT(FUNCTION_STORAGE) };
	_cleanup_json_ json_t *json = media_body_to_json(&body);
	_cleanup_json_ json_t *wanted = json_pack(
		"{ss ss ss ss ss ss ss ss s[ss] s[s]}", "tag", "A-1", "bus", "mmc", "vendor",
		"0951", "product", "1666", "serial", "S", "name", "n", "unit", "財務", "verdict",
		"read-only", "modifiers", "noexec", "justify", "functions", "storage");

	assert_true(json_equal(json, wanted));
	body.functions = ~0U;
	_cleanup_json_ json_t *all = media_body_to_json(&body);
	assert_int_equal(json_array_size(json_object_get(all, "functions")), _FUNCTION_MAX);
	body.unit = "\xff";
	assert_null(media_body_to_json(&body));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_medium_needs_a_tag_of_its_own),
		cmocka_unit_test(what_is_registered_is_known),
		cmocka_unit_test(a_body_says_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
