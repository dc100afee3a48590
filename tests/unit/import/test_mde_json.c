/* Device control for macOS: what Microsoft documents of a policy is what comes out of the import.
 */
#include "mde_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../policy/cmocka_test.h"

#define ID(n)		    "\"00000000-0000-4000-8000-00000000000" #n "\""
#define CLAUSE(type, value) "{\"$type\":\"" type "\",\"value\":" value "}"
#define GROUP(n, op, clauses)                                                                      \
	"{\"$type\":\"device\",\"id\":" ID(n) ",\"name\":\"g\",\"query\":{\"$type\":\"" op         \
					      "\",\"clauses\":[" clauses "]}}"
#define ALL_MEDIA GROUP(1, "all", CLAUSE("primaryId", "\"removable_media_devices\""))
#define ENTRY(type, what, access)                                                                  \
	"{\"$type\":\"" type "\",\"id\":" ID(9) ",\"enforcement\":{\"$type\":\"" what              \
						"\"},\"access\":[" access "]}"
#define RULE(n, members, entries)                                                                  \
	"{\"id\":" ID(n) ",\"name\":\"Rule " #n "\"" members ",\"entries\":[" entries "]}"
#define IN(groups)  ",\"includeGroups\":[" groups "]"
#define OUT(groups) ",\"excludeGroups\":[" groups "]"
#define POLICY(groups, rules, features, enforcement)                                               \
	"{\"groups\":[" groups "],\"rules\":[" rules "],\"settings\":{\"features\":{" features     \
	"},\"global\":{\"defaultEnforcement\":\"" enforcement "\"}}}"
#define ON(feature) "\"" feature "\":{\"disable\":false}"
#define ALL_ON                                                                                     \
	ON("removableMedia")                                                                       \
	"," ON("appleDevice") "," ON("portableDevice") "," ON("bluetoothDevice")
#define RWX	   "\"read\",\"write\",\"execute\""
#define ANY_DEVICE GROUP(1, "any", CLAUSE("vendorId", "\"0951\""))

struct expectation {
	const char *text;
	enum model_family family;
	uint16_t vendor, product;
	const char *serial;
	enum verdict verdict;
	modifier_set modifiers;
};

