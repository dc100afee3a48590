/* USBGuard rules: what each construct becomes and what is noted. */
#include "../policy/cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usbguard_text.h"

/* @text with '"' for each '\''. */
static json_t *json_of(const char *text)
{
	char *copy = strdup(text);
	json_error_t error;

	for (char *at = copy; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	json_t *value = json_loads(copy, 0, &error);
	if (value == NULL)
		fail_msg("%s: %s", text, error.text);
	free(copy);
	return value;
}

#define HASH	       "9/PE5i2HDlW98nioOitxPz7Q8l1H89DADQAu2DZ1bds="
#define HASH2	       "ZSJ9VeracyBokc3CP59WLoIuGj39C18ZUdqfqClxodY="
#define ALLOW	       "'verdict':'allow'}"
#define DENY	       "'verdict':'deny'}"
#define RULE(n, match) "{'id':'line-1" n "','match':{'bus':'usb'" match "},"

static const struct construct {
	const char *source, *rules, *notes;
} constructs[] = {
	/* Targets. */
	{ "allow", "[" RULE("", "") ALLOW "]", "" },
	{ "block", "[" RULE("", "") DENY "]", "" },
	{ "reject", "[" RULE("", "") DENY "]", "note reject;" },
	{ "match", "[" RULE("", "") DENY "]", "stricter -;" },
	{ "device", "[" RULE("", "") DENY "]", "stricter -;" },

	/* Lines. */
	{ "", "[]", "" },
	{ " \t ", "[]", "" },
	{ "# allow", "[]", "left-out -;" },
	{ " \tallow \t", "[" RULE("", "") ALLOW "]", "" },
	{ "allow#everything", "[" RULE("", "") ALLOW "]", "left-out -;" },
	{ "allow 1234:5678 # \"one\"", "[" RULE("", ",'vendor':'1234','product':'5678'") ALLOW "]",
	  "left-out -;" },
	{ "allow\r\n", "[" RULE("", "") ALLOW "]", "" },
	{ "allow\n\nblock\n",
	  "[" RULE("", "") ALLOW ",{'id':'line-3','match':{'bus':'usb'}," DENY "]", "" },

	/* Ids. */
	{ "allow 1234:*", "[" RULE("", ",'vendor':'1234'") ALLOW "]", "" },
	{ "allow *:*", "[" RULE("", "") ALLOW "]", "" },
	{ "allow id 1234:00ab", "[" RULE("", ",'vendor':'1234','product':'00ab'") ALLOW "]", "" },
	{ "allow 12AB:00ab", "[" RULE("", ",'vendor':'12ab','product':'00ab'") ALLOW "]",
	  "note id;" },
	{ "allow id one-of { 2222:* 1111:* 3333:0002 3333:0001 1111:* 1111:0001 }",
	  "[" RULE("", ",'vendor':'3333','product':['0001','0002']") ALLOW
	  "," RULE(".2", ",'vendor':['1111','2222']") ALLOW "]",
	  "" },
	{ "allow id one-of { 1234:5678 *:* }", "[" RULE("", "") ALLOW "]", "" },
	{ "allow id match-all { 1234:* 5678:* }",
	  "[" RULE("", ",'vendor':['1234','5678']") ALLOW "]", "note id;" },
	{ "allow id none-of { 1234:* 0000:0000 ffff:0001 ffff:0003 ffff:ffff }",
	  "[" RULE("", ",'vendor':'0000','product':{'from':'0001','to':'ffff'}") ALLOW
	  "," RULE(".2", ",'vendor':'ffff','product':['0000','0002',{'from':'0004','to':'fffe'}]")
		  ALLOW
	  "," RULE(".3", ",'vendor':[{'from':'0001','to':'1233'},{'from':'1235','to':'fffe'}]")
		  ALLOW "]",
	  "" },
	{ "block id none-of { *:* }", "[]", "left-out -;" },
	{ "allow id all-of { 1234:* 1234:5678 *:* }",
	  "[" RULE("", ",'vendor':'1234','product':'5678'") ALLOW "]", "" },
	{ "allow id all-of { 1234:5678 1234:5679 }", "[]", "left-out -;" },
	{ "allow id all-of { 1234:* 1235:5679 }", "[]", "left-out -;" },
	{ "allow id { 1234:* 1234:* }", "[" RULE("", ",'vendor':'1234'") ALLOW "]", "note id;" },
	/* The manual leaves open whether one device can equal two values. */
	{ "allow id equals { 1234:* 1234:5678 }", "[]", "left-out -;" },
	{ "allow id equals-ordered { 1234:* 1234:5678 }", "[]", "left-out -;" },
	{ "block id equals { 1234:* 1234:5678 }",
	  "[" RULE("", ",'vendor':'1234','product':'5678'") DENY "]", "note id;" },

	/* Texts. */
	{ "allow name \"a\\\"b\\\\c\\x41*\"", "[" RULE("", ",'name':'a\\u0022b\\\\cA*'") ALLOW "]",
	  "" },
	{ "allow name \"\"", "[" RULE("", ",'name':''") ALLOW "]", "" },
	{ "allow name \"\xe7\xa2\x9f\"", "[" RULE("", ",'name':'\xe7\xa2\x9f'") ALLOW "]", "" },
	{ "allow name one-of { \"b\" \"a\" \"b\" }", "[" RULE("", ",'name':['a','b']") ALLOW "]",
	  "" },
	{ "allow name match-all { \"a\" \"b\" }", "[" RULE("", ",'name':['a','b']") ALLOW "]",
	  "note name;" },
	{ "allow name all-of { \"a\" }", "[" RULE("", ",'name':'a'") ALLOW "]", "" },
	{ "allow name equals-ordered { \"a\" \"a\" }", "[" RULE("", ",'name':'a'") ALLOW "]",
	  "note name;" },
	{ "allow name { \"a\" \"b\" }", "[]", "left-out -;" },
	{ "allow name all-of { \"a\" \"b\" }", "[]", "left-out -;" },
	{ "allow name one-of { \"a\" \"b\\x00\" }", "[" RULE("", ",'name':'a'") ALLOW "]", "" },
	{ "block name \"b\\x00\"", "[]", "left-out -;" },
	{ "block name all-of { \"b\" \"b\\x00\" }", "[]", "left-out -;" },
	{ "block name none-of { \"b\\x00\" }", "[" RULE("", "") DENY "]", "" },
	/* No device is left with such a text (test_usbguard_ends). */
	{ "allow serial \"S1\\x09\"", "[]", "left-out serial;left-out -;" },
	{ "block name none-of { \"b\\x0a\" }", "[" RULE("", "") DENY "]", "left-out name;" },
	{ "allow name one-of { \"a \" \"b\\x0d\" }", "[" RULE("", ",'name':'a '") ALLOW "]",
	  "left-out name;" },
	{ "allow name \"\\xff\"", "[]", "stricter name;" },
	{ "allow name one-of { \"\\xff\" \"a\" }", "[" RULE("", ",'name':'a'") ALLOW "]",
	  "stricter name;" },
	{ "allow name none-of { \"\\xff\" }", "[]", "stricter name;" },
	{ "block name one-of { \"\\xff\" \"a\" }", "[" RULE("", "") DENY "]", "stricter name;" },
	{ "block name none-of { \"\\xff\" }", "[" RULE("", "") DENY "]", "stricter name;" },
	{ "allow serial \"S1\"", "[" RULE("", ",'serial':'S1'") ALLOW "]", "" },
	{ "allow serial \"\"", "[" RULE("", ",'identity':'none'") ALLOW "]", "" },
	{ "allow serial one-of { \"\" \"S1\" \"S2\" }",
	  "[" RULE("", ",'identity':'none'") ALLOW "," RULE(".2", ",'serial':['S1','S2']") ALLOW
	  "]",
	  "" },
	{ "allow serial none-of { \"\" }", "[" RULE("", ",'serial':{'glob':'*'}") ALLOW "]", "" },
	{ "block serial none-of { \"\" }", "[" RULE("", ",'serial':{'glob':'*'}") DENY "]", "" },
	{ "allow hash \"" HASH "\" parent-hash one-of { \"" HASH2 "\" \"" HASH "\" }",
	  "[" RULE("", ",'usbguard-hash':'" HASH "','usbguard-parent-hash':['" HASH "','" HASH2
		       "']") ALLOW "]",
	  "" },
	{ "allow hash \"044b5e168d40ee0245478416caf3d998\"", "[]", "stricter hash;" },
	{ "block 1050:0011 hash \"044b5e168d40ee0245478416caf3d998\"",
	  "[" RULE("", ",'vendor':'1050','product':'0011'") DENY "]", "stricter hash;" },
	{ "allow parent-hash none-of { \"x\" \"" HASH "\" }", "[]", "stricter parent-hash;" },
	{ "allow via-port \"1-2.3\"", "[" RULE("", ",'port':'1-2.3'") ALLOW "]", "" },
	{ "allow via-port one-of { \"usb1\" \"10-2\" \"1-\" \"1-2.\" \"1-2-3\" \"-1\" \"12\" "
	  "\"1-2\" "
	  "\"1-2.3.4.5.6.7.8.9.10.11.12.13.14\" \"\" \"1-1.x\" }",
	  "[" RULE("", ",'port':['1-2','10-2']") ALLOW "]", "left-out via-port;" },
	{ "block via-port \"usb1\"", "[]", "left-out via-port;left-out -;" },

	/* What is excluded is said before, and left to the rules behind. */
	{ "allow 1234:* serial none-of { \"a\" \"b\" }",
	  "[" RULE("", ",'vendor':'1234','serial':['a','b']") DENY
	  "," RULE(".2", ",'vendor':'1234'") ALLOW "]",
	  "" },
	{ "allow serial none-of { \"a\" \"\" }",
	  "[" RULE("", ",'serial':'a'") DENY "," RULE(".2", ",'serial':{'glob':'*'}") ALLOW "]",
	  "" },
	{ "block via-port none-of { \"1-1\" }\nallow 1234:*",
	  "[{'id':'line-2','match':{'bus':'usb','vendor':'1234','port':'1-1'}," ALLOW "," RULE(
		  "", "") DENY ",{'id':'line-2.2','match':{'bus':'usb','vendor':'1234'}," ALLOW "]",
	  "" },
	{ "allow name none-of { \"n\" }\nallow serial \"s\"\nblock name \"n\"",
	  "[{'id':'line-2','match':{'bus':'usb','name':'n','serial':'s'}," ALLOW
	  ",{'id':'line-3','match':{'bus':'usb','name':'n'}," DENY "," RULE("", ",'name':'n'") DENY
	  "," RULE(".2", "") ALLOW ",{'id':'line-2.2','match':{'bus':'usb','serial':'s'}," ALLOW
				   ",{'id':'line-3.2','match':{'bus':'usb','name':'n'}," DENY "]",
	  "" },
	{ "block name none-of { \"a\" \"b\" }\nblock name none-of { \"b\" \"c\" }\n"
	  "allow name one-of { \"a\" \"b\" \"c\" }",
	  "[{'id':'line-2','match':{'bus':'usb','name':'a'}," DENY
	  ",{'id':'line-3','match':{'bus':'usb','name':['a','b']}," ALLOW "," RULE("", "") DENY
	  ",{'id':'line-3.2','match':{'bus':'usb','name':['b','c']}," ALLOW
	  ",{'id':'line-2.2','match':{'bus':'usb'}," DENY
	  ",{'id':'line-3.3','match':{'bus':'usb','name':['a','b','c']}," ALLOW "]",
	  "" },

	/* Connect types. */
	{ "allow with-connect-type one-of { \"hotplug\" \"not used\" \"bolted\" }",
	  "[" RULE("", ",'connect':['hotplug','not used']") ALLOW "]", "" },
	{ "allow with-connect-type \"unknown\"", "[" RULE("", ",'connect':'unknown'") ALLOW "]",
	  "" },
	{ "allow with-connect-type \"bolted\"", "[]", "left-out -;" },
	{ "allow with-connect-type \"\"", "[]", "left-out with-connect-type;left-out -;" },
	{ "block with-connect-type \"\"", "[" RULE("", ",'connect':'unknown'") DENY "]",
	  "stricter with-connect-type;" },
	{ "allow with-connect-type none-of { \"\" \"hotplug\" }",
	  "[" RULE("", ",'connect':['hardwired','not used']") ALLOW "]",
	  "stricter with-connect-type;" },
	{ "block with-connect-type none-of { \"\" }", "[" RULE("", "") DENY "]",
	  "left-out with-connect-type;" },
	{ "block with-connect-type none-of { \"hardwired\" }",
	  "[" RULE("", ",'connect':['unknown','hotplug','not used']") DENY "]", "" },

	/* Interfaces. */
	{ "allow with-interface 08:06:50",
	  "[" RULE("", ",'interfaces':{'exactly':['08:06:50']}") ALLOW "]",
	  "note with-interface;" },
	{ "allow with-interface { E0:01:01 03:01:* 0a:*:* 03:01:02 }",
	  "[" RULE("", ",'interfaces':{'exactly':['03:01:*','03:01:02','0a:*:*','e0:01:01']}") ALLOW
	  "]",
	  "note with-interface;" },
	{ "allow with-interface equals { 08:*:* 08:*:* }",
	  "[" RULE("", ",'interfaces':{'exactly':['08:*:*']}") ALLOW "]", "note with-interface;" },
	{ "block with-interface all-of { 08:*:* 03:00:* }",
	  "[" RULE("", ",'interfaces':{'all-of':['03:00:*','08:*:*']}") DENY "]", "" },
	{ "block with-interface one-of { 08:*:* 03:00:* }",
	  "[" RULE("", ",'interfaces':{'one-of':['03:00:*','08:*:*']}") DENY "]", "" },
	{ "allow with-interface none-of { 08:*:* }",
	  "[" RULE("", ",'interfaces':{'none-of':['08:*:*']}") ALLOW "]", "" },
	{ "allow with-interface match-all { 08:*:* ff:00:ff }",
	  "[" RULE("", ",'interfaces':{'only':['08:*:*','ff:00:ff']}") ALLOW "]", "" },
	{ "allow with-interface equals-ordered { 08:06:50 08:06:50 }",
	  "[" RULE("", ",'interfaces':{'exactly':['08:06:50']}") ALLOW "]",
	  "note with-interface;" },
	{ "allow with-interface equals-ordered { 08:06:50 03:00:00 }", "[]",
	  "stricter with-interface;" },
	{ "block with-interface equals-ordered { 08:06:50 03:00:00 }",
	  "[" RULE("", ",'interfaces':{'exactly':['03:00:00','08:06:50']}") DENY "]",
	  "stricter with-interface;" },

	/* Conditions. */
	{ "allow if true", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if true(whatever)", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if false", "[]", "left-out -;" },
	{ "allow if !false", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if all-of { true false }", "[]", "left-out -;" },
	{ "allow if one-of { true false }", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if none-of { false !true }", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if equals-ordered { true true }", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if match-all { true true }", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if match-all { true false }", "[]", "stricter if;" },
	{ "block if match-all { false false }", "[" RULE("", "") DENY "]", "stricter if;" },
	{ "allow if localtime(08:00-18:00)",
	  "[" RULE("", ",'time':{'from':'08:00','to':'18:00'}") ALLOW "]", "note if;" },
	{ "block if localtime(08:00-18:00)",
	  "[" RULE("", ",'time':{'from':'08:00','to':'18:01'}") DENY "]", "note if;" },
	{ "allow if !localtime(8:0-18:00)",
	  "[" RULE("", ",'time':[{'from':'00:00','to':'08:00'},{'from':'18:01','to':'24:00'}]")
		  ALLOW "]",
	  "note if;" },
	{ "allow if localtime(08:00:30-18:00:30)",
	  "[" RULE("", ",'time':{'from':'08:01','to':'18:00'}") ALLOW "]", "note if;stricter if;" },
	{ "block if localtime(08:00:30-18:00:30)",
	  "[" RULE("", ",'time':{'from':'08:00','to':'18:01'}") DENY "]", "note if;stricter if;" },
	{ "allow if localtime(12:00)", "[]", "note if;stricter if;" },
	{ "block if localtime(08:00-18:00:30)",
	  "[" RULE("", ",'time':{'from':'08:00','to':'18:01'}") DENY "]", "note if;stricter if;" },
	{ "block if localtime(12:00)",
	  "[" RULE("", ",'time':{'from':'12:00','to':'12:01'}") DENY "]", "note if;stricter if;" },
	{ "allow if one-of { localtime(23:00-23:59) localtime(00:00-01:00) }",
	  "[" RULE("", ",'time':[{'from':'00:00','to':'01:00'},{'from':'23:00','to':'23:59'}]")
		  ALLOW "]",
	  "note if;" },
	{ "allow if all-of { localtime(08:00-12:00) localtime(10:00-14:00) }",
	  "[" RULE("", ",'time':{'from':'10:00','to':'12:00'}") ALLOW "]", "note if;" },
	{ "allow if random", "[]", "stricter if;" },
	{ "block if random(0.25)", "[" RULE("", "") DENY "]", "stricter if;" },
	{ "allow if !random(.5)", "[]", "stricter if;" },
	{ "allow if one-of { random true }", "[" RULE("", "") ALLOW "]", "" },
	{ "allow if { random localtime(08:00-09:00) }", "[]", "note if;stricter if;" },
	{ "allow if one-of { random localtime(08:00-09:00) }",
	  "[" RULE("", ",'time':{'from':'08:00','to':'09:00'}") ALLOW "]", "note if;stricter if;" },
	{ "block if { random localtime(08:00-09:00) }",
	  "[" RULE("", ",'time':{'from':'08:00','to':'09:01'}") DENY "]", "note if;stricter if;" },
	{ "allow if rule-applied", "[]", "stricter if;" },
	{ "block if !rule-applied(01:00:00)", "[" RULE("", "") DENY "]", "stricter if;" },
	{ "block if rule-evaluated(300)", "[" RULE("", "") DENY "]", "stricter if;" },
	{ "allow if rule-evaluated(00:10)", "[]", "stricter if;" },
	{ "allow if !allowed-matches(1234:* with-interface one-of { 03:00:01 } if true)", "[]",
	  "stricter if;" },
	{ "block if allowed-matches(name \"a\\x29\")", "[" RULE("", "") DENY "]", "stricter if;" },
	{ "block if allowed-matches( )", "[" RULE("", "") DENY "]", "stricter if;" },

	/* Labels. */
	{ "allow label \"a\" label one-of { \"b\" \"c\" }", "[" RULE("", "") ALLOW "]",
	  "left-out label;" },

	/* Several attributes. */
	{ "allow 1234:5678 name \"n\" serial \"s\" via-port \"1-2\" with-connect-type \"hotplug\" "
	  "with-interface 08:06:50 hash \"" HASH "\" if localtime(08:00-09:00)",
	  "[" RULE("", ",'vendor':'1234','product':'5678','name':'n','serial':'s','port':'1-2',"
		       "'connect':'hotplug','interfaces':{'exactly':['08:06:50']},"
		       "'usbguard-hash':'" HASH "','time':{'from':'08:00','to':'09:00'}") ALLOW "]",
	  "note with-interface;note if;" },
};

static void each_construct_becomes_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(constructs); i++) {
		const struct construct *construct = &constructs[i];
		const size_t size = strlen(construct->source);
		json_t *wanted = json_of(construct->rules);
		struct rules_error error;
		struct import import;
		char notes[512];

		if (import_text(construct->source, size, &loose, &import, &error) < 0)
			fail_msg("%s: %d: %s", construct->source, error.column, error.message);
		json_t *rules = json_object_get(import.rules, "rules");
		if (!json_equal(rules, wanted))
			fail_msg("%s\nis %s", construct->source, json_dumps(rules, JSON_COMPACT));
		list_notes(&import, notes, sizeof(notes));
		if (strcmp(notes, construct->notes) != 0)
			fail_msg("%s\nis %s", construct->source, notes);
		must_be_taken(import.rules);
		import_finish(&import);
		json_decref(wanted);
	}
}

