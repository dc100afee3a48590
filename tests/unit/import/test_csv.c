/* Lists of devices: what comes of each line, and what is said of what does not. */
#include "../policy/cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <csv.h>

/* The n-th allocation of our own fails; or each of libcsv's, which asks for less after a failure.
 */
static size_t countdown;
static bool parser_fails;

static bool fails_now(void)
{
	return countdown > 0 && --countdown == 0;
}

static void *failing_malloc(size_t size)
{
	return fails_now() ? NULL : malloc(size);
}

static void *failing_reallocarray(void *memory, size_t n, size_t size)
{
	return fails_now() ? NULL : reallocarray(memory, n, size);
}

static char *failing_strdup(const char *text)
{
	return fails_now() ? NULL : strdup(text);
}

static void *failing_realloc(void *memory, size_t size)
{
	return parser_fails ? NULL : realloc(memory, size);
}

static int failing_csv_init(struct csv_parser *parser, unsigned char options)
{
	const int r = csv_init(parser, options);

	if (r == 0)
		csv_set_realloc_func(parser, failing_realloc);
	return r;
}

#define malloc	     failing_malloc
#define reallocarray failing_reallocarray
#undef strdup
#define strdup	 failing_strdup
#define csv_init failing_csv_init
#include "policy/import/csv.c"
#include "policy/import/csv_row.c"
#include "policy/import/csv_rules.c"
#include "policy/import/import.c"
#undef malloc
#undef reallocarray
#undef strdup
#undef csv_init

#include "policy/rules.h"

static const struct import_options lax = { .name = "list" };
static const struct import_options strict = { .name = "list", .strict = true };

static int import_text(const char *text, size_t size, const struct import_options *options,
		       struct import *ret, struct rules_error *error)
{
	const struct import_file file = { "list.csv", text, size };

	return import_csv(&file, 1, options, ret, error);
}

__attribute__((format(printf, 3, 4))) static void append(char *ret, size_t size, const char *format,
							 ...)
{
	const size_t n = strlen(ret);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret + n, size - n, format, arguments);
	va_end(arguments);
}

static const char *or_dash(const char *text)
{
	return text == NULL ? "-" : text;
}

/* "vvvv:pppp serial verdict modifiers functions tag name custodian unit;" for each medium, then the
 * rules, in words. */
static void show(const struct import *import, char *ret, size_t size)
{
	json_t *rule;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < import->n_media; i++) {
		const struct import_medium *medium = &import->media[i];

		append(ret, size, "%04x:%04x %s %s %x %x %s %s %s %s;", medium->vendor,
		       medium->product, medium->serial, verdict_to_text(medium->verdict),
		       medium->modifiers, medium->functions, or_dash(medium->tag),
		       or_dash(medium->name), or_dash(medium->custodian), or_dash(medium->unit));
	}
	json_array_foreach (json_object_get(import->rules, "rules"), i, rule) {
		char *match =
			json_dumps(json_object_get(rule, "match"), JSON_COMPACT | JSON_SORT_KEYS);
		char *modifiers = json_dumps(json_object_get(rule, "modifiers"), JSON_COMPACT);

		append(ret, size, "%s %s %s %s;", json_string_value(json_object_get(rule, "id")),
		       json_string_value(json_object_get(rule, "verdict")), match,
		       or_dash(modifiers));
		free(match);
		free(modifiers);
	}
}

/* What the rules are must be a document that the product reads. */
static void check_rules(const struct import *import)
{
	struct rules_error error;
	struct rules *rules;
	char *text;

	if (import->rules == NULL)
		return;
	text = json_dumps(import->rules, 0);
	assert_non_null(text);
	if (rules_parse(text, strlen(text), &rules, &error) < 0)
		fail_msg("%s: %s\n%s", error.path, error.message, text);
	rules_free(rules);
	free(text);
}

