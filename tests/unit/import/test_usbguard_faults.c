/* USBGuard rules: what is refused, where and why, and how much is too much. */
#include "../policy/cmocka_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usbguard_text.h"

static const struct fault {
	const char *source;
	int line, column;
	const char *message;
} faults[] = {
	{ "permit", 1, 1,
	  "Wanted here is the target of a rule: allow, block, reject, match, device." },
	{ " alow", 1, 2, "\"alow\" is not the target of a rule; did you mean \"allow\"?" },
	{ "allow\n\"\"", 2, 1,
	  "Wanted here is the target of a rule: allow, block, reject, match, device." },
	{ "allow 1234", 1, 7,
	  "Wanted here is an attribute: id, name, serial, hash, parent-hash, via-port, "
	  "with-connect-type, with-interface, if, label." },
	{ "allow nmae \"x\"", 1, 7, "\"nmae\" is not an attribute; did you mean \"name\"?" },
	{ "allow name", 1, 11, "A blank is wanted behind \"name\"." },
	{ "allow name\"x\"", 1, 11, "A blank is wanted behind \"name\"." },
	{ "allow name ", 1, 12, "A text in quotes \"...\" is wanted here." },
	{ "allow name x", 1, 12, "A text in quotes \"...\" is wanted here." },
	{ "allow name \"x", 1, 12, "The text that begins here does not end." },
	{ "allow name \"x\\", 1, 12, "The text that begins here does not end." },
	{ "allow name \"x\\\"", 1, 12, "The text that begins here does not end." },
	{ "allow name \"x\\n\"", 1, 14, "USBGuard knows the escapes \\\", \\\\ and \\xHH only." },
	{ "allow name \"x\\x4\"", 1, 14, "USBGuard knows the escapes \\\", \\\\ and \\xHH only." },
	{ "allow name \"x\" name \"y\"", 1, 16, "The rule has \"name\" already." },
	{ "allow name \"x\"serial \"y\"", 1, 15, "A blank is wanted here." },
	{ "allow 1234:5678 id 1234:5678", 1, 17, "The rule has \"id\" already." },
	{ "allow 1234:5678name \"x\"", 1, 16, "A blank is wanted here." },
	{ "allow name \"x\" 1234:5678", 1, 16,
	  "Wanted here is an attribute: id, name, serial, hash, parent-hash, via-port, "
	  "with-connect-type, with-interface, if, label." },
	{ "allow 1234:567", 1, 7, "A device id is wanted here, like 1234:abcd, 1234:* or *:*." },
	{ "allow 123g:5678", 1, 7, "A device id is wanted here, like 1234:abcd, 1234:* or *:*." },
	{ "allow *", 1, 7, "A device id is wanted here, like 1234:abcd, 1234:* or *:*." },
	{ "allow *:5678", 1, 7, "A product id says nothing without its vendor's." },
	{ "allow id \"x\"", 1, 10, "A device id is wanted here, like 1234:abcd, 1234:* or *:*." },
	{ "allow id one_of { 1234:5678 }", 1, 10,
	  "A device id is wanted here, like 1234:abcd, 1234:* or *:*." },
	{ "allow id oneof { 1234:5678 }", 1, 10,
	  "\"oneof\" is not an operator; did you mean \"one-of\"?" },
	{ "allow id subset { 1234:5678 }", 1, 10,
	  "Wanted here is an operator: all-of, one-of, none-of, equals, equals-ordered, "
	  "match-all." },
	{ "allow id one-of 1234:5678", 1, 17,
	  "A blank and a set { ... } are wanted behind \"one-of\"." },
	{ "allow id one-of{ 1234:5678 }", 1, 16,
	  "A blank and a set { ... } are wanted behind \"one-of\"." },
	{ "allow id one-of", 1, 16, "A blank and a set { ... } are wanted behind \"one-of\"." },
	{ "allow id { }", 1, 12, "A device id is wanted here, like 1234:abcd, 1234:* or *:*." },
	{ "allow id { 1234:5678", 1, 21, "The set has no '}' at its end." },
	{ "allow id { 1234:5678 ", 1, 22, "The set has no '}' at its end." },
	{ "allow name { \"a\"\"b\" }", 1, 17, "A blank is wanted between two values." },
	{ "allow with-interface 8:06:50", 1, 22,
	  "An interface is wanted here, like 08:06:50, 08:06:* or 08:*:*." },
	{ "allow with-interface *:*:*", 1, 22,
	  "An interface is wanted here, like 08:06:50, 08:06:* or 08:*:*." },
	{ "allow with-interface 08:06", 1, 22,
	  "An interface is wanted here, like 08:06:50, 08:06:* or 08:*:*." },
	{ "allow with-interface 08:06:5", 1, 22,
	  "An interface is wanted here, like 08:06:50, 08:06:* or 08:*:*." },
	{ "allow with-interface 08-06:50", 1, 22,
	  "An interface is wanted here, like 08:06:50, 08:06:* or 08:*:*." },
	{ "allow with-interface 08:0x:50", 1, 22,
	  "An interface is wanted here, like 08:06:50, 08:06:* or 08:*:*." },
	{ "allow with-interface 08:*:50", 1, 22,
	  "A protocol cannot be asked for behind any subclass." },
	{ "allow if", 1, 9, "A blank is wanted behind \"if\"." },
	{ "allow if !", 1, 11,
	  "Wanted here is a condition: localtime, allowed-matches, rule-applied, rule-evaluated, "
	  "random, true, false." },
	{ "allow if !!true", 1, 11,
	  "Wanted here is a condition: localtime, allowed-matches, rule-applied, rule-evaluated, "
	  "random, true, false." },
	{ "allow if localtme(08:00)", 1, 10,
	  "\"localtme\" is not a condition; did you mean \"localtime\"?" },
	{ "allow if localtime", 1, 19, "\"localtime\" wants an argument in parentheses." },
	{ "allow if allowed-matches", 1, 25,
	  "\"allowed-matches\" wants an argument in parentheses." },
	{ "allow if localtime()", 1, 20, "An argument is wanted in the parentheses." },
	{ "allow if random()", 1, 17, "An argument is wanted in the parentheses." },
	{ "allow if localtime(08:00", 1, 19, "This '(' has no ')'." },
	{ "allow if random(\\)", 1, 16, "This '(' has no ')'." },
	{ "allow if localtime(noon)", 1, 20,
	  "A time or a range of times is wanted here, like 08:00-18:00 or 08:00:30." },
	{ "allow if localtime(24:00)", 1, 20,
	  "A time or a range of times is wanted here, like 08:00-18:00 or 08:00:30." },
	{ "allow if localtime(08:60)", 1, 20,
	  "A time or a range of times is wanted here, like 08:00-18:00 or 08:00:30." },
	{ "allow if localtime(08:00:60)", 1, 20,
	  "A time or a range of times is wanted here, like 08:00-18:00 or 08:00:30." },
	{ "allow if localtime(08)", 1, 20,
	  "A time or a range of times is wanted here, like 08:00-18:00 or 08:00:30." },
	{ "allow if localtime(08:00-)", 1, 20,
	  "A time or a range of times is wanted here, like 08:00-18:00 or 08:00:30." },
	{ "allow if localtime(08:00-09:00x)", 1, 20,
	  "A time or a range of times is wanted here, like 08:00-18:00 or 08:00:30." },
	{ "allow if localtime(18:00-08:00)", 1, 20,
	  "USBGuard takes no range that ends before it begins." },
	{ "allow if random(1h)", 1, 17, "A probability is wanted here, like 0.25." },
	{ "allow if random(half)", 1, 17, "A probability is wanted here, like 0.25." },
	{ "allow if random(1.2.3)", 1, 17, "A probability is wanted here, like 0.25." },
	{ "allow if random(.)", 1, 17, "A probability is wanted here, like 0.25." },
	{ "allow if noon { true }", 1, 10,
	  "Wanted here is a condition: localtime, allowed-matches, rule-applied, rule-evaluated, "
	  "random, true, false." },
	{ "allow if rule-applied(x)", 1, 23, "A duration is wanted here: HH:MM:SS, HH:MM or SS." },
	{ "allow if rule-applied(-1)", 1, 23, "A duration is wanted here: HH:MM:SS, HH:MM or SS." },
	{ "allow if rule-applied(1h)", 1, 23, "A duration is wanted here: HH:MM:SS, HH:MM or SS." },
	{ "allow if rule-applied(00:10x)", 1, 23,
	  "A duration is wanted here: HH:MM:SS, HH:MM or SS." },
	{ "allow if allowed-matches(allow)", 1, 26,
	  "Wanted here is an attribute: id, name, serial, hash, parent-hash, via-port, "
	  "with-connect-type, with-interface, if, label." },
	{ "allow if allowed-matches(1234:* nmae \"x\")", 1, 33,
	  "\"nmae\" is not an attribute; did you mean \"name\"?" },
	{ "block\n\nallow if { true, false }", 3, 16, "A blank is wanted between two values." },
	{ "allowed", 1, 1, "\"allowed\" is not the target of a rule; did you mean \"allow\"?" },
	{ "allow-all-devices-whatever-they-may-be-called-since-it-is-long-enough-now", 1, 1,
	  "Wanted here is the target of a rule: allow, block, reject, match, device." },
};