/* What is noted to be stricter is an error instead. */
static void strict_refuses_what_would_be_stricter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(constructs); i++) {
		const struct construct *construct = &constructs[i];
		const bool stricter = strstr(construct->notes, "stricter") != NULL;
		struct import import = { .n_notes_lost = 7 };
		struct rules_error error;

		const int r = import_text(construct->source, strlen(construct->source), &strict,
					  &import, &error);
		if (r != (stricter ? -EBADMSG : 0))
			fail_msg("%s: %d", construct->source, r);
		if (r == 0) {
			import_finish(&import);
			continue;
		}
		assert_int_equal(import.n_notes_lost, 7);
		assert_int_equal(error.line, 1);
		assert_string_equal(error.path, "rules.conf");
		assert_true(strlen(error.message) > 10);
	}
}

/* All products of a vendor one by one: nothing is left of it. */
static void a_vendor_without_products_is_left_out(void **state)
{
	(void)state;
	const size_t room = 65536 * 10 + 64;
	char *text = malloc(room);
	json_t *wanted = json_of("[" RULE("", ",'vendor':[{'from':'0000','to':'1233'},"
					      "{'from':'1235','to':'ffff'}]") DENY "]");
	struct import import;
	struct rules_error error;
	size_t used = (size_t)snprintf(text, room, "block id none-of {");

	for (unsigned int i = 0; i <= 0xffff; i++)
		used += (size_t)snprintf(text + used, room - used, " 1234:%04x", i);
	used += (size_t)snprintf(text + used, room - used, " }");
	assert_int_equal(import_text(text, used, &loose, &import, &error), 0);
	assert_true(json_equal(json_object_get(import.rules, "rules"), wanted));
	import_finish(&import);
	json_decref(wanted);
	free(text);
}

