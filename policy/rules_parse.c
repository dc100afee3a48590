/* From the text of a rules document to struct rules. */
#include "rules_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "jsonc.h"
#include "text.h"

#define SCHEMA "devgate-rules-1"

enum { DOCUMENT_DEPTH = 5 };

static const char *const modes[] = { "enforce", "audit" };

/* Why "read-only" cannot be had, or NULL.  @functions: those it would be for; 0 for all. */
static const char *read_only_fault(enum verdict verdict, function_set functions)
{
	if (verdict != VERDICT_READ_ONLY || functions == FUNCTION_BIT(FUNCTION_STORAGE))
		return NULL;
	return "Only storage can be \"read-only\".";
}

/* The member called @name of @object, which must be there. */
static int need(struct rules_reader *reader, const char *path, json_t *object, const char *name,
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
	*ret = strdup(id);
	return *ret == NULL || json_object_set_new(seen, id, json_true()) < 0 ? -ENOMEM : 0;
}

static int read_reason(struct rules_reader *reader, const char *path, json_t *object,
		       struct rule *rule)
{
	static const char *const names[] = { "en", "zh-TW" };
	const char **const texts[] = { &rule->reason_en, &rule->reason_zh };
	char member[RULES_PATH_SIZE], text[RULES_REASON_SIZE];
	int r = rules_check_members(reader, path, object, names, 2);

	for (int i = 0; r == 0 && i < 2; i++) {
		json_t *value = json_object_get(object, names[i]);

		if (value == NULL)
			continue;
		rules_path_member(member, path, names[i]);
		r = rules_read_text(reader, member, value, text, sizeof(text));
		if (r == 0 && (*texts[i] = strdup(text)) == NULL)
			r = -ENOMEM;
	}
	return r;
}

static int read_rule(struct rules_reader *reader, const char *path, json_t *object, json_t *seen,
		     struct match_rule *ret)
{
	static const char *const names[] = { "id", "match", "verdict", "reason" };
	char member[RULES_PATH_SIZE];
	json_t *value = NULL;

	int r = rules_check_members(reader, path, object, names, sizeof(names) / sizeof(names[0]));
	if (r == 0)
		r = need(reader, path, object, "id", &value, member);
	if (r == 0)
		r = read_id(reader, member, value, seen, &ret->rule.id);
	if (r == 0)
		r = need(reader, path, object, "match", &value, member);
	if (r == 0)
		r = rules_match_read(reader, member, value, &ret->match);
	if (r == 0)
		r = need(reader, path, object, "verdict", &value, member);
	if (r == 0)
		r = rules_read_verdict(reader, member, value, &ret->rule.outcome.verdict);
	if (r < 0)
		return r;

	const char *fault = read_only_fault(ret->rule.outcome.verdict, ret->match.functions);
	if (fault != NULL)
		return rules_fail(reader, member, "%s Let it match \"function\": \"storage\".",
				  fault);
	value = json_object_get(object, "reason");
	if (value == NULL)
		return 0;
	rules_path_member(member, path, "reason");
	return read_reason(reader, member, value, &ret->rule);
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
	rules->rules = calloc(json_array_size(list), sizeof(*rules->rules));
	rules->places = calloc(json_array_size(list), sizeof(*rules->places));
	json_t *seen = json_object();
	int r = rules->rules == NULL || rules->places == NULL || seen == NULL ? -ENOMEM : 0;
	json_array_foreach (list, i, object) {
		if (r < 0)
			break;
		rules_path_element(element, path, i);
		rules->places[i] = (uint32_t)i;
		rules->n++; /* counted first, so that rules_free() takes what it has begun */
		r = read_rule(reader, element, object, seen, &rules->rules[i]);
	}
	json_decref(seen);
	return r;
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
	if (r < 0)
		return r;
	/* "*" first, then what is said of each function. */
	for (int f = _FUNCTION_MAX; f >= 0; f--) {
		json_t *value = json_object_get(object, names[f]);
		enum verdict verdict;

		if (value == NULL)
			continue;
		rules_path_member(member, path, names[f]);
		r = rules_read_verdict(reader, member, value, &verdict);
		if (r < 0)
			return r;
		const char *fault =
			read_only_fault(verdict, f == _FUNCTION_MAX ? 0 : FUNCTION_BIT(f));
		if (fault != NULL)
			return rules_fail(reader, member, "%s", fault);
		for (int g = 0; g < _FUNCTION_MAX; g++)
			if (f == _FUNCTION_MAX || f == g)
				rules->defaults[g].verdict = verdict;
	}
	return 0;
}