static void each_fault_is_told_where_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct import import = { .n_notes_lost = 7 };
		struct rules_error error;
		const int r = import_text(faults[i].source, strlen(faults[i].source), &loose,
					  &import, &error);

		if (r != -EBADMSG || error.line != faults[i].line ||
		    error.column != faults[i].column ||
		    strcmp(error.message, faults[i].message) != 0)
			fail_msg("%s: %d, %d:%d %s", faults[i].source, r, error.line, error.column,
				 error.message);
		assert_string_equal(error.path, "rules.conf");
		assert_int_equal(import.n_notes_lost, 7);
	}
}

/* The first ')' ends every query, so that they cannot be inside each other. */
static void queries_are_not_nested(void **state)
{
	(void)state;
	static const char inner[] = "allowed-matches(if ";
	const size_t depth = 100000, size = sizeof(inner) - 1;
	char *source = malloc(16 + 2 * depth * size);
	struct import import;
	struct rules_error error;
	size_t used = 0;

	assert_non_null(source);
	used += (size_t)sprintf(source, "allow if ");
	for (size_t i = 0; i < depth; i++, used += size)
		memcpy(source + used, inner, size);
	used += (size_t)sprintf(source + used, "true");
	memset(source + used, ')', depth);
	assert_int_equal(import_text(source, used + depth, &loose, &import, &error), -EBADMSG);
	assert_string_equal(error.message, "This '(' has no ')'.");
	assert_int_equal(error.column, 10 + 19 + 15);
	free(source);
}