/* The number of notes that say something other than "There is no column of verdicts". */
static size_t effects(const struct import *import, enum import_effect effect)
{
	size_t n = 0;

	for (size_t i = 0; i < import->n_notes; i++)
		n += import->notes[i].effect == effect &&
		     strstr(import->notes[i].text, "no column of verdicts") == NULL;
	return n;
}

#define HEADER "vendor,product,serial,tag,name,custodian,unit,verdict,modifiers,functions\n"
#define IDS    "vendor,product,serial\n"
#define RIGHTS "vendor,product,serial,verdict\n"
#define TYPES  "Device Type,Vendor ID,Product ID,Serial Number\n"
#define PATHS  "Device Type,Parent Device Instance Path,Device Instance Path\n"
#define S1     "0951:1666 S1 allow 0 2 - - - -;"

/* What comes of a list, and how many notes of each kind there are. */
static const struct {
	const char *text, *wanted;
	size_t notes, stricter, left_out;
} lists[] = {
	/* Ours, in full. */
	{ HEADER "0951,1666,S1,T-1,Stick,Lin,Accounts,read-only,noexec trail,storage\n",
	  "0951:1666 S1 read-only 3 2 T-1 Stick Lin Accounts;" },
	{ HEADER "0951,1666,S1,,,,,allow,,storage phone\n"
		 "0951,1666,S2,,,,,deny,,\n0951,1666,S3,,,,,charge-only,notify,\n"
		 "0951,1666,S4,,,,,encrypted-only,,\n0951,1666,S5,,,,,allow,justify,all\n",
	  "0951:1666 S1 allow 0 6 - - - -;0951:1666 S2 deny 0 ffffffff - - - -;"
	  "0951:1666 S3 charge-only 4 ffffffff - - - -;"
	  "0951:1666 S4 encrypted-only 0 2 - - - -;0951:1666 S5 allow 8 ffffffff - - - -;" },
	{ "廠商代碼,產品代碼,序號,財產編號,保管人,單位,名稱,處置\n"
	  "0951,1666,S1,財-1,林小姐,會計室,隨身碟,唯讀\n",
	  "0951:1666 S1 read-only 0 2 財-1 隨身碟 林小姐 會計室;" },
	/* The header: any order, case, blanks, marks, ends of lines, delimiters. */
	{ "SERIAL NUMBER;PID;VID\nS1;1666;0951\n", S1 },
	{ "S/N\tProduct_ID\tidVendor\nS1\t1666\t0951\n", S1 },
	{ "\xef\xbb\xbf" IDS "0951,1666,S1\n", S1 },
	{ "\"vendor\",\"product\",\"serial\"\r\n\"0951\",\"1666\",\"S1\"\r\n", S1 },
	{ "vendor,product,serial\r0951,1666,S1\r", S1 },
	{ "\n\r\n  \n" IDS "\n\n0951,1666,S1\n\n,,\n\n", S1 },
	{ IDS " 0951 , 1666 ,S1", S1 },
	{ "vendor,product,serial,Colour,\n0951,1666,S1,red,x\n", S1, .left_out = 1 },
	{ "vendor,product,serial,name,device name\n0951,1666,S1,A,B\n",
	  "0951:1666 S1 allow 0 2 - A - -;", .left_out = 1 },
	{ IDS, "" },
	/* Ids. */
	{ IDS "951,0x1666,S1\n", S1 },
	{ IDS "VID_0951,pid_1666,S1\n", S1 },
	{ IDS "0X0951,1666,S1\nAbCd,eF,S2\n", S1 "abcd:00ef S2 allow 0 2 - - - -;" },
	/* Texts. */
	{ "vendor,product,serial,name\n0951,1666,\"a,\"\"b\"\"\",\"two words\"\n",
	  "0951:1666 a,\"b\" allow 0 2 - two words - -;" },
	{ "vendor,product,serial,tag\n0951,1666,S1,12345678901234567890123\n",
	  "0951:1666 S1 allow 0 2 12345678901234567890123 - - -;" },
	{ "vendor,product,serial,tag\n0951,1666,S1,123456789012345678901234\n", S1, .notes = 1 },
	/* The words of the products. */
	{ RIGHTS "0951,1666,S1,Allow Access\n", S1 },
	{ RIGHTS "0951,1666,S1,Deny Access\n", "0951:1666 S1 deny 0 ffffffff - - - -;" },
	{ RIGHTS "0951,1666,S1,BLOCK\n", "0951:1666 S1 deny 0 ffffffff - - - -;" },
	{ RIGHTS "0951,1666,S1,Enable Read-Only Access\n", "0951:1666 S1 read-only 0 2 - - - -;" },
	{ RIGHTS "0951,1666,S1,TD1+\n", "0951:1666 S1 encrypted-only 0 2 - - - -;", .stricter = 1 },
	{ RIGHTS "0951,1666,S1,Trusted Device Level 4\n",
	  "0951:1666 S1 encrypted-only 0 2 - - - -;", .stricter = 1 },
	{ RIGHTS "0951,1666,S1,Allow Access if TD Level 1+ Device\n",
	  "0951:1666 S1 encrypted-only 0 2 - - - -;", .stricter = 1 },
	{ RIGHTS "0951,1666,S1,TD5\n0951,1666,S2,TD1x\n0951,1666,S3,\n0951,1666,S4,sometimes\n",
	  "0951:1666 S1 deny 0 ffffffff - - - -;0951:1666 S2 deny 0 ffffffff - - - -;"
	  "0951:1666 S3 deny 0 ffffffff - - - -;0951:1666 S4 deny 0 ffffffff - - - -;",
	  .stricter = 4 },
	{ RIGHTS "0951,1666,S1,Preserve Global Settings\n", "", .stricter = 1 },
	/* An inventory of Endpoint Protector says nothing of what is allowed. */
	{ "Name,Friendly Name,VID,PID,Serial Number\nA,B,0951,1666,S1\n", "", .stricter = 1,
	  .left_out = 1 },
	{ "Name,Type,VID,PID,Serial Number\nA,USB Storage Device,0951,1666,S1\n", "",
	  .stricter = 1 },
	{ "Name,Type,VID,PID,Serial Number,Department,Custom Class,Rights\n"
	  "A,Digital Camera,0951,1666,S1,HQ,C,Allow Access\n",
	  "0951:1666 S1 allow 0 4 - A - HQ;", .left_out = 1 },
	/* Types. */
	{ TYPES "1,0951,1666,S1\n6,0951,1666,S2\n17,0951,1666,S3\n",
	  S1 "0951:1666 S2 allow 0 200 - - - -;0951:1666 S3 allow 0 28 - - - -;" },
	{ TYPES "12,0951,1666,S1\n0,0951,1666,S2\n99,0951,1666,S3\n123,0951,1666,S4\n",
	  "0951:1666 S1 deny 0 ffffffff - - - -;0951:1666 S2 deny 0 ffffffff - - - -;"
	  "0951:1666 S3 deny 0 ffffffff - - - -;0951:1666 S4 deny 0 ffffffff - - - -;",
	  .stricter = 4 },
	{ "type,vendor,product,serial,verdict\nSpaceship,0951,1666,S1,allow\n"
	  "Spaceship,0951,1666,S2,deny\n",
	  "0951:1666 S1 deny 0 ffffffff - - - -;0951:1666 S2 deny 0 ffffffff - - - -;",
	  .stricter = 1 },
	/* What only storage can be. */
	{ HEADER "0951,1666,S1,,,,,read-only,,phone\n", "0951:1666 S1 read-only 0 4 - - - -;",
	  .stricter = 1 },
	/* Windows' paths: of the device, else of its parent. */
	{ PATHS "1,USB\\VID_0951&PID_1666\\S1,USBSTOR\\DISK&VEN_K&PROD_D\\S1&0\n", S1 },
	{ PATHS "1,USB\\ROOT_HUB30\\4&1,usb\\vid_0951&pid_1666\\S1\n", S1 },
	{ PATHS "1,USB\\VID_0951&PID_1666\\5&2B&0&3,USBSTOR\\DISK\\6&1\n", "", .stricter = 1 },
	{ PATHS "17,USB\\VID_0951&PID_1666\\S1,USB\\VID_0951&PID_1666&MI_00\\7&1&0000\n",
	  "0951:1666 S1 allow 0 28 - - - -;" },
	{ "Parent Instance Path\nUSB\\VID_0951&PID_1666\\S1\n", S1 },
	{ "vendor,product,serial,instance path\n0951,1666,S1,\n,,,USB\\VID_0951&PID_1666\\S2\n",
	  S1 "0951:1666 S2 allow 0 2 - - - -;" },
	/* Lines for more than one device. */
	{ IDS "0951,1666,\n",
	  "csv-1 allow {\"function\":[\"storage\"],\"product\":\"1666\","
	  "\"vendor\":\"0951\"} -;",
	  .notes = 1 },
	{ RIGHTS "0951,,,allow\n0951,1666,,deny\n",
	  "csv-2 deny {\"product\":\"1666\",\"vendor\":\"0951\"} -;"
	  "csv-1 allow {\"function\":[\"storage\"],\"vendor\":\"0951\"} -;",
	  .notes = 2 },
	{ TYPES "1,0951,1666,A?1*\n",
	  "csv-1 allow {\"function\":[\"storage\"],\"product\":\"1666\",\"serial\":{\"glob\":"
	  "\"A?1??*\"},\"vendor\":\"0951\"} -;",
	  .notes = 1 },
	{ "type,vendor,product,serial,verdict\n1,0951,1666,A\\*,deny\n",
	  "csv-1 deny {\"product\":\"1666\",\"serial\":{\"glob\":\"A\\\\\\\\*\"},"
	  "\"vendor\":\"0951\"} -;",
	  .notes = 1 },
	{ IDS "0951,1666,A*\n", "0951:1666 A* allow 0 2 - - - -;" },
	{ HEADER "0951,1666,,,,,,read-only,noexec notify,storage phone\n",
	  "csv-1 read-only {\"function\":[\"storage\"],\"product\":\"1666\",\"vendor\":\"0951\"} "
	  "[\"noexec\",\"notify\"];"
	  "csv-1-other deny {\"function\":[\"phone\"],\"product\":\"1666\",\"vendor\":\"0951\"} "
	  "-;",
	  .notes = 1, .stricter = 1 },
	{ HEADER "0951,1666,,,,,,allow,trail notify,storage phone\n",
	  "csv-1 allow {\"function\":[\"storage\"],\"product\":\"1666\",\"vendor\":\"0951\"} "
	  "[\"trail\",\"notify\"];"
	  "csv-1-other allow {\"function\":[\"phone\"],\"product\":\"1666\",\"vendor\":\"0951\"} "
	  "[\"notify\"];",
	  .notes = 1 },
	{ HEADER "0951,1666,,,,,,charge-only,,phone hub\n",
	  "csv-1-other charge-only {\"function\":[\"phone\"],\"product\":\"1666\",\"vendor\":"
	  "\"0951\"} -;"
	  "csv-1-hub deny {\"function\":[\"hub\"],\"product\":\"1666\",\"vendor\":\"0951\"} -;",
	  .notes = 1 },
	/* The same device twice: the stricter of both. */
	{ IDS "0951,1666,S1\n0951,1666,S1\n", S1, .notes = 1 },
	{ RIGHTS "0951,1666,S1,allow\n951,1666,S1,read-only\n0951,1666,S1,allow\n",
	  "0951:1666 S1 read-only 0 2 - - - -;", .stricter = 2 },
	{ RIGHTS "0951,1666,S1,read-only\n0951,1666,S1,encrypted-only\n",
	  "0951:1666 S1 charge-only 0 2 - - - -;", .stricter = 1 },
	{ HEADER "0951,1666,S1,,,,,allow,trail,storage\n0951,1666,S1,,,,,deny,,phone\n",
	  "0951:1666 S1 deny 2 6 - - - -;", .stricter = 1 },
	{ RIGHTS "0951,1666,,allow\n0951,1666,,deny\n",
	  "csv-1 deny {\"product\":\"1666\",\"vendor\":\"0951\"} -;", .notes = 2, .stricter = 1 },
	/* Not the same: a serial is bytes. */
	{ IDS "0951,1666,S1\n0951,1666,s1\n", S1 "0951:1666 s1 allow 0 2 - - - -;" },
};

