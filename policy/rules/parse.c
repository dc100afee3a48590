/* From the text of a rules document to struct rules. */
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyboard_guard.h"
#include "policy/json_document.h"
#include "policy/text.h"

#define SCHEMA "devgate-rules-1"

#define ONLY_STORAGE(word) "Only storage can be \"" word "\": say it of function \"storage\" alone."

enum { DOCUMENT_DEPTH = 7 };

static const char *const modes[] = { "enforce", "audit" };

/* Why @outcome cannot be had, or NULL.  @functions: those it would be for; 0 for all. */
static const char *outcome_fault(const struct outcome *outcome, function_set functions)
{
	const bool storage_alone = functions == FUNCTION_BIT(FUNCTION_STORAGE);

	if (!outcome->by_risk && outcome->verdict == VERDICT_CHARGE_ONLY &&
	    functions & FUNCTION_BIT(FUNCTION_HUB))
		return "A hub cannot be \"charge-only\".";
	if (storage_alone)
		return NULL;
	if (!outcome->by_risk && outcome->verdict == VERDICT_READ_ONLY)
		return ONLY_STORAGE("read-only");
	if (!outcome->by_risk && outcome->verdict == VERDICT_ENCRYPTED_ONLY)
		return ONLY_STORAGE("encrypted-only");
	if (outcome->modifiers & MODIFIER_NOEXEC)
		return ONLY_STORAGE("noexec");
	if (outcome->modifiers & MODIFIER_TRAIL)
		return ONLY_STORAGE("trail");
	return NULL;
}

int rules_need(struct rules_reader *reader, const char *path, json_t *object, const char *name,
	       json_t **ret, char ret_path[static RULES_PATH_SIZE])
{
	json_t *value = json_object_get(object, name);

	if (value == NULL)
		return rules_fail(reader, path, "The member \"%s\" is missing here.", name);
	rules_path_member(ret_path, path, name);
	*ret = value;
	return 0;
}

static int read_id(struct rules_reader *reader, const char *path, json_t *value, json_t *seen,
		   const char **ret)
{
	char id[RULES_ID_SIZE];
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789._-";
	int r = rules_read_text(reader, path, value, id, sizeof(id));
	if (r < 0)
		return r;
	if (id[strspn(id, characters)] != '\0')
		return rules_fail(reader, path,
				  "A rule's id is made of letters, digits, '.', '_' and '-'.");
	if (json_object_get(seen, id) != NULL)
		return rules_fail(reader, path, "Another rule before has the id \"%s\".", id);
	*ret = arena_text(reader->arena, id);
	return *ret == NULL || json_object_set_new(seen, id, json_true()) < 0 ? -ENOMEM : 0;
}

/* Rules in a row often say the same: then the text is that of the rule before. */
static int keep_reason(struct rules_reader *reader, const char *text, const char *before,
		       const char **ret)
{
	*ret = before != NULL && strcmp(before, text) == 0 ? before
							   : arena_text(reader->arena, text);
	return *ret == NULL ? -ENOMEM : 0;
}

static int read_reason(struct rules_reader *reader, const char *path, json_t *object,
		       struct match_rule *ret, const struct match_rule *before)
{
	static const char *const names[] = { "en", "zh-TW" };
	const char **const texts[] = { &ret->rule.reason_en, &ret->rule.reason_zh };
	const char *const earlier[] = { before == NULL ? NULL : before->rule.reason_en,
					before == NULL ? NULL : before->rule.reason_zh };
	char member[RULES_PATH_SIZE], text[RULES_REASON_SIZE];
	int r = rules_check_members(reader, path, object, names, 2);

	for (int i = 0; r == 0 && i < 2; i++) {
		json_t *value = json_object_get(object, names[i]);

		if (value == NULL)
			continue;
		rules_path_member(member, path, names[i]);
		r = rules_read_text(reader, member, value, text, sizeof(text));
		if (r == 0)
			r = keep_reason(reader, text, earlier[i], texts[i]);
	}
	return r;
}

static function_set functions_of(const struct match_rule *rule)
{
	const struct condition *condition = match_condition(rule, CONDITION_FUNCTION);

	return condition == NULL ? 0 : condition->n;
}

/* "verdict" and "modifiers" of @object, for @functions; 0 for all. */
static int read_outcome(struct rules_reader *reader, const char *path, json_t *object,
			function_set functions, struct outcome *ret)
{
	char verdict_path[RULES_PATH_SIZE], member[RULES_PATH_SIZE];
	json_t *modifiers = json_object_get(object, "modifiers"), *value = NULL;

	int r = rules_need(reader, path, object, "verdict", &value, verdict_path);
	if (r == 0)
		r = rules_read_outcome(reader, verdict_path, value, ret);
	if (r < 0)
		return r;
	const char *fault = outcome_fault(ret, functions);
	if (fault == NULL && modifiers != NULL) {
		rules_path_member(member, path, "modifiers");
		r = rules_read_modifiers(reader, member, modifiers, &ret->modifiers);
		if (r < 0)
			return r;
		fault = outcome_fault(ret, functions);
	}
	if (fault == NULL)
		return 0;
	return rules_fail(reader, ret->modifiers == 0 ? verdict_path : member, "%s", fault);
}

