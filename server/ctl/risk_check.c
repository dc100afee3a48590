#include "risk_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "message.h"
#include "policy/risk/merge.h"
#include "risk_file.h"
#include "risk_summary.h"
#include "rules_file.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"

/* Of a list, which has no name: how many vendors. */
static int print_list(const struct ctl *ctl, const char *path, const struct risk *risk)
{
	_cleanup_json_ json_t *json = NULL;
	size_t n;

	(void)risk_restricted_all(risk, &n);
	if (!ctl->json) {
		printf(_("%s: good: %zu restricted vendors\n"), path, n);
		return STATUS_OK;
	}
	json = json_pack("{sb sI}", "ok", 1, "restricted", (json_int_t)n);
	return ctl_print_json(json);
}

static int print_model(const struct ctl *ctl, const char *path, const struct risk *risk)
{
	char name[RISK_NAME_SIZE], ladder[RISK_LADDER_SIZE];
	_cleanup_json_ json_t *json = NULL;
	size_t n;

	(void)risk_restricted_all(risk, &n);
	message_clean(risk_name(risk), name, sizeof(name));
	risk_ladder_to_text(risk, ladder);
	if (!ctl->json) {
		printf(_("%s: good: %s, %s, %zu restricted vendors\n"), path, name, ladder, n);
		return STATUS_OK;
	}
	json = json_pack("{sb ss si sI}", "ok", 1, "name", risk_name(risk), "scale",
			 risk_scale(risk), "restricted", (json_int_t)n);
	return ctl_print_json(json);
}

/* A list is judged as what it makes of the smallest model. */
static int parse_list(const char *list, struct risk **ret, struct rules_error *error)
{
	static const char model[] =
		"{\"schema\":\"devgate-risk-1\",\"name\":\"-\",\"base\":{\"likelihood\":1,"
		"\"impact\":1},\"factors\":{},\"thresholds\":[{\"from\":1,\"verdict\":\"deny\"}]}";
	_cleanup_free_ char *merged = NULL;
	int r = risk_merge(model, list, &merged, error);

	return r < 0 ? r : risk_parse(merged, strlen(merged), ret, error);
}

bool risk_check(const struct ctl *ctl, const char *path, int *ret_status)
{
	_cleanup_free_ char *text = NULL;
	struct rules_error error = { 0 };
	struct risk *risk;
	bool is_model;
	size_t size;
	int r;

	if (atomic_file_read(path, RISK_MAX_BYTES, &text, &size) < 0)
		return false;
	is_model = risk_is_model(text, size);
	if (!is_model && !risk_is_list(text, size))
		return false;
	r = is_model ? risk_parse(text, size, &risk, &error) : parse_list(text, &risk, &error);
	if (r < 0) {
		risk_file_complain(path, r, &error);
		*ret_status =
			ctl->json && r != -ENOMEM ? rules_file_print_fault(&error) : STATUS_FAILURE;
		return true;
	}
	*ret_status = is_model ? print_model(ctl, path, risk) : print_list(ctl, path, risk);
	risk_free(risk);
	return true;
}