static void lists_of_devices(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct rules_error error;
		struct import import;
		char shown[4096];

		if (import_text(lists[i].text, strlen(lists[i].text), &lax, &import, &error) < 0)
			fail_msg("list %zu: line %d: %s\n%s", i, error.line, error.message,
				 lists[i].text);
		show(&import, shown, sizeof(shown));
		if (strcmp(shown, lists[i].wanted) != 0)
			fail_msg("list %zu:\n%sis    %s\nnot   %s", i, lists[i].text, shown,
				 lists[i].wanted);
		if (effects(&import, IMPORT_NOTE) != lists[i].notes ||
		    effects(&import, IMPORT_STRICTER) != lists[i].stricter ||
		    effects(&import, IMPORT_LEFT_OUT) != lists[i].left_out) {
			for (size_t n = 0; n < import.n_notes; n++)
				print_error("%d %s\n", import.notes[n].effect,
					    import.notes[n].text);
			fail_msg("list %zu: notes\n%s", i, lists[i].text);
		}
		check_rules(&import);
		import_finish(&import);
	}
}

static void strict_refuses_what_becomes_stricter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct rules_error error;
		struct import import = { .n_media = 77 };
		const int r =
			import_text(lists[i].text, strlen(lists[i].text), &strict, &import, &error);

		if (r != (lists[i].stricter > 0 ? -EBADMSG : 0))
			fail_msg("list %zu: %d\n%s", i, r, lists[i].text);
		if (r == 0)
			import_finish(&import);
		else
			assert_true(error.line > 1 && import.n_media == 77);
	}
}