static const struct expectation expectations[] = {
/* The manual's scenario: deny any removable media but allow specific USBs. */
#define SCENARIO                                                                                   \
	POLICY(ALL_MEDIA "," GROUP(2, "all", CLAUSE("vendorId", "\"0951\"")),                      \
	       RULE(3, IN(ID(1)) OUT(ID(2)), ENTRY("removableMedia", "deny", RWX)),                \
	       ON("removableMedia"), "allow")
	{ SCENARIO, REMOVABLE, 0x0951, 1, "S", VERDICT_ALLOW, 0 },
	{ SCENARIO, REMOVABLE, 0x0781, 1, "S", VERDICT_DENY, 0 },
	{ SCENARIO, PORTABLE, 0x0781, 1, "S", VERDICT_ALLOW, 0 }, /* not switched on */
	{ SCENARIO, PRINTER, 0x0781, 1, "S", VERDICT_ALLOW, 0 },  /* never governed */
	/* A feature that is not switched on is not governed, whatever the rules say. */
	{ POLICY(ALL_MEDIA, RULE(3, IN(ID(1)), ENTRY("removableMedia", "deny", RWX)),
		 ON("appleDevice"), "deny"),
	  REMOVABLE, 1, 1, "S", VERDICT_ALLOW, 0 },
	/* Without an entry, the default. */
	{ POLICY(ALL_MEDIA, "", ON("removableMedia"), "deny"), REMOVABLE, 1, 1, "S", VERDICT_DENY,
	  0 },
	{ POLICY(ALL_MEDIA, "", ON("removableMedia"), "allow"), REMOVABLE, 1, 1, "S", VERDICT_ALLOW,
	  0 },
/* Kinds of access. */
#define ACCESS(what, words, enforcement)                                                           \
	POLICY(ALL_MEDIA, RULE(3, IN(ID(1)), ENTRY("removableMedia", what, words)),                \
	       ON("removableMedia"), enforcement)
	{ ACCESS("allow", "\"read\"", "deny"), REMOVABLE, 1, 1, "S", VERDICT_READ_ONLY,
	  MODIFIER_NOEXEC },
	{ ACCESS("allow", "\"read\",\"execute\"", "deny"), REMOVABLE, 1, 1, "S", VERDICT_READ_ONLY,
	  0 },
	{ ACCESS("allow", "\"read\",\"write\"", "deny"), REMOVABLE, 1, 1, "S", VERDICT_ALLOW,
	  MODIFIER_NOEXEC },
	{ ACCESS("allow", "\"write\"", "deny"), REMOVABLE, 1, 1, "S", VERDICT_DENY, 0 },
	{ ACCESS("deny", "\"write\",\"execute\"", "allow"), REMOVABLE, 1, 1, "S", VERDICT_READ_ONLY,
	  MODIFIER_NOEXEC },
	{ ACCESS("deny", "\"execute\"", "allow"), REMOVABLE, 1, 1, "S", VERDICT_ALLOW,
	  MODIFIER_NOEXEC },
	{ ACCESS("deny", "\"read\"", "allow"), REMOVABLE, 1, 1, "S", VERDICT_DENY, 0 },
	/* Audit entries decide nothing. */
	{ ACCESS("auditAllow", RWX, "deny"), REMOVABLE, 1, 1, "S", VERDICT_DENY, 0 },
	{ ACCESS("auditDeny", RWX, "allow"), REMOVABLE, 1, 1, "S", VERDICT_ALLOW, 0 },
/* The first entry of the first rule that names an access decides it. */
#define ORDER                                                                                      \
	POLICY(ALL_MEDIA                                                                           \
	       "," GROUP(2, "or",                                                                  \
			 CLAUSE("serialNumber", "\"K7\"") "," CLAUSE("serialNumber", "\"K8\"")),   \
	       RULE(3, IN(ID(2)), ENTRY("generic", "allow", "\"generic_read\"")) "," RULE(         \
		       4, ,                                                                        \
		       ENTRY("removableMedia", "deny", RWX) "," ENTRY("removableMedia", "allow",   \
								      RWX)),                       \
	       ON("removableMedia"), "allow")
	{ ORDER, REMOVABLE, 1, 1, "K7", VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ ORDER, REMOVABLE, 1, 1, "K8", VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ ORDER, REMOVABLE, 1, 1, "K9", VERDICT_DENY, 0 },
	{ ORDER, REMOVABLE, 1, 1, NULL, VERDICT_DENY, 0 },
	{ ORDER, REMOVABLE, 1, 1, "k7", VERDICT_DENY, 0 }, /* other case: the stricter */
/* Included groups: all; excluded: any.  Both must hold. */
#define GROUPS                                                                                     \
	POLICY(GROUP(1, "and", CLAUSE("vendorId", "\"0951\"")) "," GROUP(                          \
		       2, "any",                                                                   \
		       CLAUSE("productId", "\"1666\"") "," CLAUSE(                                 \
			       "productId",                                                        \
			       "\"1667\"")) "," GROUP(3, "all", CLAUSE("serialNumber", "\"1\"")),  \
	       RULE(4, IN(ID(1) "," ID(2)) OUT(ID(3)),                                             \
		    ENTRY("generic", "allow", "\"generic_read\"")),                                \
	       ON("removableMedia"), "deny")
	{ GROUPS, REMOVABLE, 0x0951, 0x1666, "2", VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ GROUPS, REMOVABLE, 0x0951, 0x1667, NULL, VERDICT_READ_ONLY, MODIFIER_NOEXEC },
	{ GROUPS, REMOVABLE, 0x0951, 0x1666, "1", VERDICT_DENY, 0 },
	{ GROUPS, REMOVABLE, 0x0951, 0x1668, "2", VERDICT_DENY, 0 },
	{ GROUPS, REMOVABLE, 0x0952, 0x1666, "2", VERDICT_DENY, 0 },
/* A query in a query, a negated one, and a group in a group. */
#define NESTED                                                                                     \
	POLICY(ANY_DEVICE                                                                          \
	       "," GROUP(2, "all",                                                                 \
			 CLAUSE("groupId",                                                         \
				ID(1)) ",{\"$type\":\"not\",\"query\":{\"$type\":\"or\","          \
				       "\"clauses\":[" CLAUSE("serialNumber", "\"7\"") "]}}"),     \
	       RULE(3, IN(ID(2)), ENTRY("removableMedia", "allow", RWX)), ON("removableMedia"),    \
	       "deny")
	{ NESTED, REMOVABLE, 0x0951, 1, "8", VERDICT_ALLOW, 0 },
	{ NESTED, REMOVABLE, 0x0951, 1, "7", VERDICT_DENY, 0 },
	{ NESTED, REMOVABLE, 0x0952, 1, "8", VERDICT_DENY, 0 },
/* Phones: all that can be done, or nothing. */
#define PHONES(type, family, what, words, enforcement)                                             \
	POLICY(GROUP(1, "all", CLAUSE("primaryId", "\"" family "\"")),                             \
	       RULE(3, IN(ID(1)), ENTRY(type, what, words)), ALL_ON, enforcement)
#define APPLE_WORDS                                                                                \
	"\"backup_device\",\"update_device\",\"download_photos_from_device\","                     \
	"\"download_files_from_device\",\"sync_content_to_device\""
	{ PHONES("appleDevice", "apple_devices", "allow", APPLE_WORDS, "deny"), APPLE, 0x05ac, 1,
	  "S", VERDICT_ALLOW, 0 },
	{ PHONES("appleDevice", "apple_devices", "allow", "\"backup_device\"", "deny"), APPLE,
	  0x05ac, 1, "S", VERDICT_DENY, 0 },
	{ PHONES("appleDevice", "apple_devices", "deny", "\"backup_device\"", "allow"), PORTABLE,
	  0x18d1, 1, "S", VERDICT_ALLOW, 0 },
	{ PHONES("portableDevice", "portable_devices", "deny", "\"debug\"", "allow"), PORTABLE,
	  0x18d1, 1, "S", VERDICT_DENY, 0 },
	{ PHONES("portableDevice", "portable_devices", "deny", "\"debug\"", "allow"), APPLE, 0x05ac,
	  1, "S", VERDICT_ALLOW, 0 },
	{ PHONES("bluetoothDevice", "bluetooth_devices", "deny", "\"send_files_to_device\"",
		 "allow"),
	  BLUETOOTH, 0x8087, 1, NULL, VERDICT_DENY, 0 },
	{ PHONES("generic", "bluetooth_devices", "allow", "\"generic_read\",\"generic_write\"",
		 "deny"),
	  BLUETOOTH, 0x8087, 1, NULL, VERDICT_ALLOW, 0 },
/* Which device a Bluetooth adapter talks to is not told: allowed for some is for none. */
#define SOME_LINKS(what, enforcement)                                                              \
	POLICY(GROUP(1, "all", CLAUSE("vendorId", "\"8087\"")),                                    \
	       RULE(3, IN(ID(1)), ENTRY("generic", what, "\"generic_read\",\"generic_write\"")),   \
	       ON("bluetoothDevice"), enforcement)
	{ SOME_LINKS("allow", "deny"), BLUETOOTH, 0x8087, 1, NULL, VERDICT_DENY, 0 },
	{ SOME_LINKS("deny", "allow"), BLUETOOTH, 0x1234, 1, NULL, VERDICT_DENY, 0 },
/* APFS encryption is not told: the stricter of both. */
#define APFS(what, enforcement)                                                                    \
	POLICY(GROUP(1, "all", CLAUSE("encryption", "\"apfs\"")),                                  \
	       RULE(3, IN(ID(1)), ENTRY("removableMedia", what, RWX)), ON("removableMedia"),       \
	       enforcement)
	{ APFS("allow", "deny"), REMOVABLE, 1, 1, "S", VERDICT_DENY, 0 },
	{ APFS("deny", "allow"), REMOVABLE, 1, 1, "S", VERDICT_DENY, 0 },
};