static int read_head(struct rules_reader *reader, json_t *root, struct rules *rules)
{
	char member[RULES_PATH_SIZE], text[RULES_NAME_SIZE];
	json_t *value = NULL;

	int r = need(reader, "", root, "schema", &value, member);
	if (r == 0)
		r = rules_read_text(reader, member, value, text, sizeof(text));
	if (r == 0 && strcmp(text, SCHEMA) != 0)
		r = rules_fail(reader, member, "The schema must be \"" SCHEMA "\".");
	if (r == 0)
		r = need(reader, "", root, "name", &value, member);
	if (r == 0)
		r = rules_read_text(reader, member, value, rules->name, sizeof(rules->name));
	if (r == 0)
		r = need(reader, "", root, "mode", &value, member);
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
	static const char *const names[] = { "schema", "name", "mode", "rules", "defaults" };
	char member[RULES_PATH_SIZE];
	json_t *value = NULL;

	int r = rules_check_members(reader, "", root, names, sizeof(names) / sizeof(names[0]));
	if (r == 0)
		r = read_head(reader, root, rules);
	if (r == 0)
		r = need(reader, "", root, "rules", &value, member);
	if (r == 0)
		r = read_rules(reader, member, value, rules);
	value = json_object_get(root, "defaults");
	if (r == 0 && value != NULL)
		r = read_defaults(reader, "defaults", value, rules);
	return r;
}

/* The document is not JSON: what Jansson says. */
static void explain_syntax(const json_error_t *load, struct rules_error *error)
{
	*error = (struct rules_error){
		.line = load->line > 0 ? load->line : 0,
		.column = load->column > 0 ? load->column : 0,
	};
	text_sanitise(load->text, strlen(load->text), error->message, sizeof(error->message));
}

static int parse_stripped(const char *text, size_t size, struct rules **ret,
			  struct rules_error *error)
{
	struct rules_reader reader = { text, size, error };
	json_t *root;
	json_error_t load;

	int r = json_text_load(text, size, DOCUMENT_DEPTH, &root, &load);
	if (r < 0) {
		explain_syntax(&load, error);
		return r;
	}
	struct rules *rules = calloc(1, sizeof(*rules));
	r = rules == NULL ? -ENOMEM : read_document(&reader, root, rules);
	json_decref(root);
	if (r < 0) {
		rules_free(rules);
		return r;
	}
	*ret = rules;
	return 0;
}

int rules_parse(const char *text, size_t size, struct rules **ret, struct rules_error *error)
{
	struct jsonc_place place;
	size_t stripped_size;

	*error = (struct rules_error){ 0 };
	if (size > RULES_MAX_BYTES) {
		snprintf(error->message, sizeof(error->message),
			 "The document is larger than %d bytes.", RULES_MAX_BYTES);
		return -E2BIG;
	}
	char *stripped = malloc(size + 1);
	if (stripped == NULL)
		return -ENOMEM;
	int r = jsonc_strip(text, size, stripped, &stripped_size, &place);
	if (r < 0)
		*error = (struct rules_error){ place.line, place.column, "",
					       "The comment that begins here does not end." };
	else
		r = parse_stripped(stripped, stripped_size, ret, error);
	free(stripped);
	return r;
}