static void lists_that_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int line;
		const char *message; /* a part of it */
	} table[] = {
		{ "", 1, "no header line" },
		{ "\n\n,,\n", 3, "no header line" },
		{ "0951,1666,S1\n", 1, "found: 0951, 1666, S1." },
		{ "vendor,product\n0951,1666\n", 1, "must be vendor, product and serial" },
		{ "product,serial\n", 1, "found: product, serial." },
		{ "vendor,product,type,last user\n", 1, "found: vendor" },
		{ "\nvendor,serial,colour\n", 2, "found: vendor, serial, colour." },
		{ "vendor,vid,product,serial\n", 1, "\"vid\" says what another one says" },
		{ IDS "0951,1666\n", 2, "has 2 cells, and the header line 3" },
		{ IDS "\n0951,1666,S1,x\n", 3, "has 4 cells, and the header line 3" },
		{ IDS "0951,1666,S1\nhello,1666,S2\n", 3, "\"hello\" is not a vendor id" },
		{ IDS "0951,12345,S1\n", 2, "\"12345\" is not a product id" },
		{ IDS "0951,0x,S1\n", 2, "\"0x\" is not a product id" },
		{ IDS ",1666,S1\n", 2, "\"\" is not a vendor id" },
		{ IDS "0951,,S1\n", 2, "no product id" },
		{ IDS "0951,1666,1.23457E+15\n", 2, "a spreadsheet has rounded" },
		{ IDS "0951,1666,\"S1\n", 2, "quotation mark" },
		{ IDS "0951,1666,S\"1\n", 2, "quotation mark" },
		{ IDS "0951,1666,\"a\nb\"\n", 2, "do not show" },
		{ IDS "0951,1666,S1\n0951,1666,\"a\nb\",x\n", 3, "has 4 cells" },
		{ IDS "0951,1666,\xa7\xc7\n", 2, "not UTF-8" },
		{ HEADER "0951,1666,S1,,,,,allow,,stick\n", 2, "\"stick\" are not functions" },
		{ HEADER "0951,1666,S1,,,,,allow,,\"; \"\n", 2, "are not functions" },
		{ HEADER "0951,1666,S1,,,,,allow,often,\n", 2, "\"often\" are not modifiers" },
		{ PATHS "1,ACPI\\PNP0303\\4,HID\\VID_0951\\1\n", 2, "not the path of a USB" },
		{ PATHS "1,,USB\\VID_0951&PID_16g6\\S1\n", 2, "not the path of a USB" },
		{ PATHS "1,,USB\\VID_0951&PID_1666\n", 2, "not the path of a USB" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct rules_error error;
		struct import import;
		const int r =
			import_text(table[i].text, strlen(table[i].text), &lax, &import, &error);

		if (r != -EBADMSG || error.line != table[i].line ||
		    strstr(error.message, table[i].message) == NULL)
			fail_msg("%zu: %d, line %d: %s", i, r, error.line,
				 r < 0 ? error.message : "");
		assert_string_equal(error.path, "list.csv");
	}
}

