/* Lists of devices: what comes of each line, and what is said of what does not. */
#include "../policy/cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_text.h"
#include "policy/import/csv_values.h"

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

/* What is not on USB is another device, and need not have ids. */
static void buses(void **state)
{
	static const char text[] = "serial,bus,vendor,product\nS1,,0951,1666\nS1,mmc,0951,1666\n"
				   "WD-1,ata,,\nNV-1,nvme,1b36,10\n";
	static const struct {
		const char *text, *message;
	} refused[] = {
		{ "serial,bus,vendor,product\nS1,pci,0951,1666\n", "\"pci\" is no bus" },
		{ "serial,bus,vendor,product\n,mmc,0027,5048\n", "and there is none" },
		{ "serial,bus,vendor,product\nS1,mmc,card,5048\n", "\"card\" is not a vendor id" },
	};
	struct rules_error error;
	struct import import;

	(void)state;
	assert_int_equal(import_text(text, strlen(text), &strict, &import, &error), 0);
	assert_int_equal(import.n_media, 4);
	assert_int_equal(import.media[0].bus, BUS_USB);
	assert_int_equal(import.media[1].bus, BUS_MMC);
	assert_string_equal(import.media[1].serial, "S1");
	assert_int_equal(import.media[2].bus, BUS_NVME);
	assert_int_equal(import.media[2].product, 0x10);
	assert_int_equal(import.media[3].bus, BUS_ATA);
	assert_int_equal(import.media[3].vendor, 0);
	import_finish(&import);
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_int_equal(import_text(refused[i].text, strlen(refused[i].text), &lax,
					     &import, &error),
				 -EBADMSG);
		assert_int_equal(error.line, 2);
		assert_non_null(strstr(error.message, refused[i].message));
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_devices),
		cmocka_unit_test(strict_refuses_what_becomes_stricter),
		cmocka_unit_test(lists_that_are_refused),
		cmocka_unit_test(values),
		cmocka_unit_test(utf_16_is_refused),
		cmocka_unit_test(buses),
		cmocka_unit_test(files_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
