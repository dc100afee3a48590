/* From the text of a risk model to struct risk: the document, its head and its thresholds. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/json_document.h"
#include "policy/text.h"

#define SCHEMA "devgate-risk-1"

enum { DOCUMENT_DEPTH = 5, DEFAULT_SCALE = 5 };

int risk_document_load(struct risk_document *ret, const char *text, size_t size,
		       struct rules_error *error)
{
	static const struct json_limits limits = { RISK_MAX_BYTES, DOCUMENT_DEPTH };
	struct risk_document document;
	int r = json_document_load(text, size, &limits, &document.json, error);

	if (r < 0)
		return r;
	document.root = document.json.root;
	document.reader = (struct rules_reader){
		.text = document.json.text,
		.size = document.json.size,
		.error = error,
	};
	*ret = document;
	return 0;
}

void risk_document_finish(struct risk_document *document)
{
	json_document_finish(&document->json);
}

bool risk_document_is(const char *text, size_t size, const char *schema)
{
	struct risk_document document;
	struct rules_error error;

	if (risk_document_load(&document, text, size, &error) < 0)
		return false;
	const char *named = json_string_value(json_object_get(document.root, "schema"));
	const bool is = named != NULL && strcmp(named, schema) == 0;
	risk_document_finish(&document);
	return is;
}

bool risk_is_model(const char *text, size_t size)
{
	return risk_document_is(text, size, SCHEMA);
}

int risk_need(struct rules_reader *reader, const char *path, json_t *object, const char *name,
	      json_t **ret)
{
	*ret = json_object_get(object, name);
	return *ret == NULL ? rules_fail(reader, path, "The member \"%s\" is missing here.", name)
			    : 0;
}

int risk_read_schema(struct rules_reader *reader, json_t *root, const char *schema)
{
	json_t *value;
	int r = risk_need(reader, "", root, "schema", &value);

	if (r == 0 && (!json_is_string(value) || strcmp(json_string_value(value), schema) != 0))
		r = rules_fail(reader, "schema", "The schema must be \"%s\".", schema);
	return r;
}

int risk_read_number(struct rules_reader *reader, const char *path, json_t *value,
		     const int range[static 2], int *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < range[0] ||
	    json_integer_value(value) > range[1])
		return rules_fail(reader, path, "A whole number from %d to %d is wanted here.",
				  range[0], range[1]);
	*ret = (int)json_integer_value(value);
	return 0;
}

int risk_read_points(struct rules_reader *reader, const char *path, json_t *object,
		     struct risk_points *ret)
{
	static const int range[] = { -RISK_MAX_POINTS, RISK_MAX_POINTS };
	static const char *const names[] = { "likelihood", "impact" };
	int *const targets[] = { &ret->likelihood, &ret->impact };
	int r = 0;

	*ret = (struct risk_points){ 0, 0 };
	for (int i = 0; r == 0 && i < 2; i++) {
		char member[RULES_PATH_SIZE];
		json_t *value = json_object_get(object, names[i]);

		if (value == NULL)
			continue;
		rules_path_member(member, path, names[i]);
		r = risk_read_number(reader, member, value, range, targets[i]);
	}
	return r;
}

/* Each threshold must ask for all that the one before it does: a higher score never permits more.
 */
static int check_step(struct rules_reader *reader, const char *path,
		      const struct risk_threshold *before, const struct risk_threshold *now)
{
	const enum verdict low = before->outcome.verdict, high = now->outcome.verdict;

	if (now->from <= before->from)
		return rules_fail(reader, path, "It must be above the threshold before it, %d.",
				  before->from);
	if (verdict_stricter(low, high) != high)
		return rules_fail(reader, path,
				  "\"%s\" is not as strict as \"%s\" of the threshold before it.",
				  verdict_to_text(high), verdict_to_text(low));
	if (high == VERDICT_CHARGE_ONLY && low > high && low < VERDICT_ALLOW)
		return rules_fail(reader, path,
				  "\"%s\" may not come after \"%s\", which denies what is not "
				  "storage.",
				  verdict_to_text(high), verdict_to_text(low));
	if (high > VERDICT_CHARGE_ONLY && (before->outcome.modifiers & ~now->outcome.modifiers))
		return rules_fail(reader, path,
				  "It must have all modifiers of the threshold before it.");
	return 0;
}

static int read_threshold(struct rules_reader *reader, const char *path, json_t *object,
			  struct risk *risk)
{
	static const char *const names[] = { "from", "verdict", "modifiers" };
	struct risk_threshold *threshold = &risk->thresholds[risk->n_thresholds];
	const int range[] = { 1, risk->scale * risk->scale };
	char member[RULES_PATH_SIZE];
	json_t *value;