static void values(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool rounded;
	} numbers[] = {
		{ "1E+5", true },   { "1.2e+15", true }, { "1.E+1", true },   { "1E15", false },
		{ "1E+", false },   { "1E+5x", false },	 { "E+5", false },    { "", false },
		{ "12345", false }, { "1.5", false },	 { "1.5F+3", false },
	};
	static const struct {
		const char *path, *serial;
		int r;
	} paths[] = {
		{ "USB\\VID_0951&PID_1666\\S1", "S1", 0 },
		{ "usb\\vid_0951&pid_1666\\S1", "S1", 0 },
		{ "USB\\VID_0951&PID_1666\\", NULL, 0 },
		{ "USB\\VID_0951&PID_1666\\5&1", NULL, 0 },
		{ "USB\\VID_0951&PID_1666\\5\\1", NULL, 0 },
		{ "USB\\VID_0951&PID_1666&MI_00\\S1", NULL, 0 },
		{ "USB\\VID_0951&PID_1666&MI_00", NULL, -EINVAL },
		{ "USB\\VID_0951&XID_1666\\S1", NULL, -EINVAL },
		{ "USB\\VID_095x&PID_1666\\S1", NULL, -EINVAL },
		{ "HID\\VID_0951&PID_1666\\S1", NULL, -EINVAL },
		{ "", NULL, -EINVAL },
	};
	static const struct {
		const char *text;
		int id;
	} ids[] = {
		{ "ffFF", 0xffff }, { "0", 0 },		 { "09AF", 0x09af },   { "0xg", -EINVAL },
		{ "", -EINVAL },    { "VID_", -EINVAL }, { "0951 ", -EINVAL },
	};
	char word[CSV_WORD_SIZE], longer[100];
	function_set functions;
	enum verdict verdict;

	for (size_t i = 0; i < COUNT(numbers); i++)
		assert_int_equal(csv_is_rounded(numbers[i].text), numbers[i].rounded);
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_int_equal(csv_id(ids[i].text), ids[i].id);
	for (size_t i = 0; i < COUNT(paths); i++) {
		const char *serial = NULL;
		uint16_t vendor, product;

		assert_int_equal(csv_path(paths[i].path, &vendor, &product, &serial), paths[i].r);
		assert_int_equal(serial == NULL, paths[i].serial == NULL);
		if (serial != NULL)
			assert_string_equal(serial, paths[i].serial);
	}
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	csv_word(longer, word);
	assert_string_equal(word, "");
	assert_int_equal(csv_right(longer, &verdict), CSV_RIGHT_UNKNOWN);
	assert_int_equal(csv_functions(longer, &functions), -EINVAL);
	assert_int_equal(csv_functions("*", &functions), 0);
	assert_int_equal(functions, ~(function_set)0);
	assert_int_equal(csv_type("[a]{b}~@Z"), 0);
	assert_int_equal(csv_type("18"), FUNCTION_BIT(FUNCTION_STORAGE));
	assert_int_equal(csv_type("19"), 0);
}

