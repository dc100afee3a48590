/* Device control for Windows: what is malformed, too much or not to be said. */
#include "mde_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/cmocka_test.h"

#define ID(n)		       "{00000000-0000-4000-8000-00000000000" #n "}"
#define GROUP(n, more, inside) "<Group Id=\"" ID(n) "\"" more ">" inside "</Group>"
#define LIST(descriptors)      "<DescriptorIdList>" descriptors "</DescriptorIdList>"
#define ANY		       "<MatchType>MatchAny</MatchType>"
#define GROUPS(groups)	       "<Groups>\n" groups "</Groups>"
#define RULE(n, inside)	       "<PolicyRule Id=\"" ID(n) "\">" inside "</PolicyRule>"
#define RULES(rules)	       "<PolicyRules>\n" rules "</PolicyRules>"
#define IN(inside)	       "<IncludedIdList>" inside "</IncludedIdList>"
#define ENTRY(inside)	       "<Entry Id=\"" ID(9) "\">" inside "</Entry>"
#define ALLOW		       "<Type>Allow</Type><AccessMask>63</AccessMask>"
#define ONE_GROUP(descriptor)  GROUPS(GROUP(1, "", ANY LIST(descriptor)))

#define RULES_BEGIN "<PolicyRules><PolicyRule Id=\"" ID(1) "\"><ExcludedIdList>"
#define RULES_END   "</ExcludedIdList>" ENTRY(ALLOW) "</PolicyRule></PolicyRules>"

static int import_text(const char *text, size_t size, bool strict, struct import *ret,
		       struct rules_error *error)
{
	const struct import_file file = { "p.xml", text, size };
	const struct import_options options = { .name = "n", .strict = strict };

	return import_mde_xml(&file, 1, &options, ret, error);
}