/* "even-if-last" takes somebody's last keyboard away: only of a device that the rule names. */
static int read_even_if_last(struct rules_reader *reader, const char *path, json_t *value,
			     struct match_rule *rule)
{
	char member[RULES_PATH_SIZE];

	if (value == NULL)
		return 0;
	rules_path_member(member, path, "even-if-last");
	if (!json_is_boolean(value))
		return rules_fail(reader, member, "Either true or false is wanted here.");
	if (json_is_true(value) && (match_condition(rule, CONDITION_VENDOR) == NULL ||
				    match_condition(rule, CONDITION_PRODUCT) == NULL))
		return rules_fail(
			reader, member,
			"Only a rule that names \"vendor\" and \"product\" can say this.");
	rule->rule.outcome.even_if_last = json_is_true(value);
	return 0;
}

/* @before: the rule before, or NULL. */
static int read_rule(struct rules_reader *reader, const char *path, json_t *object, json_t *seen,
		     struct match_rule *ret, const struct match_rule *before)
{
	static const char *const names[] = { "id",	  "match",  "verdict",
					     "modifiers", "reason", "even-if-last" };
	char member[RULES_PATH_SIZE];
	json_t *value = NULL;

	int r = rules_check_members(reader, path, object, names, sizeof(names) / sizeof(names[0]));
	if (r == 0)
		r = rules_need(reader, path, object, "id", &value, member);
	if (r == 0)
		r = read_id(reader, member, value, seen, &ret->rule.id);
	if (r == 0)
		r = rules_need(reader, path, object, "match", &value, member);
	if (r == 0)
		r = rules_match_read(reader, member, value, &ret->conditions, &ret->n);
	if (r == 0)
		r = read_outcome(reader, path, object, functions_of(ret), &ret->rule.outcome);
	if (r == 0)
		r = read_even_if_last(reader, path, json_object_get(object, "even-if-last"), ret);
	value = json_object_get(object, "reason");
	if (r < 0 || value == NULL)
		return r;
	rules_path_member(member, path, "reason");
	return read_reason(reader, member, value, ret, before);
}

static int read_rules(struct rules_reader *reader, const char *path, json_t *list,
		      struct rules *rules)
{
	char element[RULES_PATH_SIZE];
	json_t *object;
	size_t i;

	if (!json_is_array(list))
		return rules_fail(reader, path, "A list [ ... ] of rules is wanted here.");
	if (json_array_size(list) > RULES_MAX_RULES) {
		(void)rules_fail(reader, path, "There are more than %d rules.", RULES_MAX_RULES);
		return -E2BIG;
	}
	if (json_array_size(list) == 0)
		return 0;
	struct match_rule *read = arena_take(reader->arena, json_array_size(list) * sizeof(*read));
	json_t *seen = json_object();
	int r = read == NULL || seen == NULL ? -ENOMEM : 0;
	json_array_foreach (list, i, object) {
		if (r < 0)
			break;
		rules_path_element(element, path, i);
		r = read_rule(reader, element, object, seen, &read[i],
			      i == 0 ? NULL : &read[i - 1]);
		for (uint32_t c = 0; c < read[i].n; c++)
			rules->facts |= condition_types[read[i].conditions[c].kind].facts;
	}
	json_decref(seen);
	rules->rules = read;
	rules->n = json_array_size(list);
	return r;
}

/* A verdict, or an object of it and modifiers. */
static int read_default(struct rules_reader *reader, const char *path, json_t *value,
			function_set functions, struct outcome *ret)
{
	static const char *const names[] = { "verdict", "modifiers" };

	if (json_is_object(value)) {
		int r = rules_check_members(reader, path, value, names, 2);

		return r < 0 ? r : read_outcome(reader, path, value, functions, ret);
	}
	int r = rules_read_outcome(reader, path, value, ret);
	if (r < 0)
		return r;
	const char *fault = outcome_fault(ret, functions);
	return fault == NULL ? 0 : rules_fail(reader, path, "%s", fault);
}

static int read_defaults(struct rules_reader *reader, const char *path, json_t *object,
			 struct rules *rules)
{
	const char *names[_FUNCTION_MAX + 1];
	char member[RULES_PATH_SIZE];
	int r;

	rules_function_words(names);
	names[_FUNCTION_MAX] = "*";
	r = rules_check_members(reader, path, object, names, _FUNCTION_MAX + 1);
	/* "*" first, then what is said of each function. */
	for (int f = _FUNCTION_MAX; r == 0 && f >= 0; f--) {
		json_t *value = json_object_get(object, names[f]);
		struct outcome outcome = { 0 };

		if (value == NULL)
			continue;
		rules_path_member(member, path, names[f]);
		r = read_default(reader, member, value, f == _FUNCTION_MAX ? 0 : FUNCTION_BIT(f),
				 &outcome);
		for (int g = 0; g < _FUNCTION_MAX; g++)
			if (f == _FUNCTION_MAX || f == g)
				rules->defaults[g] = outcome;
	}
	return r;
}