static void documented_results_come_out(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];
		struct import import = model_import(false, e->text);
		struct rules *rules = model_rules(&import);
		struct model_subject subject;

		model_device(e->family, e->vendor, e->product, e->serial, "Name", &subject);
		const struct outcome outcome = model_decide(rules, &subject, ENCRYPTION_NONE);
		if (outcome.verdict != e->verdict || outcome.modifiers != e->modifiers)
			fail_msg("row %zu: %s %u", i, verdict_to_text(outcome.verdict),
				 outcome.modifiers);
		rules_free(rules);
		import_finish(&import);
	}
}

static const struct {
	const char *text;
	int line;
	const char *path, *message;
} refusals[] = {
	{ "", 1, "p.json", "'[' or '{' expected" },
	{ "{\n\"groups\": [", 2, "p.json", "']' expected" },
	{ "[]", 1, "p.json", "An object is wanted" },
	{ "{}", 1, "p.json", "\"settings\" is missing" },
	{ "{\"settings\":{},\"rules\":[]}", 1, "p.json", "\"groups\" is missing" },
	{ "{\"settings\":{},\n\"groups\":[],\n\"rule\":[]}", 3, "p.json: rule",
	  "did you mean \"rules\"" },
	{ "{\"settings\":[]}", 1, "p.json: settings", "An object is wanted" },
	{ "{\"settings\":{\"features\":{\"usb\":{}}}}", 1, "p.json: settings.features.usb",
	  "not known here" },
	{ "{\"settings\":{\"features\":{\"appleDevice\":{\"disable\":1}}}}", 1,
	  "p.json: settings.features.appleDevice", "true or false" },
	{ "{\"settings\":{\"features\":{\"appleDevice\":{\"disabled\":true}}}}", 1,
	  "p.json: settings.features.appleDevice.disabled", "did you mean \"disable\"" },
	{ "{\"settings\":{\"features\":{\"appleDevice\":3}}}", 1, "p.json", "An object is wanted" },
	{ "{\"settings\":{\"features\":3}}", 1, "p.json", "An object is wanted" },
	{ "{\"settings\":{\"global\":3}}", 1, "p.json", "An object is wanted" },
	{ "{\"settings\":{\"global\":{\"x\":3}}}", 1, "p.json: settings.global.x", "not known" },
	{ "{\"settings\":{\"ux\":3}}", 1, "p.json: settings.ux", "An object is wanted" },
	{ POLICY("", "", "", "block"), 1, "p.json: settings.global.defaultEnforcement",
	  "not known here" },
	{ POLICY("3", "", "", "deny"), 1, "p.json: groups[0]", "An object is wanted" },
	{ POLICY("{\"$type\":\"file\"}", "", "", "deny"), 1, "p.json: groups[0].$type",
	  "not known here" },
	{ POLICY("{\"$type\":\"device\",\"id\":\"1\"}", "", "", "deny"), 1, "p.json: groups[0].id",
	  "A UUID is wanted" },
	{ POLICY("{\"$type\":\"device\",\"id\":" ID(1) ",\"name\":1}", "", "", "deny"), 1,
	  "p.json: groups[0].name", "A text is wanted" },
	{ POLICY("{\"$type\":\"device\",\"id\":" ID(1) "}", "", "", "deny"), 1, "p.json: groups[0]",
	  "\"query\" is missing" },
	{ POLICY(ALL_MEDIA ",\n" ALL_MEDIA, "", "", "deny"), 2, "p.json: groups[1]",
	  "there already" },
	{ POLICY(GROUP(1, "some", ""), "", "", "deny"), 1, "p.json: groups[0].query.$type",
	  "not known here" },
	{ POLICY(GROUP(1, "alll", ""), "", "", "deny"), 1, "p.json: groups[0].query.$type",
	  "did you mean \"all\"" },
	{ POLICY(GROUP(1, "all", ""), "", "", "deny"), 1, "p.json: groups[0].query.clauses",
	  "a clause or more" },
	{ POLICY(GROUP(1, "all", "3"), "", "", "deny"), 1, "p.json: groups[0].query.clauses[0]",
	  "An object is wanted" },
	{ POLICY(GROUP(1, "not", ""), "", "", "deny"), 1, "p.json: groups[0].query.clauses",
	  "not known here" },
	{ POLICY(GROUP(1, "serialNumber", ""), "", "", "deny"), 1, "p.json: groups[0].query",
	  "A query is wanted" },
	{ POLICY(GROUP(1, "all", "{\"$type\":\"not\",\"query\":{\"$type\":\"or\"}}"), "", "",
		 "deny"),
	  1, "p.json: groups[0].query.clauses[0].query", "\"clauses\" is missing" },
	{ POLICY(GROUP(1, "all", "{\"$type\":\"not\"}"), "", "", "deny"), 1, "p.json",
	  "\"query\" is missing" },
	{ POLICY(GROUP(1, "all", CLAUSE("vendorId", "\"951\"")), "", "", "deny"), 1,
	  "p.json: groups[0].query.clauses[0].value", "Four hexadecimal digits" },
	{ POLICY(GROUP(1, "all", CLAUSE("vendorId", "\"951g\"")), "", "", "deny"), 1, "p.json",
	  "Four hexadecimal digits" },
	{ POLICY(GROUP(1, "all", CLAUSE("productId", "9511")), "", "", "deny"), 1, "p.json",
	  "A text is wanted" },
	{ POLICY(GROUP(1, "all", CLAUSE("serialNumber", "9511")), "", "", "deny"), 1, "p.json",
	  "A text is wanted" },
	{ POLICY(GROUP(1, "all", CLAUSE("encryption", "\"luks\"")), "", "", "deny"), 1, "p.json",
	  "not known here" },
	{ POLICY(GROUP(1, "all", CLAUSE("primaryId", "\"apple_device\"")), "", "", "deny"), 1,
	  "p.json", "did you mean \"apple_devices\"" },
	{ POLICY(GROUP(1, "all", CLAUSE("groupId", "\"x\"")), "", "", "deny"), 1, "p.json",
	  "A UUID is wanted" },
	{ POLICY(GROUP(1, "all", CLAUSE("groupId", ID(1))), "", "", "deny"), 1, "p.json",
	  "not defined before" },
	{ POLICY(GROUP(1, "all", CLAUSE("groupId", ID(2))), "", "", "deny"), 1, "p.json",
	  "not defined before" },
	{ POLICY(GROUP(1, "all", "{\"$type\":\"mediaSerialNumber\"}"), "", "", "deny"), 1, "p.json",
	  "\"value\" is missing" },
	{ POLICY(GROUP(1, "all", "{\"$type\":\"vendorId\",\"value\":\"0951\",\"not\":1}"), "", "",
		 "deny"),
	  1, "p.json: groups[0].query.clauses[0].not", "not known here" },
	{ POLICY(ALL_MEDIA, "3", "", "deny"), 1, "p.json: rules[0]", "An object is wanted" },
	{ POLICY(ALL_MEDIA, RULE(3, ",\"name2\":1", ""), "", "deny"), 1, "p.json: rules[0].name2",
	  "did you mean \"name\"" },
	{ POLICY(ALL_MEDIA, "{\"id\":3}", "", "deny"), 1, "p.json: rules[0].id",
	  "A text is wanted" },
	{ POLICY(ALL_MEDIA, "{\"id\":" ID(3) ",\"name\":3}", "", "deny"), 1,
	  "p.json: rules[0].name", "A text is wanted" },
	{ POLICY(ALL_MEDIA, "{\"id\":" ID(3) "}", "", "deny"), 1, "p.json: rules[0]",
	  "\"entries\" is missing" },
	{ POLICY(ALL_MEDIA, RULE(3, , "") "," RULE(3, , ""), "", "deny"), 1, "p.json: rules[1]",
	  "there already" },
	{ POLICY(ALL_MEDIA, RULE(3, IN("3"), ""), "", "deny"), 1,
	  "p.json: rules[0].includeGroups[0]", "UUID is wanted" },
	{ POLICY(ALL_MEDIA, RULE(3, IN("\"3\""), ""), "", "deny"), 1,
	  "p.json: rules[0].includeGroups[0]", "UUID is wanted" },
	{ POLICY(ALL_MEDIA, RULE(3, OUT(ID(2)), ""), "", "deny"), 1,
	  "p.json: rules[0].excludeGroups[0]", "no group with this id" },
	{ POLICY(ALL_MEDIA, RULE(3, ",\"excludeGroups\":3", ""), "", "deny"), 1,
	  "p.json: rules[0].excludeGroups", "An array is wanted" },
	{ POLICY(ALL_MEDIA, RULE(3, , "3"), "", "deny"), 1, "p.json: rules[0].entries[0]",
	  "An object is wanted" },
	{ POLICY(ALL_MEDIA, RULE(3, , ENTRY("removableMedium", "deny", RWX)), "", "deny"), 1,
	  "p.json: rules[0].entries[0].$type", "did you mean \"removableMedia\"" },
	{ POLICY(ALL_MEDIA, RULE(3, , ENTRY("removableMedia", "block", RWX)), "", "deny"), 1,
	  "p.json: rules[0].entries[0].enforcement.$type", "not known here" },
	{ POLICY(ALL_MEDIA, RULE(3, , ENTRY("removableMedia", "deny", "\"reed\"")), "", "deny"), 1,
	  "p.json: rules[0].entries[0].access[0]", "did you mean \"read\"" },
	{ POLICY(ALL_MEDIA, RULE(3, , ENTRY("removableMedia", "deny", "3")), "", "deny"), 1,
	  "p.json: rules[0].entries[0].access[0]", "A text is wanted" },
	{ POLICY(ALL_MEDIA, RULE(3, , ENTRY("removableMedia", "deny", "")), "", "deny"), 1,
	  "p.json: rules[0].entries[0].access", "about some access" },
	{ POLICY(ALL_MEDIA, RULE(3, , "{\"$type\":\"generic\"}"), "", "deny"), 1,
	  "p.json: rules[0].entries[0]", "\"enforcement\" is missing" },
	{ POLICY(ALL_MEDIA,
		 RULE(3, , "{\"$type\":\"generic\",\"enforcement\":{\"$type\":\"deny\"}}"), "",
		 "deny"),
	  1, "p.json: rules[0].entries[0]", "\"access\" is missing" },
	{ POLICY(ALL_MEDIA,
		 RULE(3, ,
		      "{\"$type\":\"generic\",\"enforcement\":{\"$type\":\"deny\",\"options\":3}}"),
		 "", "deny"),
	  1, "p.json: rules[0].entries[0].enforcement.options", "An array is wanted" },
};