static void too_much_is_refused(void **state)
{
	(void)state;
	static struct import_file files[IMPORT_MAX_FILES + 1];
	struct import import;
	struct rules_error error;

	for (size_t i = 0; i < COUNT(files); i++)
		files[i] = (struct import_file){ "f", "", 0 };
	assert_int_equal(import_usbguard(files, IMPORT_MAX_FILES, &loose, &import, &error), 0);
	import_finish(&import);
	assert_int_equal(import_usbguard(files, COUNT(files), &loose, &import, &error), -E2BIG);
	files[1].size = IMPORT_MAX_BYTES;
	files[0] = (struct import_file){ "f", "#", 1 };
	assert_int_equal(import_usbguard(files, 2, &loose, &import, &error), -E2BIG);
	assert_string_equal(error.message, "The files are too large.");
}

/* @n lines of @line as one text; to be freed. */
static char *repeat(const char *line, size_t n)
{
	const size_t size = strlen(line);
	char *text = malloc(n * size + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * size, line, size);
	text[n * size] = '\0';
	return text;
}

static int import_repeated(const char *line, size_t n, struct import *ret,
			   struct rules_error *error)
{
	char *text = repeat(line, n);
	int r = import_text(text, strlen(text), &loose, ret, error);

	free(text);
	return r;
}