static int read_networks(struct rules_reader *reader, const char *path, json_t *list,
			 struct rules *rules)
{
	const size_t n = json_array_size(list);
	char element[RULES_PATH_SIZE];
	json_t *value;
	size_t i;

	if (n == 0 || n > RULES_MAX_NETWORKS)
		return rules_fail(reader, path,
				  "A list [ ... ] of 1 to %d networks is wanted here.",
				  RULES_MAX_NETWORKS);
	struct network *networks = arena_take(reader->arena, n * sizeof(*networks));
	if (networks == NULL)
		return -ENOMEM;
	json_array_foreach (list, i, value) {
		if (json_is_string(value) &&
		    network_parse(json_string_value(value), &networks[i]) == 0)
			continue;
		rules_path_element(element, path, i);
		return rules_fail(
			reader, element,
			"A network is wanted here, an address without bits beyond its prefix, "
			"like \"10.1.0.0/16\" or \"2001:db8::/32\".");
	}
	rules->networks = networks;
	rules->n_networks = n;
	return 0;
}

static int read_site(struct rules_reader *reader, const char *path, json_t *object,
		     struct rules *rules)
{
	static const char *const names[] = { "networks" };
	char member[RULES_PATH_SIZE];
	json_t *value = NULL;

	int r = rules_check_members(reader, path, object, names, 1);
	if (r == 0)
		r = rules_need(reader, path, object, "networks", &value, member);
	return r < 0 ? r : read_networks(reader, member, value, rules);
}

static int read_head(struct rules_reader *reader, json_t *root, struct rules *rules)
{
	char member[RULES_PATH_SIZE], text[RULES_NAME_SIZE];
	json_t *value = NULL;

	int r = rules_need(reader, "", root, "schema", &value, member);
	if (r == 0)
		r = rules_read_text(reader, member, value, text, sizeof(text));
	if (r == 0 && strcmp(text, SCHEMA) != 0)
		r = rules_fail(reader, member, "The schema must be \"" SCHEMA "\".");
	if (r == 0)
		r = rules_need(reader, "", root, "name", &value, member);
	if (r == 0)
		r = rules_read_text(reader, member, value, rules->name, sizeof(rules->name));
	if (r == 0)
		r = rules_need(reader, "", root, "mode", &value, member);
	if (r == 0)
		r = rules_read_text(reader, member, value, text, sizeof(text));
	if (r < 0)
		return r;
	rules->audit_only = strcmp(text, "audit") == 0;
	if (!rules->audit_only && strcmp(text, "enforce") != 0)
		return rules_fail_word(reader, member, text, modes, 2);
	return 0;
}

static int read_document(struct rules_reader *reader, json_t *root, struct rules *rules)
{
	static const char *const names[] = { "schema",	       "name",	  "mode",   "site",
					     "keyboard-guard", "units",	  "assume", "grants",
					     "rules",	       "defaults" };
	char member[RULES_PATH_SIZE];
	json_t *value = NULL;

	int r = rules_check_members(reader, "", root, names, sizeof(names) / sizeof(names[0]));
	if (r == 0)
		r = read_head(reader, root, rules);
	value = json_object_get(root, "site");
	if (r == 0 && value != NULL)
		r = read_site(reader, "site", value, rules);
	value = json_object_get(root, "keyboard-guard");
	rules->keyboard_guard = rules_keyboard_guard_usual;
	if (r == 0 && value != NULL)
		r = rules_keyboard_guard_read(reader, "keyboard-guard", value,
					      &rules->keyboard_guard);
	if (r == 0)
		r = rules_read_givens(reader, root, rules);
	if (r == 0)
		r = rules_need(reader, "", root, "rules", &value, member);
	if (r == 0)
		r = read_rules(reader, member, value, rules);
	value = json_object_get(root, "defaults");
	if (r == 0 && value != NULL)
		r = read_defaults(reader, "defaults", value, rules);
	return r;
}

static int parse_document(const struct json_document *document, struct rules **ret,
			  struct rules_error *error)
{
	struct rules_reader reader = { document->text, document->size, error, NULL };
	struct rules *rules = calloc(1, sizeof(*rules));
	int r;

	if (rules == NULL)
		return -ENOMEM;
	reader.arena = &rules->arena;
	r = read_document(&reader, document->root, rules);
	if (r == 0)
		r = rules_changes_build(rules);
	if (r == 0)
		r = rules_index_build(rules, document->text, document->size);
	if (r < 0) {
		rules_free(rules);
		return r;
	}
	*ret = rules;
	return 0;
}

int rules_parse(const char *text, size_t size, struct rules **ret, struct rules_error *error)
{
	static const struct json_limits limits = { RULES_MAX_BYTES, DOCUMENT_DEPTH };
	struct json_document document;
	int r = json_document_load(text, size, &limits, &document, error);

	if (r < 0)
		return r;
	r = parse_document(&document, ret, error);
	json_document_finish(&document);
	return r;
}