static int import_text(const char *text, size_t size, bool strict, struct import *ret,
		       struct rules_error *error)
{
	const struct import_file file = { "p.json", text, size };
	const struct import_options options = { .name = "n", .strict = strict };

	return import_mde_json(&file, 1, &options, ret, error);
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct import import = { .n_media = 77 };
		struct rules_error error;

		assert_int_equal(import_text(refusals[i].text, strlen(refusals[i].text), false,
					     &import, &error),
				 -EBADMSG);
		assert_int_equal(import.n_media, 77);
		if (strstr(error.message, refusals[i].message) == NULL ||
		    strncmp(error.path, refusals[i].path, strlen(refusals[i].path)) != 0 ||
		    error.line != refusals[i].line)
			fail_msg("row %zu: %s:%d:%d: %s", i, error.path, error.line, error.column,
				 error.message);
	}
}

static void no_file_is_no_policy(void **state)
{
	(void)state;
	const struct import_options options = { .name = "n" };
	struct import import;
	struct rules_error error;

	assert_int_equal(import_mde_json(NULL, 0, &options, &import, &error), -EBADMSG);
	assert_string_equal(error.message, "There is no file to import.");
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	static const char text[] = NESTED;
	struct import import;
	struct rules_error error;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_int_equal(import_text(text, n, false, &import, &error), -EBADMSG);
	assert_int_equal(import_text(text, sizeof(text) - 1, false, &import, &error), 0);
	import_finish(&import);
}