static void more_rules_than_a_document_takes_are_refused(void **state)
{
	(void)state;
	struct import import;
	struct rules_error error;

	assert_int_equal(import_repeated("allow\n", RULES_MAX_RULES, &import, &error), 0);
	must_be_taken(import.rules);
	import_finish(&import);
	assert_int_equal(import_repeated("allow\n", RULES_MAX_RULES + 1, &import, &error), -E2BIG);
	assert_string_equal(error.message, "These are more rules than a document takes.");
	/* each becomes two */
	assert_int_equal(import_repeated("allow serial one-of { \"\" \"a\" }\n",
					 RULES_MAX_RULES / 2 + 1, &import, &error),
			 -E2BIG);
	assert_string_equal(error.message, "These are more rules than a document takes.");
}

static void as_many_conditions_as_usbguard_takes_are_read(void **state)
{
	(void)state;
	for (size_t n = 64; n <= 65; n++) {
		char *sets = repeat("true ", n), source[512];
		struct import import;
		struct rules_error error;

		const int size = snprintf(source, sizeof(source), "allow if { %s}", sets);
		const int r = import_text(source, (size_t)size, &loose, &import, &error);
		assert_int_equal(r, n == 64 ? 0 : -EBADMSG);
		if (r == 0)
			import_finish(&import);
		else
			assert_int_equal(error.column, 12 + 64 * 5);
		free(sets);
	}
}

/* Few rules can make a large document, too. */
static void a_larger_document_than_is_taken_is_refused(void **state)
{
	(void)state;
	const size_t n = 100000;
	const size_t room = n * 160 + 64;
	char *text = malloc(room);
	struct import import;
	struct rules_error error;
	size_t used = (size_t)snprintf(text, room, "allow name one-of {");

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, room - used, " \"%0120zu\"", i);
	used += (size_t)snprintf(text + used, room - used, " }");
	assert_int_equal(import_text(text, used, &loose, &import, &error), -E2BIG);
	assert_string_equal(error.message, "The rules make a larger document than can be read.");
	free(text);
}

/* What is excluded is said a second time only so often; then it is denied, and noted. */
static void copies_are_bounded(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"block name none-of { \"a\" \"b\" }\nallow 1234:*\n",
		"allow serial none-of { \"a\" \"b\" }\nallow 1234:*\n",
		"block name none-of { \"a\" } serial none-of { \"b\" } via-port none-of { \"1-1\" "
		"}\n"
		"allow\n",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		char notes[200000];
		struct import import;
		struct rules_error error;

		assert_int_equal(import_repeated(lines[i], 1000, &import, &error), 0);
		assert_in_range(json_array_size(json_object_get(import.rules, "rules")), 2000,
				12000);
		list_notes(&import, notes, sizeof(notes));
		assert_non_null(strstr(notes, "stricter "));
		must_be_taken(import.rules);
		import_finish(&import);
		assert_int_equal(import_repeated(lines[i], 2, &import, &error), 0);
		list_notes(&import, notes, sizeof(notes));
		assert_string_equal(notes, "");
		import_finish(&import);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_told_where_it_is),
		cmocka_unit_test(queries_are_not_nested),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(more_rules_than_a_document_takes_are_refused),
		cmocka_unit_test(as_many_conditions_as_usbguard_takes_are_read),
		cmocka_unit_test(a_larger_document_than_is_taken_is_refused),
		cmocka_unit_test(copies_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