static void utf_16_is_refused(void **state)
{
	(void)state;
	static const char text[] = "v\0e\0n\0d\0o\0r\0,\0p\0r\0o\0d\0u\0c\0t\0,\0s\0\n\0";
	struct rules_error error;
	struct import import;

	assert_int_equal(import_text(text, sizeof(text) - 1, &lax, &import, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "UTF-16"));
}

static void files_together(void **state)
{
	(void)state;
	static const char a[] = IDS "0951,1666,S1\n0951,1666,S2\n";
	static const char b[] = "序號;廠商代碼;產品代碼;處置\nS1;0951;1666;阻擋\n";
	const struct import_file files[] = { { "a.csv", a, sizeof(a) - 1 },
					     { "b.csv", b, sizeof(b) - 1 } };
	struct rules_error error;
	struct import import;
	char shown[256];

	assert_int_equal(import_csv(files, 2, &lax, &import, &error), 0);
	show(&import, shown, sizeof(shown));
	assert_string_equal(shown, "0951:1666 S1 deny 0 ffffffff - - - -;"
				   "0951:1666 S2 allow 0 2 - - - -;");
	assert_string_equal(import.notes[1].file, "b.csv");
	assert_int_equal(import.notes[1].line, 2);
	assert_non_null(strstr(import.notes[1].text, "line 2 of a.csv"));
	import_finish(&import);

	assert_int_equal(import_csv(files, 0, &lax, &import, &error), 0);
	assert_int_equal(import.n_media, 0);
	import_finish(&import);
}