static const struct {
	const char *text;
	enum import_effect effect;
	const char *part;
} notes[] = {
	{ SCENARIO, IMPORT_NOTE, "does not govern keyboards" },
	{ ACCESS("allow", "\"write\"", "deny"), IMPORT_STRICTER, "no verdict of ours" },
	{ ACCESS("auditDeny", RWX, "deny"), IMPORT_NOTE, "which events are sent" },
	{ APFS("allow", "deny"), IMPORT_STRICTER, "encryption cannot be told" },
	{ SOME_LINKS("deny", "allow"), IMPORT_STRICTER, "A Bluetooth adapter is judged" },
	{ POLICY(GROUP(1, "all", CLAUSE("mediaSerialNumber", "7")), RULE(3, IN(ID(1)), ""),
		 ON("removableMedia"), "deny"),
	  IMPORT_STRICTER, "mediaSerialNumber cannot be told" },
	{ POLICY(GROUP(1, "all", CLAUSE("serialNumber", "\"ABCDE1\"")),
		 RULE(3, IN(ID(1)), ENTRY("removableMedia", "deny", RWX)), ON("removableMedia"),
		 "allow"),
	  IMPORT_STRICTER, "letters of a serial" },
	{ "{\"groups\":[],\"rules\":[],\"settings\":{\"ux\":{\"navigationTarget\":\"x\"}}}",
	  IMPORT_LEFT_OUT, "Where a notice leads to" },
};