static const struct {
	const char *text;
	int line, column;
	const char *message;
} refusals[] = {
	/* Not well-formed. */
	{ "", 1, 1, "no element found" },
	{ "<PolicyRules>\n <PolicyRule>\n</PolicyRules>", 3, 3, "mismatched tag" },
	{ "<PolicyRules>&amp</PolicyRules>", 1, 18, "not well-formed" },
	{ "<PolicyRules>&x;</PolicyRules>", 1, 14, "undefined entity" },
	{ RULES("") RULES(""), 2, 15, "junk after document element" },
	{ "\xff<PolicyRules/>", 1, 1, "not well-formed" },
	/* Not even looked at: what an entity stands for. */
	{ "<!DOCTYPE a [\n<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<PolicyRules>&b;"
	  "</PolicyRules>",
	  1, 13, "document type definition" },
	{ "<!DOCTYPE PolicyRules SYSTEM \"file:///etc/passwd\"><PolicyRules/>", 1, 50,
	  "document type definition" },
	{ "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", 1, 73,
	  "inside each other" },
	{ "<PolicyRules>\ntext<PolicyRule/></PolicyRules>", 2, 5, "no place beside elements" },
	{ "<PolicyRules>\n<PolicyRule/>text</PolicyRules>", 2, 18, "no place beside elements" },
	/* Not a policy. */
	{ "<Policy/>", 1, 1, "not known here" },
	{ "<PolicyRule/>", 1, 1, "attribute \"Id\" is missing" },
	{ "<PolicyRules Id=\"1\"/>", 1, 1, "not known here" },
	{ GROUPS("<Grup/>"), 2, 1, "did you mean \"Group\"" },
	{ GROUPS(""), 0, 0, "no rule in the files" },
	{ GROUPS("<Group Id=\"1\"/>"), 2, 1, "no GUID" },
	{ GROUPS("<Group Id=\"" ID(1) "x\"/>"), 2, 1, "no GUID" },
	{ GROUPS(GROUP(1, " Typo=\"Device\"", "")), 2, 1, "did you mean \"Type\"" },
	{ GROUPS(GROUP(1, " Type=\"Devices\"", "")), 2, 1, "did you mean \"Device\"" },
	{ GROUPS(GROUP(1, "", "") GROUP(1, "", "")), 2, 60, "there already" },
	{ GROUPS(GROUP(1, "", "")), 2, 1, "match type is missing" },
	{ GROUPS(GROUP(1, "", "<MatchType>MatchNone</MatchType>")), 2, 52, "not known here" },
	{ GROUPS(GROUP(1, " MatchType=\"MatchAll\"", ANY)), 2, 73, "Two match types" },
	{ GROUPS(GROUP(1, " MatchType=\"MatchAll\"", "")), 2, 1, "no descriptor" },
	{ GROUPS(GROUP(1, "", ANY LIST(""))), 2, 1, "no descriptor" },
	{ GROUPS(GROUP(1, "", ANY ANY)), 2, 83, "there twice" },
	{ ONE_GROUP("<VendorId>1</VendorId>"), 2, 101, "not known here" },
	{ ONE_GROUP("<VID>951</VID>"), 2, 101, "Four hexadecimal digits" },
	{ ONE_GROUP("<VID>09511</VID>"), 2, 101, "Four hexadecimal digits" },
	{ ONE_GROUP("<PID>095*1</PID>"), 2, 101, "Four hexadecimal digits" },
	{ ONE_GROUP("<VID_PID>0951</VID_PID>"), 2, 101, "Four hexadecimal digits" },
	{ ONE_GROUP("<VID_PID>095100000_1666</VID_PID>"), 2, 101, "Four hexadecimal digits" },
	{ ONE_GROUP("<VID></VID>"), 2, 101, "empty" },
	{ ONE_GROUP("<VID a=\"b\">0951</VID>"), 2, 101, "A text alone" },
	{ ONE_GROUP("<VID><a/></VID>"), 2, 101, "A text alone" },
	{ ONE_GROUP("<PrimaryId>WpdDevice</PrimaryId>"), 2, 101, "did you mean \"WpdDevices\"" },
	{ ONE_GROUP("<PrinterConnectionId>Usb</PrinterConnectionId>"), 2, 101, "not known here" },
	{ ONE_GROUP("<DeviceEncryptionStateId>LUKS</DeviceEncryptionStateId>"), 2, 101,
	  "not known here" },
	{ ONE_GROUP("<GroupId>1</GroupId>"), 2, 101, "GUID is wanted" },
	{ ONE_GROUP("<GroupId>" ID(2) "</GroupId>"), 2, 101, "no group with this id" },
	{ RULES("<Rule/>"), 2, 1, "not known here" },
	{ RULES("<PolicyRule Id=\"\"/>"), 2, 1, "no GUID" },
	{ RULES(RULE(1, "") RULE(1, "")), 2, 70, "there already" },
	{ RULES(RULE(1, "<Nam/>")), 2, 57, "did you mean \"Name\"" },
	{ RULES(RULE(1, IN("<GroupId>" ID(2) "</GroupId>"))), 2, 73, "no group with this id" },
	{ RULES(RULE(1, ENTRY(""))), 2, 57, "\"Type\" is missing" },
	{ RULES(RULE(1, ENTRY("<Type>AuditAllow</Type>"))), 2, 108,
	  "did you mean \"AuditAllowed\"" },
	{ RULES(RULE(1, ENTRY("<Type>Allow</Type>"))), 2, 57, "\"AccessMask\" is missing" },
	{ RULES(RULE(1, ENTRY("<Type>Allow</Type><AccessMask>0</AccessMask>"))), 2, 57,
	  "about no access" },
	{ RULES(RULE(1, ENTRY("<Type>Allow</Type><AccessMask>128</AccessMask>"))), 2, 126,
	  "A number up to 127" },
	{ RULES(RULE(1, ENTRY("<Type>Allow</Type><AccessMask>0x7</AccessMask>"))), 2, 126,
	  "A number up to 127" },
	{ RULES(RULE(1, ENTRY("<Type>Allow</Type><AccessMask/>"))), 2, 126, "A number up to 127" },
	{ RULES(RULE(1, ENTRY("<Type>Allow</Type><AccessMask>99999</AccessMask>"))), 2, 126,
	  "A number up to 127" },
	{ RULES(RULE(1, ENTRY(ALLOW "<Options>99</Options>"))), 2, 153, "A number up to 31" },
	{ RULES(RULE(1, ENTRY(ALLOW "<Option>0</Option>"))), 2, 153, "did you mean \"Options\"" },
};

