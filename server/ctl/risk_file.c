#include "risk_file.h"

#include <errno.h>
#include <string.h>

#include "file.h"
#include "message.h"
#include "policy/risk/merge.h"
#include "rules_file.h"
#include "server/pki/cleanup.h"

void risk_file_complain(const char *path, int r, const struct rules_error *error)
{
	if (r == -EBADMSG || r == -E2BIG)
		rules_file_complain(path, error);
	else
		complain(_("%s: the risk model cannot be read: %s"), path, strerror(-r));
}

/* Put the vendors of the file @restricted into *@text, which is replaced. */
static int merge(char **text, const char *restricted, struct rules_error *error)
{
	_cleanup_free_ char *list = NULL;
	char *merged;
	int r = file_read(restricted, RISK_MAX_BYTES, &list, NULL);

	if (r < 0)
		return r;
	r = risk_merge(*text, list, &merged, error);
	if (r < 0) {
		risk_file_complain(restricted, r, error);
		return r;
	}
	free(*text);
	*text = merged;
	return 0;
}

int risk_file_read(const char *path, const char *restricted, char **ret_text,
		   struct risk **ret_risk, struct rules_error *error)
{
	_cleanup_free_ char *text = NULL;
	struct risk *risk;
	int r = file_read(path, RISK_MAX_BYTES, &text, NULL);

	memset(error, 0, sizeof(*error));
	if (r < 0)
		return r;
	r = risk_parse(text, strlen(text), &risk, error);
	if (r < 0) {
		risk_file_complain(path, r, error);
		return r;
	}
	if (restricted) {
		risk_free(risk);
		r = merge(&text, restricted, error);
		if (r < 0)
			return r;
		r = risk_parse(text, strlen(text), &risk, error);
		if (r < 0) {
			risk_file_complain(restricted, r, error);
			return r;
		}
	}
	*ret_text = TAKE_PTR(text);
	*ret_risk = risk;
	return 0;
}

bool risk_file_wanted(const struct rules *rules)
{
	for (size_t i = 0; i < rules_count(rules); i++)
		if (rules_at(rules, i)->outcome.by_risk)
			return true;
	for (int f = 0; f < _FUNCTION_MAX; f++)
		if (rules_default(rules, (enum function)f).by_risk)
			return true;
	return false;
}
