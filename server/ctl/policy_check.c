/* policy check - is this document, of rules or about risk, one that could be signed? */
#include <errno.h>
#include <stdio.h>

#include "ctl.h"
#include "message.h"
#include "options.h"
#include "policy/rules/lint.h"
#include "risk_check.h"
#include "rules_file.h"
#include "server/pki/cleanup.h"

enum { SENTENCE_SIZE = 1024 };

/* What is found, in the language of who reads it. */
static void explain(const struct rules_finding *finding, char ret[static SENTENCE_SIZE])
{
	rules_finding_fill(finding, _(rules_finding_sentence(finding)), ret, SENTENCE_SIZE);
}

/* The severity's word, in that language. */
static const char *severity_word(enum rules_severity severity)
{
	static const char *const words[_RULES_SEVERITY_MAX] = { N_("note"), N_("warning"),
								N_("error") };

	return _(words[severity]);
}

static json_t *finding_to_json(const struct rules_finding *finding)
{
	char sentence[SENTENCE_SIZE];

	explain(finding, sentence);
	return json_pack("{ss ss si si ss ss ss ss ss}", "severity",
			 rules_severity_to_text(finding->severity), "kind",
			 rules_finding_to_text(finding->kind), "line", finding->line, "column",
			 finding->column, "path", finding->path, "rule", finding->rule, "other",
			 finding->other, "detail", finding->detail, "message", sentence);
}

static int print_json(const struct rules *rules, const struct rules_findings *findings, bool good)
{
	_cleanup_json_ json_t *list = json_array();
	_cleanup_json_ json_t *json = NULL;

	for (size_t i = 0; i < findings->n; i++)
		if (json_array_append_new(list, finding_to_json(&findings->list[i])) < 0)
			return STATUS_FAILURE;
	json = json_pack("{sb ss sI ss sO sI}", "ok", good, "name", rules_name(rules), "count",
			 (json_int_t)rules_count(rules), "mode",
			 rules_audit_only(rules) ? "audit" : "enforce", "findings", list,
			 "left_out", (json_int_t)findings->left_out);
	const int status = ctl_print_json(json);
	return good ? status : STATUS_FAILURE;
}

static int print_text(const char *path, const struct rules *rules,
		      const struct rules_findings *findings, bool good)
{
	const char *mode = rules_audit_only(rules) ? "audit" : "enforce";
	char name[RULES_NAME_SIZE], sentence[SENTENCE_SIZE];

	for (size_t i = 0; i < findings->n; i++) {
		const struct rules_finding *finding = &findings->list[i];

		explain(finding, sentence);
		complain("%s:%d:%d: %s: %s", path, finding->line, finding->column,
			 severity_word(finding->severity), sentence);
	}
	if (findings->left_out > 0)
		complain(_("%s: and %zu more like these"), path, findings->left_out);
	if (!good)
		return STATUS_FAILURE;
	message_clean(rules_name(rules), name, sizeof(name));
	printf(_("%s: good: %s, %zu rules, mode %s\n"), path, name, rules_count(rules), mode);
	return STATUS_OK;
}

static int report(const struct ctl *ctl, const char *path, const struct rules_source *source)
{
	struct rules_findings findings;
	int status, r = rules_lint(source, &findings);

	if (r < 0) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	const bool good = rules_findings_worst(&findings) < RULES_ERROR;
	status = ctl->json ? print_json(source->rules, &findings, good)
			   : print_text(path, source->rules, &findings, good);
	rules_findings_finish(&findings);
	return status;
}

int run_policy_check(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	_cleanup_free_ char *text = NULL;
	struct rules_error error;
	struct rules *rules;
	char **operands;
	size_t size;
	int r, status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status != OPTIONS_GO_ON)
		return status;
	if (risk_check(ctl, operands[0], &status))
		return status;
	r = rules_file_read(operands[0], &text, &size, &rules, &error);
	if (r == -EBADMSG && ctl->json)
		return rules_file_print_fault(&error);
	if (r < 0)
		return STATUS_FAILURE;
	status = report(ctl, operands[0], &(struct rules_source){ text, size, rules });
	rules_free(rules);
	return status;
}
