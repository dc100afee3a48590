/* policy test - what a policy decides on a device, or the rows of a decision table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "commands.h"
#include "policy.h"
#include "policy/decision_table.h"
#include "policy_decision.h"
#include "text.h"

/* How the rows of all tables went. */
struct tally {
	size_t passed, failed;
	json_t *rows; /* those that failed; NULL: for people */
};

static void say_row(struct tally *tally, const char *file,
		    const struct decision_table_result *result)
{
	char text[2 * DECISION_TABLE_DIFFERENCE_SIZE];

	if (tally->rows != NULL) {
		(void)json_array_append_new(tally->rows,
					    json_pack("{s:s, s:i, s:s, s:s}", "file", file, "line",
						      result->line, "device", result->device,
						      "difference", result->difference));
		return;
	}
	printf("%s:%d: %s%s%s\n", file, result->line, result->device,
	       result->device[0] == '\0' ? "" : ": ",
	       text_show(result->difference, text, sizeof(text)));
}

static int run_table(const char *file, const struct decision_table *table,
		     const struct policy_view *view, struct tally *tally)
{
	if (!decision_table_has_rules(table) && view->rules == NULL) {
		fprintf(stderr,
			_("devgate: %s: the table has no rules of its own: give --policy FILE\n"),
			file);
		return -1;
	}
	for (size_t i = 0; i < decision_table_count(table); i++) {
		struct decision_table_result result;

		decision_table_run(table, i, view, &result);
		if (result.passed) {
			tally->passed++;
			continue;
		}
		tally->failed++;
		say_row(tally, file, &result);
	}
	return 0;
}

static int test_table(const char *file, const struct policy_view *view, struct tally *tally)
{
	_cleanup_free_ char *text = NULL;
	struct decision_table *table = NULL;
	struct rules_error error;
	size_t size;
	int r = policy_read(file, DECISION_TABLE_MAX_BYTES, &text, &size);

	if (r < 0)
		return r;
	r = decision_table_parse(text, size, &table, &error);
	if (r < 0) {
		policy_say(file, r, &error);
		return r;
	}
	r = run_table(file, table, view, tally);
	decision_table_free(table);
	return r;
}

static int test_tables(const struct policy_arguments *arguments, const struct policy_view *view)
{
	struct tally tally = { .rows = arguments->json ? json_array() : NULL };
	bool failed = test_table(arguments->table, view, &tally) < 0;

	for (int i = 0; i < arguments->n_words; i++)
		failed |= test_table(arguments->words[i], view, &tally) < 0;
	if (arguments->json) {
		_cleanup_json_ json_t *root =
			json_pack("{s:I, s:I, s:o}", "passed", (json_int_t)tally.passed, "failed",
				  (json_int_t)tally.failed, "rows", tally.rows);

		ask_print_json(root);
	} else {
		printf(_("%zu rows hold, %zu do not.\n"), tally.passed, tally.failed);
	}
	return failed || tally.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int test_device(const struct policy_arguments *arguments, struct policy_case *policy_case)
{
	_cleanup_json_ json_t *packet = NULL;
	struct decision decision;

	if (policy_case_read_device(arguments, policy_case) < 0)
		return EXIT_FAILURE;
	decide(&policy_case->view, &policy_case->device.device, &policy_case->circumstances.facts,
	       policy_case->device.present, &decision);
	decide_explain(&policy_case->view, &decision);
	packet = policy_decision_json(policy_case, &decision);
	if (packet == NULL) {
		fputs(_("devgate: out of memory\n"), stderr);
		return EXIT_FAILURE;
	}
	if (arguments->json)
		ask_print_json(packet);
	else if (policy_decision_print(packet) < 0)
		return EXIT_FAILURE;
	return decision.verdict == VERDICT_DENY ? EXIT_FAILURE : EXIT_SUCCESS;
}

int policy_test(const struct policy_arguments *arguments)
{
	const bool is_device = arguments->device != NULL, is_table = arguments->table != NULL;
	struct policy_case policy_case;
	int status = EXIT_FAILURE;

	if (is_device == is_table || (is_device && arguments->policy == NULL)) {
		fputs(_("devgate: give --policy and --device, or --table\n"
			"Try devgate policy test --help.\n"),
		      stderr);
		return EXIT_USAGE;
	}
	if (is_device && arguments->n_words > 0) {
		fprintf(stderr, _("devgate: what is \"%s\" to be?\n"), arguments->words[0]);
		return EXIT_USAGE;
	}
	if (policy_case_read_policy(arguments, &policy_case) == 0)
		status = is_table ? test_tables(arguments, &policy_case.view)
				  : test_device(arguments, &policy_case);
	policy_case_finish(&policy_case);
	return status;
}
