/* policy diff - what changes, for whom, from one policy to another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "policy.h"
#include "policy/rules/diff.h"
#include "policy_files.h"
#include "text.h"

enum { SENTENCE_SIZE = 1024 };

/* The texts of a change, in the reader's language unless @is_json. */
static void write_change(const struct rules_change *change, bool is_json, char *ret, size_t size)
{
	const char *sentence = rules_change_sentence(change);

	rules_change_fill(change, is_json ? sentence : _(sentence), ret, size);
}

static void write_effect(const struct rules_change *change, function_set functions, bool is_json,
			 char ret[static SENTENCE_SIZE])
{
	const char *sentence = rules_change_effect_sentence(change, functions);

	rules_change_effect_fill(change, functions, is_json ? sentence : _(sentence), ret,
				 SENTENCE_SIZE);
}

static json_t *functions_to_json(function_set functions)
{
	json_t *words = json_array();

	for (; functions != 0; functions &= functions - 1)
		(void)json_array_append_new(
			words,
			json_string(function_to_text((enum function)__builtin_ctz(functions))));
	return words;
}

static json_t *change_to_json(const struct rules_change *change)
{
	char text[SENTENCE_SIZE];

	write_change(change, true, text, sizeof(text));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "kind",
			 rules_change_to_text(change->kind), "rule", change->rule, "text", text,
			 "more", functions_to_json(change->more), "less",
			 functions_to_json(change->less), "either",
			 functions_to_json(change->either), "who", change->who);
}

static void print_change(const struct rules_change *change)
{
	const function_set effects[] = { change->more, change->less, change->either };
	char text[SENTENCE_SIZE];

	write_change(change, false, text, sizeof(text));
	puts(text);
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		if (effects[i] == 0)
			continue;
		write_effect(change, effects[i], false, text);
		printf("    %s\n", text);
	}
}

static void print_changes(const struct rules_changes *changes, bool is_json)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *list = NULL;

	if (is_json) {
		list = json_array();
		root = json_pack("{s:o}", "changes", list);
	} else if (changes->n == 0) {
		puts(_("Nothing changes."));
	}
	for (size_t i = 0; i < changes->n; i++) {
		if (is_json)
			(void)json_array_append_new(list, change_to_json(&changes->list[i]));
		else
			print_change(&changes->list[i]);
	}
	if (is_json)
		ask_print_json(root);
}

static int compare(const struct policy_rules *before, const struct policy_rules *after,
		   bool is_json)
{
	const struct rules_source old = policy_rules_source(before);
	const struct rules_source new = policy_rules_source(after);
	struct rules_changes changes;
	int r = rules_diff(&old, &new, &changes);

	if (r < 0) {
		fprintf(stderr, "devgate: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	print_changes(&changes, is_json);
	r = changes.n > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	rules_changes_finish(&changes);
	return r;
}

int policy_diff(const struct policy_arguments *arguments)
{
	struct policy_rules before, after;
	int status = EXIT_FAILURE;

	if (policy_rules_read(arguments->words[0], &before) < 0)
		return EXIT_FAILURE;
	if (policy_rules_read(arguments->words[1], &after) == 0) {
		status = compare(&before, &after, arguments->json);
		policy_rules_finish(&after);
	}
	policy_rules_finish(&before);
	return status;
}
