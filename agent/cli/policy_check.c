/* policy check - whether a policy is well-formed, and what to look at again in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "policy.h"
#include "policy/decision_table.h"
#include "policy/rules/lint.h"
#include "policy_files.h"
#include "text.h"

enum { SENTENCE_SIZE = 1024 };

/* What is said of all files together. */
struct report {
	json_t *findings; /* NULL: for people */
	size_t n[_RULES_SEVERITY_MAX];
};

static const char *severity_word(enum rules_severity severity)
{
	switch (severity) {
	case RULES_ERROR:
		return _("error");
	case RULES_WARNING:
		return _("warning");
	default:
		return _("note");
	}
}

struct said {
	const char *file, *kind, *path, *rule, *other, *text;
	enum rules_severity severity;
	int line, column;
};

static void say(struct report *report, const struct said *said)
{
	char text[SENTENCE_SIZE], path[160];

	report->n[said->severity]++;
	if (report->findings != NULL) {
		(void)json_array_append_new(
			report->findings,
			json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "file",
				  said->file, "line", said->line, "column", said->column,
				  "severity", rules_severity_to_text(said->severity), "kind",
				  said->kind, "path", said->path, "rule", said->rule, "other",
				  said->other, "text", said->text));
		return;
	}
	printf("%s:%d:%d: %s: %s%s%s\n", said->file, said->line, said->column,
	       severity_word(said->severity), text_show(said->path, path, sizeof(path)),
	       said->path[0] == '\0' ? "" : ": ", text_show(said->text, text, sizeof(text)));
}

static void say_refused(struct report *report, const char *file, int r,
			const struct rules_error *error)
{
	say(report, &(struct said){
			    .file = file,
			    .kind = "malformed",
			    .path = error->path,
			    .rule = "",
			    .other = "",
			    .text = r == -EBADMSG || r == -E2BIG ? error->message : strerror(-r),
			    .severity = RULES_ERROR,
			    .line = error->line,
			    .column = error->column,
		    });
}

static void say_finding(struct report *report, const char *file,
			const struct rules_finding *finding)
{
	const char *sentence = rules_finding_sentence(finding);
	char text[SENTENCE_SIZE];

	rules_finding_fill(finding, report->findings != NULL ? sentence : _(sentence), text,
			   sizeof(text));
	say(report, &(struct said){
			    .file = file,
			    .kind = rules_finding_to_text(finding->kind),
			    .path = finding->path,
			    .rule = finding->rule,
			    .other = finding->other,
			    .text = text,
			    .severity = finding->severity,
			    .line = finding->line,
			    .column = finding->column,
		    });
}

static int check_rules(struct report *report, const char *file, char *text, size_t size)
{
	struct rules_findings findings;
	struct rules_error error;
	struct rules *rules;
	int r = rules_parse(text, size, &rules, &error);

	if (r < 0) {
		say_refused(report, file, r, &error);
		return 0;
	}
	r = rules_lint(&(struct rules_source){ text, size, rules }, &findings);
	for (size_t i = 0; r == 0 && i < findings.n; i++)
		say_finding(report, file, &findings.list[i]);
	if (r == 0 && findings.left_out > 0)
		fprintf(stderr, _("devgate: %s: %zu more findings are not shown\n"), file,
			findings.left_out);
	if (r == 0)
		rules_findings_finish(&findings);
	rules_free(rules);
	return r;
}

static int check_risk(struct report *report, const char *file, char *text, size_t size)
{
	struct rules_error error;
	struct risk *risk = NULL;
	int r = risk_parse(text, size, &risk, &error);

	if (r < 0)
		say_refused(report, file, r, &error);
	risk_free(risk);
	return 0;
}

static int check_table(struct report *report, const char *file, char *text, size_t size)
{
	struct decision_table *table = NULL;
	struct rules_error error;
	int r = decision_table_parse(text, size, &table, &error);

	if (r < 0)
		say_refused(report, file, r, &error);
	decision_table_free(table);
	return 0;
}

/* The document says what it is; a text that says nothing is taken for rules, and refused. */
static int check_file(struct report *report, const char *file)
{
	static const struct {
		const char *schema;
		int (*check)(struct report *report, const char *file, char *text, size_t size);
	} kinds[] = {
		{ "\"devgate-risk-1\"", check_risk },
		{ "\"devgate-table-1\"", check_table },
		{ "\"devgate-rules-1\"", check_rules },
	};
	_cleanup_free_ char *text = NULL;
	int (*check)(struct report *, const char *, char *, size_t) = check_rules;
	const char *earliest = NULL;
	size_t size;
	int r = policy_read(file, DECISION_TABLE_MAX_BYTES, &text, &size);

	if (r < 0)
		return r;
	/* A table has other documents in it: the first schema that is named is its own. */
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *found = strstr(text, kinds[i].schema);

		if (found == NULL || (earliest != NULL && found > earliest))
			continue;
		earliest = found;
		check = kinds[i].check;
	}
	r = check(report, file, text, size);
	if (r < 0)
		fprintf(stderr, "devgate: %s: %s\n", file, strerror(-r));
	return r;
}

int policy_check(const struct policy_arguments *arguments)
{
	struct report report = { .findings = arguments->json ? json_array() : NULL };
	int r = 0;

	for (int i = 0; i < arguments->n_words; i++)
		if (check_file(&report, arguments->words[i]) < 0)
			r = -EIO;
	if (arguments->json) {
		_cleanup_json_ json_t *root = json_pack("{s:o}", "findings", report.findings);

		ask_print_json(root);
	} else if (r == 0 && report.n[RULES_ERROR] + report.n[RULES_WARNING] == 0) {
		puts(_("No errors and no warnings."));
	}
	return r < 0 || report.n[RULES_ERROR] + report.n[RULES_WARNING] > 0 ? EXIT_FAILURE
									    : EXIT_SUCCESS;
}