static void the_document_says_what_is_true_of_all(void **state)
{
	(void)state;
	struct import import;
	struct rules_error error;
	json_t *wanted = json_of("{'schema':'devgate-rules-1','name':'tested','mode':'enforce',"
				 "'rules':[],'defaults':{'*':'deny'}}");

	assert_int_equal(import_text("", 0, &loose, &import, &error), 0);
	assert_true(json_equal(import.rules, wanted));
	assert_int_equal(import.n_media, 0);
	assert_int_equal(import.n_notes, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(import.notes[i].effect, IMPORT_NOTE);
		assert_int_equal(import.notes[i].line, 0);
	}
	import_finish(&import);
	assert_int_equal(import_usbguard(NULL, 0, &strict, &import, &error), 0);
	assert_true(json_equal(import.rules, wanted));
	assert_int_equal(import.n_notes, 0);
	import_finish(&import);
	json_decref(wanted);
}

static void files_are_read_in_order(void **state)
{
	(void)state;
	static const struct import_file files[] = {
		{ "rules.conf", "allow 1234:*\n#", 14 },
		{ "rules.d/10-a.conf", "", 0 },
		{ "rules.d/20-b.conf", "\nblock if localtime(08:00)", 26 },
	};
	json_t *wanted =
		json_of("[{'id':'file-1-line-1','match':{'bus':'usb','vendor':'1234'}," ALLOW
			",{'id':'file-3-line-2','match':{'bus':'usb',"
			"'time':{'from':'08:00','to':'08:01'}}," DENY "]");
	struct import import;
	struct rules_error error;

	assert_int_equal(import_usbguard(files, 3, &loose, &import, &error), 0);
	assert_true(json_equal(json_object_get(import.rules, "rules"), wanted));
	assert_int_equal(import.n_notes, 5);
	assert_string_equal(import.notes[2].file, "rules.conf");
	assert_string_equal(import.notes[2].text, "Comments are not kept: 1.");
	assert_string_equal(import.notes[3].file, "rules.d/20-b.conf");
	assert_int_equal(import.notes[3].line, 2);
	must_be_taken(import.rules);
	import_finish(&import);
	assert_int_equal(import_usbguard(files, 3, &strict, &import, &error), -EBADMSG);
	assert_string_equal(error.path, "rules.d/20-b.conf");
	assert_int_equal(error.line, 2);
	json_decref(wanted);
}