/* @n lines, each made by @format from its number. */
static char *lines(const char *header, const char *format, size_t n)
{
	char *text = malloc(strlen(header) + n * 40 + 1), *end = stpcpy(text, header);

	for (size_t i = 0; i < n; i++)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		end += snprintf(end, 40, format, i);
#pragma GCC diagnostic pop
	return text;
}

static void limits(void **state)
{
	(void)state;
	static struct import_file files[IMPORT_MAX_FILES + 1];
	struct rules_error error;
	struct import import;
	char *text;

	for (size_t i = 0; i < COUNT(files); i++)
		files[i] = (struct import_file){ "f", IDS, strlen(IDS) };
	assert_int_equal(import_csv(files, COUNT(files), &lax, &import, &error), -E2BIG);
	assert_int_equal(import_csv(files, COUNT(files) - 1, &lax, &import, &error), 0);
	import_finish(&import);
	assert_int_equal(import_text(IDS, IMPORT_MAX_BYTES + 1, &lax, &import, &error), -E2BIG);

	text = lines(IDS, "%04zx,1666,\n", RULES_MAX_RULES + 1);
	assert_int_equal(import_text(text, strlen(text), &lax, &import, &error), -E2BIG);
	assert_non_null(strstr(error.message, "20000 rules"));
	*strrchr(text, ',') = '\0';
	*(strrchr(text, '\n') + 1) = '\0';
	assert_int_equal(import_text(text, strlen(text), &lax, &import, &error), 0);
	check_rules(&import);
	import_finish(&import);
	free(text);

	text = lines(IDS, "0951,1666,S%zu\n", 100000);
	assert_int_equal(import_text(text, strlen(text), &lax, &import, &error), 0);
	assert_int_equal(import.n_media, 100000);
	import_finish(&import);
	free(text);
}