static void what_is_wrong_is_said(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct import import = { .n_media = 77 };
		struct rules_error error;
		const int r = import_text(refusals[i].text, strlen(refusals[i].text), false,
					  &import, &error);

		assert_int_equal(import.n_media, 77);
		if (r != -EBADMSG || strstr(error.message, refusals[i].message) == NULL ||
		    error.line != refusals[i].line || error.column != refusals[i].column)
			fail_msg("row %zu: %d, %s:%d:%d: %s", i, r, error.path, error.line,
				 error.column, error.message);
	}
}

static int import_two(const char *groups, const char *rules, bool strict, struct import *ret,
		      struct rules_error *error)
{
	const struct import_file files[] = { { "g.xml", groups, strlen(groups) },
					     { "r.xml", rules, strlen(rules) } };
	const struct import_options options = { .name = "n", .strict = strict };

	return import_mde_xml(files, 2, &options, ret, error);
}

#define RULE_OF_1 RULES(RULE(2, IN("<GroupId>" ID(1) "</GroupId>") ENTRY(ALLOW)))

static void groups_of_other_kinds_and_in_circles_are_refused(void **state)
{
	(void)state;
	struct import import;
	struct rules_error error;

	assert_int_equal(
		import_two(GROUPS(GROUP(1, " Type=\"File\"", LIST("<PathId>*.exe</PathId>"))),
			   RULE_OF_1, false, &import, &error),
		-EBADMSG);
	assert_string_equal(error.path, "r.xml: GroupId");
	assert_non_null(strstr(error.message, "not one of devices"));

	assert_int_equal(
		import_two(GROUPS(GROUP(1, "", ANY LIST("<GroupId>" ID(3) "</GroupId>"))
					  GROUP(3, "", ANY LIST("<GroupId>" ID(1) "</GroupId>"))),
			   RULE_OF_1, false, &import, &error),
		-EBADMSG);
	assert_non_null(strstr(error.message, "a member of itself"));

	assert_int_equal(
		import_mde_xml(NULL, 0, &(struct import_options){ .name = "n" }, &import, &error),
		-EBADMSG);
	assert_string_equal(error.message, "There is no file to import.");
}

static const struct {
	const char *groups, *rules;
	enum import_effect effect;
	const char *part;
} notes[] = {
	{ ONE_GROUP("<VID>0951</VID>"), RULE_OF_1, IMPORT_STRICTER, "denied is assumed" },
	{ ONE_GROUP("<VID>0951</VID>"), RULE_OF_1, IMPORT_NOTE, "does not govern keyboards" },
	{ ONE_GROUP("<BusId>USB</BusId>"), RULE_OF_1, IMPORT_STRICTER, "Which bus" },
	{ ONE_GROUP("<FriendlyNameId>SD</FriendlyNameId>"), RULE_OF_1, IMPORT_STRICTER,
	  "product's own name" },
	{ ONE_GROUP("<SerialNumberId>?</SerialNumberId>"), RULE_OF_1, IMPORT_STRICTER,
	  "What '?' means" },
	{ ONE_GROUP("<HardwareId>USBSTOR\\Disk</HardwareId>"), RULE_OF_1, IMPORT_STRICTER,
	  "a name of Windows' own" },
	{ ONE_GROUP("<InstancePathId>USBSTOR\\D\\12&amp;0</InstancePathId>"), RULE_OF_1,
	  IMPORT_NOTE, "matched by the serial" },
	{ ONE_GROUP("<PrinterConnectionId>File</PrinterConnectionId>"), RULE_OF_1, IMPORT_LEFT_OUT,
	  "not plugged in" },
	{ ONE_GROUP("<VID>0951</VID>"),
	  RULES(RULE(2, ENTRY("<Type>Deny</Type><AccessMask>127</AccessMask>"
			      "<Sid>S-1-5-21</Sid>"))),
	  IMPORT_STRICTER, "it denies it always" },
	{ ONE_GROUP("<VID>0951</VID>"), RULES(RULE(2, ENTRY(ALLOW "<ComputerSid>S</ComputerSid>"))),
	  IMPORT_STRICTER, "left out" },
	{ ONE_GROUP("<VID>0951</VID>"), RULES(RULE(2, ENTRY(ALLOW "<Options>8</Options>"))),
	  IMPORT_LEFT_OUT, "no copy of it" },
	{ ONE_GROUP("<VID>0951</VID>"),
	  RULES(RULE(2, ENTRY("<Type>AuditDenied</Type><Options>3</Options>"
			      "<AccessMask>7</AccessMask>"))),
	  IMPORT_NOTE, "1 entries" },
	{ ONE_GROUP("<VID>0951</VID>"),
	  RULES(RULE(2, ENTRY("<Type>Allow</Type><AccessMask>7</AccessMask>"))), IMPORT_NOTE,
	  "the files go with the disk" },
	{ ONE_GROUP("<SerialNumberId>*1</SerialNumberId>"),
	  RULES(RULE(2, IN("<GroupId>" ID(1) "</GroupId><SerialNumberId>*2*</SerialNumberId>")
				ENTRY(ALLOW))),
	  IMPORT_STRICTER, "two patterns at once" },
};

