#include "risk_summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "policy/risk/diff.h"
#include "policy/verdict_json.h"
#include "risk_file.h"
#include "table.h"

enum { MODIFIERS_SIZE = 64 };

static const struct risk *risk_before(const struct summary *summary)
{
	return summary->compare && summary->published ? summary->published->risk : NULL;
}

/* What has become of the model since the published policy. */
static const char *state_of(const struct summary *summary)
{
	const struct risk *before = risk_before(summary), *now = summary->bundle->risk;

	if (!summary->compare || !summary->published || (!before && !now))
		return "";
	if (!before)
		return _(", NEW");
	if (!now)
		return _(", TAKEN OUT");
	return strcmp(signed_bundle_risk_text(summary->published),
		      signed_bundle_risk_text(summary->bundle)) == 0
		       ? _(", unchanged")
		       : _(", CHANGED");
}

/* " with trail+notify", or "". */
static void modifiers_to_text(modifier_set modifiers, char ret[static MODIFIERS_SIZE])
{
	size_t used = 0;

	ret[0] = '\0';
	for (unsigned bit = 1; bit < _MODIFIER_ALL; bit <<= 1)
		if (modifiers & bit)
			used += (size_t)snprintf(ret + used, MODIFIERS_SIZE - used, "%s%s",
						 used ? "+" : _(" with "),
						 modifier_to_text((enum modifier)bit));
}

/* "allow from 1, read-only from 9 with trail, deny from 20" */
void risk_ladder_to_text(const struct risk *risk, char ret[static RISK_LADDER_SIZE])
{
	size_t n, used = 0;
	const struct risk_threshold *thresholds = risk_thresholds(risk, &n);

	ret[0] = '\0';
	for (size_t i = 0; i < n && used < RISK_LADDER_SIZE; i++) {
		char modifiers[MODIFIERS_SIZE];

		modifiers_to_text(thresholds[i].outcome.modifiers, modifiers);
		used += (size_t)snprintf(ret + used, RISK_LADDER_SIZE - used, _("%s%s from %d%s"),
					 i ? ", " : "",
					 verdict_to_text(thresholds[i].outcome.verdict),
					 thresholds[i].from, modifiers);
	}
}

void risk_summary_print(const struct summary *summary)
{
	const struct risk *risk = summary->bundle->risk;
	char name[RISK_NAME_SIZE], ladder[RISK_LADDER_SIZE];
	size_t n;

	if (!risk) {
		printf(_("Risk model: none%s%s\n"),
		       risk_file_wanted(summary->bundle->rules)
			       ? _("; what the rules leave to it is DENIED")
			       : "",
		       state_of(summary));
		return;
	}
	message_clean(risk_name(risk), name, sizeof(name));
	risk_ladder_to_text(risk, ladder);
	(void)risk_restricted_all(risk, &n);
	printf(_("Risk model: %s, %s, %zu restricted vendors%s\n"), name, ladder, n,
	       state_of(summary));
}

/* 1 if there is a model before and after, and *@ret what changes; else 0; -errno. */
static int find_changes(const struct summary *summary, struct risk_changes *ret)
{
	if (!risk_before(summary) || !summary->bundle->risk)
		return 0;
	int r = risk_diff(signed_bundle_risk_text(summary->published),
			  signed_bundle_risk_text(summary->bundle), ret);
	return r < 0 ? r : 1;
}

int risk_summary_print_changes(const struct summary *summary)
{
	struct risk_changes changes = { 0 };
	int r = find_changes(summary, &changes);

	if (r <= 0)
		return r;
	const size_t shown = changes.n < SUMMARY_MAX_CHANGES ? changes.n : SUMMARY_MAX_CHANGES;
	struct table *table = table_new(4);
	r = table ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < shown; i++) {
		const struct risk_change *change = &changes.list[i];

		table_addf(table, "  %s", change->path);
		table_add(table, change->before);
		table_add(table, "->");
		table_add(table, change->after);
	}
	if (r == 0) {
		printf(_("Risk model: %zu values changed\n"), changes.n);
		r = table_print(table, stdout);
	}
	if (r == 0 && shown < changes.n)
		printf(_("  and %zu more; --json shows all\n"), changes.n - shown);
	table_free(table);
	risk_changes_finish(&changes);
	return r;
}

static json_t *model_json(const struct risk *risk)
{
	json_t *ladder = json_array(), *vendors = json_array();
	size_t n;
	const struct risk_threshold *thresholds = risk_thresholds(risk, &n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			ladder,
			json_pack("{si ss so}", "from", thresholds[i].from, "verdict",
				  verdict_to_text(thresholds[i].outcome.verdict), "modifiers",
				  modifiers_to_json(thresholds[i].outcome.modifiers)));
	const struct restricted_vendor *restricted = risk_restricted_all(risk, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(vendors, json_sprintf("%04x %s", restricted[i].vendor,
							    restricted[i].brand));
	return json_pack("{ss si so so}", "name", risk_name(risk), "scale", risk_scale(risk),
			 "thresholds", ladder, "restricted", vendors);
}

static json_t *changes_json(const struct risk_changes *changes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < changes->n; i++)
		json_array_append_new(list, json_pack("{ss ss? ss?}", "path", changes->list[i].path,
						      "before", changes->list[i].before, "after",
						      changes->list[i].after));
	return list;
}

int risk_summary_add_json(const struct summary *summary, json_t *json)
{
	const struct risk *risk = summary->bundle->risk;
	struct risk_changes changes = { 0 };
	int r = find_changes(summary, &changes);

	if (r < 0)
		return r;
	if (json_object_set_new(json, "risk", risk ? model_json(risk) : json_null()) < 0 ||
	    (summary->compare &&
	     json_object_set_new(json, "risk_changes", changes_json(&changes)) < 0))
		r = -ENOMEM;
	risk_changes_finish(&changes);
	return r < 0 ? r : 0;
}