static void what_cannot_be_said_is_noted(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(notes); i++) {
		struct import import = model_import(false, notes[i].text);
		struct rules_error error;
		struct import unused;

		if (!model_has_note(&import, notes[i].effect, notes[i].part))
			fail_msg("row %zu", i);
		import_finish(&import);
		/* What would be stricter is an error, if that is wanted. */
		int r = import_text(notes[i].text, strlen(notes[i].text), true, &unused, &error);
		if (notes[i].effect == IMPORT_STRICTER) {
			assert_int_equal(r, -EBADMSG);
			if (strstr(error.message, notes[i].part) == NULL)
				fail_msg("row %zu: %s", i, error.message);
		} else {
			assert_int_equal(r, 0);
			import_finish(&unused);
		}
	}
}

static void a_byte_order_mark_and_two_documents_are_read(void **state)
{
	(void)state;
	const struct import_options options = { .name = "n" };
	static const char first[] =
		"\xef\xbb\xbf" POLICY(ALL_MEDIA, "", ON("removableMedia"), "deny");
	static const char second[] =
		"{\"__comments\":\"\",\"groups\":[{\"type\":\"device\","
		"\"id\":" ID(2) ",\"query\":{\"$type\":\"all\",\"clauses\":"
				"[" CLAUSE("vendorId",
					   "\"0951\"") "]}}],"
						       "\"rules\":[" RULE(3, IN(ID(2)),
									  ENTRY("removableMedi"
										"a",
										"allow",
										RWX)) "],"
										      "\"setti"
										      "ngs\":{"
										      "\"featu"
										      "res\":{"
										      "\"gener"
										      "icDevic"
										      "e\":{}}"
										      ",\"glob"
										      "al\":{}"
										      "}}";
	const struct import_file files[] = { { "a", first, sizeof(first) - 1 },
					     { "b", second, sizeof(second) - 1 } };
	struct model_subject subject;
	struct import import;
	struct rules_error error;

	assert_int_equal(import_mde_json(files, 2, &options, &import, &error), 0);
	struct rules *rules = model_rules(&import);
	model_device(REMOVABLE, 0x0951, 1, "S", "N", &subject);
	assert_int_equal(model_decide(rules, &subject, ENCRYPTION_NONE).verdict, VERDICT_ALLOW);
	subject.device.vendor = 0x0952;
	assert_int_equal(model_decide(rules, &subject, ENCRYPTION_NONE).verdict, VERDICT_DENY);
	rules_free(rules);
	import_finish(&import);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documented_results_come_out),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(no_file_is_no_policy),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(what_cannot_be_said_is_noted),
		cmocka_unit_test(a_byte_order_mark_and_two_documents_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