	int r = rules_check_members(reader, path, object, names, 3);
	if (r == 0)
		r = risk_need(reader, path, object, "from", &value);
	rules_path_member(member, path, "from");
	if (r == 0)
		r = risk_read_number(reader, member, value, range, &threshold->from);
	if (r == 0)
		r = risk_need(reader, path, object, "verdict", &value);
	rules_path_member(member, path, "verdict");
	if (r == 0)
		r = rules_read_verdict(reader, member, value, &threshold->outcome.verdict);
	value = json_object_get(object, "modifiers");
	rules_path_member(member, path, "modifiers");
	if (r == 0 && value != NULL)
		r = rules_read_modifiers(reader, member, value, &threshold->outcome.modifiers);
	if (r < 0)
		return r;
	if (risk->n_thresholds > 0)
		return check_step(reader, path, threshold - 1, threshold);
	if (threshold->from != 1)
		return rules_fail(reader, path,
				  "The first threshold must be from 1, the lowest score.");
	return 0;
}

int risk_read_thresholds(struct rules_reader *reader, const char *path, json_t *list,
			 struct risk *risk)
{
	char element[RULES_PATH_SIZE];
	json_t *object;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return rules_fail(reader, path,
				  "A list [ ... ] of at least one threshold is wanted here.");
	json_array_foreach (list, i, object) {
		rules_path_element(element, path, i);
		/* They go up from 1 to the highest score, so that more of them cannot be. */
		if (i == RISK_MAX_THRESHOLDS)
			return rules_fail(reader, element, "There are more than %d thresholds.",
					  RISK_MAX_THRESHOLDS);
		int r = read_threshold(reader, element, object, risk);
		if (r < 0)
			return r;
		risk->n_thresholds++;
	}
	return 0;
}

static int read_base(struct rules_reader *reader, json_t *object, struct risk *risk)
{
	static const char *const names[] = { "likelihood", "impact" };
	const int range[] = { 1, risk->scale };
	int *const targets[] = { &risk->base.likelihood, &risk->base.impact };
	int r = rules_check_members(reader, "base", object, names, 2);

	for (int i = 0; r == 0 && i < 2; i++) {
		char member[RULES_PATH_SIZE];
		json_t *value;

		rules_path_member(member, "base", names[i]);
		r = risk_need(reader, "base", object, names[i], &value);
		if (r == 0)
			r = risk_read_number(reader, member, value, range, targets[i]);
	}
	return r;
}

static int read_head(struct rules_reader *reader, json_t *root, struct risk *risk)
{
	static const char *const names[] = { "schema",	"name",	      "scale",	   "base",
					     "factors", "thresholds", "restricted" };
	static const int scales[] = { 2, RISK_MAX_SCALE };
	json_t *value = NULL, *scale;

	int r = rules_check_members(reader, "", root, names, sizeof(names) / sizeof(names[0]));
	if (r == 0)
		r = risk_read_schema(reader, root, SCHEMA);
	if (r == 0)
		r = risk_need(reader, "", root, "name", &value);
	if (r == 0)
		r = rules_read_text(reader, "name", value, risk->name, sizeof(risk->name));
	scale = json_object_get(root, "scale");
	risk->scale = DEFAULT_SCALE;
	if (r == 0 && scale != NULL)
		r = risk_read_number(reader, "scale", scale, scales, &risk->scale);
	if (r == 0)
		r = risk_need(reader, "", root, "base", &value);
	if (r == 0)
		r = read_base(reader, value, risk);
	return r;
}

static int read_model(struct rules_reader *reader, json_t *root, struct risk *risk)
{
	json_t *value = NULL;

	int r = read_head(reader, root, risk);
	if (r == 0)
		r = risk_need(reader, "", root, "factors", &value);
	if (r == 0)
		r = risk_read_factors(reader, "factors", value, risk);
	if (r == 0)
		r = risk_need(reader, "", root, "thresholds", &value);
	if (r == 0)
		r = risk_read_thresholds(reader, "thresholds", value, risk);
	value = json_object_get(root, "restricted");
	if (r == 0 && value != NULL)
		r = risk_read_restricted(reader, "restricted", value, risk);
	return r;
}

int risk_parse(const char *text, size_t size, struct risk **ret, struct rules_error *error)
{
	struct risk_document document;
	int r = risk_document_load(&document, text, size, error);

	if (r < 0)
		return r;
	struct risk *risk = calloc(1, sizeof(*risk));
	r = risk == NULL ? -ENOMEM : read_model(&document.reader, document.root, risk);
	risk_document_finish(&document);
	if (r < 0) {
		risk_free(risk);
		return r;
	}
	*ret = risk;
	return 0;
}