/* A cell, a serial and a header line of the greatest size, and of one more. */
static void sizes(void **state)
{
	(void)state;
	static const struct {
		size_t cell, serial, columns;
		bool good;
	} table[] = {
		{ 4096, 378, 64, true },
		{ 4097, 378, 64, false },
		{ 4096, 379, 64, false },
		{ 4096, 378, 65, false },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[8192] = "vendor,product,serial,note";
		char cell[4098] = "", serial[400] = "";
		struct rules_error error;
		struct import import;
		int r;

		memset(cell, 'x', table[i].cell);
		memset(serial, 'y', table[i].serial);
		for (size_t c = 4; c < table[i].columns; c++)
			append(text, sizeof(text), ",");
		append(text, sizeof(text), "\n0951,1666,%s,%s", serial, cell);
		for (size_t c = 4; c < table[i].columns; c++)
			append(text, sizeof(text), ",");
		r = import_text(text, strlen(text), &lax, &import, &error);
		if (r != (table[i].good ? 0 : -EBADMSG))
			fail_msg("%zu: %d %s", i, r, r < 0 ? error.message : "");
		if (r == 0)
			import_finish(&import);
	}
}

/* A pattern that is as long as a rule's may be, and one that is longer. */
static void long_patterns(void **state)
{
	(void)state;
	for (size_t stars = 126; stars <= 127; stars++) {
		char text[512] = TYPES "1,0951,1666,", serial[128] = "";
		struct rules_error error;
		struct import import;
		int r;

		memset(serial, '*', stars);
		append(text, sizeof(text), "%s\n", serial);
		r = import_text(text, strlen(text), &lax, &import, &error);
		assert_int_equal(r, stars == 126 ? 0 : -EBADMSG);
		if (r == 0) {
			check_rules(&import);
			import_finish(&import);
		} else {
			assert_non_null(strstr(error.message, "pattern is too long"));
		}
	}
}

#define EACH_KIND                                                                                  \
	"\xef\xbb\xbf" HEADER "0951,1666,S1,T,N,C,U,read-only,noexec,storage phone\r\n"            \
	"0951,1666,S1,T,N,C,U,TD1+,,\n0951,1666,,,,,,charge-only,notify,\n0951,,,,,,,allow,,all\n" \
	"\"0951\",\"1666\",\"a,b\",,,,\"x\",never,,\n"

static void every_truncation_ends_well(void **state)
{
	(void)state;
	static const char text[] = EACH_KIND;

	for (size_t size = 0; size < sizeof(text); size++) {
		char *cut = malloc(size + 1); /* so that a byte too many is seen */
		struct rules_error error;
		struct import import;

		memcpy(cut, text, size);
		const int r = import_text(cut, size, &lax, &import, &error);

		assert_true(r == 0 || r == -EBADMSG);
		if (r == 0) {
			check_rules(&import);
			import_finish(&import);
		} else {
			assert_true(error.line >= 1 && error.line <= 6);
			assert_true(error.message[0] != '\0');
		}
		free(cut);
	}
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	static const char text[] = EACH_KIND;
	size_t n = 0;
	int r;

	do {
		struct rules_error error;
		struct import import = { .n_media = 77 };

		countdown = ++n;
		r = import_text(text, sizeof(text) - 1, &lax, &import, &error);
		if (r == 0) {
			assert_true(countdown > 0);
			import_finish(&import);
		} else {
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(countdown, 0);
			assert_int_equal(import.n_media, 77);
		}
	} while (r != 0);
	countdown = 0;
	assert_in_range(n, 50, 1000);
}

static void the_parser_runs_out_of_memory(void **state)
{
	(void)state;
	struct rules_error error;
	struct import import;

	parser_fails = true;
	assert_int_equal(import_text(IDS, strlen(IDS), &lax, &import, &error), -ENOMEM);
	parser_fails = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_devices),
		cmocka_unit_test(strict_refuses_what_becomes_stricter),
		cmocka_unit_test(lists_that_are_refused),
		cmocka_unit_test(values),
		cmocka_unit_test(utf_16_is_refused),
		cmocka_unit_test(files_together),
		cmocka_unit_test(limits),
		cmocka_unit_test(sizes),
		cmocka_unit_test(long_patterns),
		cmocka_unit_test(every_truncation_ends_well),
		cmocka_unit_test(each_allocation_fails_once),
		cmocka_unit_test(the_parser_runs_out_of_memory),
	};

	json_set_alloc_funcs(failing_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