static bool has_stricter_before(const struct import *import, const char *part)
{
	for (size_t i = 0; i < import->n_notes; i++)
		if (import->notes[i].effect == IMPORT_STRICTER)
			return strstr(import->notes[i].text, part) == NULL;
	return false;
}

static void what_cannot_be_said_is_noted(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(notes); i++) {
		struct import import, unused;
		struct rules_error error;

		assert_int_equal(
			import_two(notes[i].groups, notes[i].rules, false, &import, &error), 0);
		if (!model_has_note(&import, notes[i].effect, notes[i].part))
			fail_msg("row %zu", i);
		const bool other = has_stricter_before(&import, notes[i].part);
		import_finish(&import);
		if (notes[i].effect != IMPORT_STRICTER)
			continue;
		assert_int_equal(import_two(notes[i].groups, notes[i].rules, true, &unused, &error),
				 -EBADMSG);
		assert_true(other || strstr(error.message, notes[i].part) != NULL);
	}
}

/* What is matched by less than it says is an error where only what is exact will do. */
static void strict_refuses_what_is_not_exact(void **state)
{
	(void)state;
	struct import import;
	struct rules_error error;

	assert_int_equal(
		import_two(ONE_GROUP("<InstancePathId>USBSTOR\\D\\12&amp;0</InstancePathId>"),
			   RULE_OF_1, true, &import, &error),
		-EBADMSG);
	assert_non_null(strstr(error.message, "only the serial"));
	assert_int_equal(
		import_two(ONE_GROUP("<VID>0951</VID>"),
			   RULES(RULE(2, IN("<GroupId>" ID(1) "</GroupId>") ENTRY(ALLOW)) RULE(
				   3, ENTRY("<Type>Deny</Type><AccessMask>127</AccessMask>"))),
			   true, &import, &error),
		0);
	import_finish(&import);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	static const char text[] =
		RULES(RULE(2, "<Name>n</Name>" IN("<VID>0951</VID>") ENTRY(ALLOW)));
	struct import import;
	struct rules_error error;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_int_equal(import_text(text, n, false, &import, &error), -EBADMSG);
	assert_int_equal(import_text(text, sizeof(text) - 1, false, &import, &error), 0);
	import_finish(&import);
}

/* The encoding is the document's to say, or its mark's. */
static void utf_16_is_read(void **state)
{
	(void)state;
	static const char text[] = RULES(RULE(2, IN("<VID>0951</VID>") ENTRY(ALLOW)));
	static const char marked[] = "\xef\xbb\xbf" RULES(RULE(2, ENTRY(ALLOW)));
	char wide[2 * sizeof(text)] = "\xff\xfe";
	struct import import;
	struct rules_error error;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		wide[2 * i + 2] = text[i];
		wide[2 * i + 3] = '\0';
	}
	assert_int_equal(import_text(wide, 2 * sizeof(text), false, &import, &error), 0);
	import_finish(&import);
	assert_int_equal(import_text(marked, sizeof(marked) - 1, false, &import, &error), 0);
	import_finish(&import);
}