/* Long names are taken as the manual says; what no device can have is not. */
static void long_names_are_followed_by_the_manual(void **state)
{
	(void)state;
	static const struct {
		size_t size;
		const char *notes;
	} names[] = { { 253, "" },
		      { 254, "note name;" },
		      { DEVICE_TEXT_SIZE - 1, "note name;" },
		      { DEVICE_TEXT_SIZE, "left-out -;" } };

	for (size_t i = 0; i < COUNT(names); i++) {
		char source[512] = "allow name \"", notes[64];
		struct import import;
		struct rules_error error;

		memset(source + strlen(source), 'n', names[i].size);
		strcat(source, "\"");
		assert_int_equal(import_text(source, strlen(source), &loose, &import, &error), 0);
		list_notes(&import, notes, sizeof(notes));
		assert_string_equal(notes, names[i].notes);
		must_be_taken(import.rules);
		import_finish(&import);
	}
}

/* Every beginning of every construct is taken or refused at a place that is there. */
static void every_truncation_is_taken_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(constructs); i++)
		for (size_t cut = 0; cut < strlen(constructs[i].source); cut++) {
			struct import import;
			struct rules_error error;
			const int r =
				import_text(constructs[i].source, cut, &loose, &import, &error);

			if (r == 0) {
				must_be_taken(import.rules);
				import_finish(&import);
				continue;
			}
			assert_int_equal(r, -EBADMSG);
			assert_in_range(error.line, 1, 3);
			assert_in_range(error.column, 1, cut + 1);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_construct_becomes_what_it_says),
		cmocka_unit_test(strict_refuses_what_would_be_stricter),
		cmocka_unit_test(a_vendor_without_products_is_left_out),
		cmocka_unit_test(the_document_says_what_is_true_of_all),
		cmocka_unit_test(files_are_read_in_order),
		cmocka_unit_test(long_names_are_followed_by_the_manual),
		cmocka_unit_test(every_truncation_is_taken_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