/* Rules that each decide a little for devices that others decide more for: each of so many vendors,
 * products, serials and names would be a rule.  An error, soon. */
static void too_much_is_an_error(void **state)
{
	(void)state;
	static const struct {
		const char *descriptor;
		unsigned access;
	} kinds[] = {
		{ "VID", 2 }, { "PID", 4 }, { "SerialNumberId", 16 }, { "FriendlyNameId", 32 }
	};
	enum { VALUES = 40, ROOM = 256 * 1024 };
	char *text = calloc(1, ROOM);
	struct import import;
	struct rules_error error;

	assert_non_null(text);
	size_t n = (size_t)snprintf(text, ROOM, "<PolicyRules>");
	for (unsigned i = 0; i < VALUES * COUNT(kinds); i++) {
		const char *name = kinds[i % COUNT(kinds)].descriptor;

		n += (size_t)snprintf(
			text + n, ROOM - n,
			"<PolicyRule Id=\"{00000000-0000-4000-8000-00000000%04x}\"><IncludedIdList>"
			"<%s>%04u</%s></IncludedIdList><Entry "
			"Id=\"x\"><Type>Allow</Type><AccessMask>%u"
			"</AccessMask></Entry></PolicyRule>",
			i, name, i, name, kinds[i % COUNT(kinds)].access);
	}
	n += (size_t)snprintf(text + n, ROOM - n, "</PolicyRules>");
	const int r = import_text(text, n, false, &import, &error);
	if (r == 0)
		import_finish(&import);
	assert_int_equal(r, -E2BIG);
	assert_non_null(strstr(error.message, "takes more than"));
	free(text);
}

static void assert_too_much(char *text, size_t n, const char *what)
{
	struct import import;
	struct rules_error error;
	const int r = import_text(text, n, false, &import, &error);

	free(text);
	if (r == 0)
		import_finish(&import);
	assert_int_equal(r, -E2BIG);
	if (strstr(error.message, what) == NULL)
		fail_msg("%s", error.message);
}

/* Groups in groups have an end, and so has one group. */
static void deep_and_wide_groups_are_errors(void **state)
{
	(void)state;
	enum { DEEP = 200, WIDE = 20001, ROOM = 1024 * 1024 };
	char *text = calloc(1, ROOM);
	size_t n = 0;

	assert_non_null(text);
	for (unsigned i = 0; i < WIDE; i++)
		n += (size_t)snprintf(text + n, ROOM - n, "%s<VID_PID>%04x_%04x</VID_PID>",
				      i == 0 ? RULES_BEGIN : "", i, i + 1);
	n += (size_t)snprintf(text + n, ROOM - n, "%s", RULES_END);
	assert_too_much(text, n, "20000 cases");

	text = calloc(1, ROOM);
	assert_non_null(text);
	n = (size_t)snprintf(text, ROOM, "<Groups>");
	for (unsigned i = 0; i < DEEP; i++)
		n += (size_t)snprintf(
			text + n, ROOM - n,
			"<Group Id=\"{00000000-0000-4000-8000-00000000%04x}\" "
			"MatchType=\"MatchAll\">"
			"<DescriptorIdList><%s>00000000-0000-4000-8000-00000000%04x</%s>"
			"</DescriptorIdList></Group>",
			i, i + 1 < DEEP ? "GroupId" : "SerialNumberId", i + 1,
			i + 1 < DEEP ? "GroupId" : "SerialNumberId");
	n += (size_t)snprintf(text + n, ROOM - n, "</Groups>");
	struct import import;
	struct rules_error error;
	assert_int_equal(import_two(text,
				    RULES(RULE(2, IN("<GroupId>{00000000-0000-4000-8000-"
						     "000000000000}</GroupId>") ENTRY(ALLOW))),
				    false, &import, &error),
			 -E2BIG);
	assert_non_null(strstr(error.message, "inside each other"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(groups_of_other_kinds_and_in_circles_are_refused),
		cmocka_unit_test(what_cannot_be_said_is_noted),
		cmocka_unit_test(strict_refuses_what_is_not_exact),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(utf_16_is_read),
		cmocka_unit_test(too_much_is_an_error),
		cmocka_unit_test(deep_and_wide_groups_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
