/* From the text of USBGuard's rule files to a rules document. */
#include "import.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/rules.h"
#include "usbguard_meaning.h"

/* How many rules may be said a second time for what another excludes. */
enum { COPIES_MAX = 2000 };

struct entry {
	size_t place; /* of its file */
	struct usbguard_rule rule;
	struct usbguard_meaning meaning;
	unsigned made; /* rules of the document that came of it */
	bool noted;    /* that what it excludes is denied */
};

struct importer {
	struct usbguard_context context;
	bool several_files;
	size_t place; /* of the file that is read */
	size_t n;
	struct entry *entries; /* in the arena */
	size_t last_allow;     /* the place behind the last that allows; 0: none does */
	size_t copies_left;
	json_t *rules; /* of the document; owned */
};

/* What a rule of the document says, and of which devices by their texts. */
struct said {
	enum verdict verdict;
	struct usbguard_texts texts[USBGUARD_TEXTS_MAX + 1];
};

/* What the devices are that a part of the rules is said for: any, or of an attribute those with a
 * listed value.  Of such an attribute nothing is excluded any more, so that scopes are inside each
 * other no deeper than there are attributes. */
struct scope {
	struct usbguard_texts texts[USBGUARD_TEXTS_MAX + 1];
};

static int fail_size(struct rules_error *error, const char *message)
{
	*error = (struct rules_error){ 0 };
	snprintf(error->message, sizeof(error->message), "%s", message);
	return -E2BIG;
}

static int fail_rules(const struct importer *importer)
{
	return fail_size(importer->context.error, "These are more rules than a document takes.");
}

/* The name of the rule's next rule in the document. */
static json_t *next_id(const struct importer *importer, struct entry *entry)
{
	char file[32] = "", again[16] = "";

	if (importer->several_files)
		snprintf(file, sizeof(file), "file-%zu-", entry->place + 1);
	if (++entry->made > 1)
		snprintf(again, sizeof(again), ".%u", entry->made);
	return json_sprintf("%sline-%d%s", file, entry->rule.line, again);
}

/* Add a rule that is @match, which is taken. */
static int add_rule(struct importer *importer, struct entry *entry, enum verdict verdict,
		    json_t *match)
{
	if (match == NULL)
		return -ENOMEM;
	if (json_array_size(importer->rules) == RULES_MAX_RULES) {
		json_decref(match);
		return fail_rules(importer);
	}
	json_t *rule = json_pack("{s:o, s:o, s:s}", "id", next_id(importer, entry), "match", match,
				 "verdict", verdict_to_text(verdict));
	return json_array_append_new(importer->rules, rule) < 0 ? -ENOMEM : 0;
}

/* Set the texts of @match but for the serial; 0 or -ENOMEM. */
static int set_texts(json_t *match, const struct usbguard_texts *texts)
{
	static const char *const names[] = {
		[USBGUARD_NAME] = "name",
		[USBGUARD_HASH] = "usbguard-hash",
		[USBGUARD_PARENT_HASH] = "usbguard-parent-hash",
		[USBGUARD_VIA_PORT] = "port",
	};

	for (int name = USBGUARD_TEXTS_FIRST; name <= USBGUARD_TEXTS_MAX; name++) {
		if (name == USBGUARD_SERIAL || texts[name].negated)
			continue;
		if (json_object_set_new(match, names[name], usbguard_texts_to_json(&texts[name])) <
		    0)
			return -ENOMEM;
	}
	return 0;
}

/* A match of @entry for the devices of @part and @said, with @name, if not NULL, as @value, which
 * is taken.  NULL without memory. */
static json_t *make_match(const struct entry *entry, json_t *part, const struct said *said,
			  const char *name, json_t *value)
{
	/* not json_copy(), which leaves out what it has no memory for */
	json_t *match = json_object();
	int r = json_object_update(match, entry->meaning.rest);

	if (r == 0)
		r = json_object_update(match, part);
	if (r == 0)
		r = set_texts(match, said->texts);
	if (r == 0 && name != NULL)
		r = json_object_set(match, name, value);
	json_decref(value);
	if (r == 0)
		return match;
	json_decref(match);
	return NULL;
}

/* Add the rules for devices of @part.  Of the texts that are negated only the serial's is looked
 * at: all but "" is any that there is. */
static int add_part(struct importer *importer, struct entry *entry, json_t *part,
		    const struct said *said)
{
	const struct usbguard_texts serials = said->texts[USBGUARD_SERIAL];
	const struct usbguard_texts some = usbguard_texts_without_empty(&serials);
	json_t *match;
	int r = 0;

	if (serials.negated) {
		match = serials.n == 0 ? make_match(entry, part, said, NULL, NULL)
				       : make_match(entry, part, said, "serial",
						    json_pack("{s:s}", "glob", "*"));
		return add_rule(importer, entry, said->verdict, match);
	}
	if (some.n < serials.n)
		r = add_rule(importer, entry, said->verdict,
			     make_match(entry, part, said, "identity", json_string("none")));
	if (r == 0 && some.n > 0)
		r = add_rule(
			importer, entry, said->verdict,
			make_match(entry, part, said, "serial", usbguard_texts_to_json(&some)));
	return r;
}

static int add_rules(struct importer *importer, struct entry *entry, const struct said *said)
{
	json_t *part;
	size_t i;
	int r = 0;

	json_array_foreach (entry->meaning.ids, i, part)
		if (r == 0)
			r = add_part(importer, entry, part, said);
	return r;
}

/* What is left of @texts if nothing is excluded by value: any, or of serials, where "" is, any that
 * there is. */
static struct usbguard_texts without_values(const struct usbguard_texts *texts, int name)
{
	const size_t empty = texts->n - usbguard_texts_without_empty(texts).n;

	if (!texts->negated)
		return *texts;
	return (struct usbguard_texts){ true, name == USBGUARD_SERIAL ? empty : 0, texts->values };
}

/* What @texts exclude by value, as the list of it. */
static struct usbguard_texts excluded(const struct usbguard_texts *texts, int name)
{
	struct usbguard_texts list =
		name == USBGUARD_SERIAL ? usbguard_texts_without_empty(texts) : *texts;

	if (!texts->negated)
		list.n = 0;
	list.negated = false;
	return list;
}

static int add_from(struct importer *importer, size_t first, const struct scope *scope);

/* Say the rules after the @place-th for the devices that it excludes by @listed, if that may say
 * more than deny; or note that they are denied. */
static int copy_rest(struct importer *importer, size_t place, const struct scope *scope, int name,
		     const struct usbguard_texts *listed)
{
	struct entry *entry = &importer->entries[place];
	const size_t n = importer->n - place - 1;
	struct scope inner = *scope;

	if (importer->last_allow <= place + 1)
		return 0;
	if (n > importer->copies_left) {
		const bool noted = entry->noted;

		entry->noted = true;
		return noted ? 0
			     : usbguard_note(
				       &importer->context, &entry->rule, IMPORT_STRICTER,
				       usbguard_attribute_to_text(
					       (enum usbguard_attribute_name)name),
				       "What none-of lists is denied, since the rules after this "
				       "are too many to be said again for it.");
	}
	importer->copies_left -= n;
	inner.texts[name] = *listed;
	return add_from(importer, place + 1, &inner);
}

/* Say the @place-th rule for devices in @scope.  A rule cannot exclude a device by value and leave
 * it to those after it; so for the devices that it excludes these are said first, and what they do
 * not allow is denied, as it is by default. */
static int add_entry(struct importer *importer, size_t place, const struct scope *scope)
{
	struct entry *entry = &importer->entries[place];
	struct said all = { .verdict = entry->meaning.allows ? VERDICT_ALLOW : VERDICT_DENY };
	struct usbguard_texts lists[USBGUARD_TEXTS_MAX + 1];
	int r = 0;

	for (int name = USBGUARD_TEXTS_FIRST; name <= USBGUARD_TEXTS_MAX && r == 0; name++) {
		struct usbguard_texts *texts = &all.texts[name];

		r = usbguard_texts_within(importer->context.arena, &scope->texts[name],
					  &entry->meaning.texts[name], texts);
		if (r < 0 || usbguard_texts_is_none(texts))
			return r;
		lists[name] = excluded(texts, name);
		*texts = without_values(texts, name);
	}
	for (int name = USBGUARD_TEXTS_FIRST; name <= USBGUARD_TEXTS_MAX && r == 0; name++) {
		struct said denied = all;

		if (lists[name].n == 0)
			continue;
		r = copy_rest(importer, place, scope, name, &lists[name]);
		denied.verdict = VERDICT_DENY;
		denied.texts[name] = lists[name];
		if (r == 0 && entry->meaning.allows)
			r = add_rules(importer, entry, &denied);
	}
	return r < 0 ? r : add_rules(importer, entry, &all);
}

static int add_from(struct importer *importer, size_t first, const struct scope *scope)
{
	int r = 0;

	for (size_t i = first; i < importer->n && r == 0; i++)
		if (!importer->entries[i].meaning.never)
			r = add_entry(importer, i, scope);
	return r;
}

static int add_line(struct importer *importer, struct usbguard_reader *reader, size_t *comments)
{
	struct entry entry = { .place = importer->place };
	bool comment;
	int r = usbguard_rule_parse(reader, &entry.rule, &comment);

	*comments += comment;
	if (r <= 0)
		return r;
	if (importer->n == RULES_MAX_RULES)
		return fail_rules(importer);
	struct entry *entries =
		usbguard_grow(reader, importer->entries, importer->n, sizeof(entry));
	if (entries == NULL)
		return -ENOMEM;
	importer->entries = entries;
	/* counted first, so that what it has begun is freed */
	entries[importer->n++] = entry;
	r = usbguard_meaning(&importer->context, &entry.rule, &entries[importer->n - 1].meaning);
	if (entries[importer->n - 1].meaning.allows && !entries[importer->n - 1].meaning.never)
		importer->last_allow = importer->n;
	return r;
}

/* The lines of one file: they end with '\n' or "\r\n". */
static int add_file(struct importer *importer, const struct import_file *file)
{
	struct usbguard_context *context = &importer->context;
	struct usbguard_reader reader = { .arena = context->arena,
					  .file = file->name,
					  .error = context->error };
	const char *at = file->text, *const end = file->text + file->size;
	size_t comments = 0;
	int r = 0;

	while (at < end && r == 0) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		const char *next = line_end == NULL ? end : line_end + 1;

		if (line_end == NULL)
			line_end = end;
		if (line_end > at && line_end[-1] == '\r')
			line_end--;
		reader.line++;
		reader.begin = reader.at = at;
		reader.end = line_end;
		r = add_line(importer, &reader, &comments);
		at = next;
	}
	if (r < 0 || comments == 0)
		return r;
	return import_add_note(context->import, context->options, IMPORT_LEFT_OUT, file->name, 0,
			       NULL, context->error, "Comments are not kept: %zu.", comments);
}

/* What is to be known of every import. */
static int note_scope(struct usbguard_context *context, const char *file)
{
	int r = import_add_note(context->import, context->options, IMPORT_NOTE, file, 0, NULL,
				context->error,
				"USBGuard judges USB devices and root hubs; here root hubs are not "
				"judged, and devices "
				"on other buses are denied until a rule allows them.");

	if (r < 0)
		return r;
	return import_add_note(
		context->import, context->options, IMPORT_NOTE, file, 0, "ImplicitPolicyTarget",
		context->error,
		"What no rule holds for is denied, which is USBGuard's default; another "
		"one would be in usbguard-daemon.conf.");
}

static int read_files(struct importer *importer, const struct import_file *files, size_t n)
{
	int r = n == 0 ? 0 : note_scope(&importer->context, files[0].name);

	for (size_t i = 0; i < n && r == 0; i++) {
		importer->place = i;
		r = add_file(importer, &files[i]);
	}
	return r;
}

/* Make the document of all that was read. */
static int make_document(struct importer *importer, json_t **ret)
{
	struct scope scope = { 0 };

	for (int name = 0; name <= USBGUARD_TEXTS_MAX; name++)
		scope.texts[name].negated = true;
	int r = importer->rules == NULL ? -ENOMEM : add_from(importer, 0, &scope);
	if (r < 0)
		return r;
	json_t *document = json_pack("{s:s, s:s, s:s, s:O, s:{s:s}}", "schema", "devgate-rules-1",
				     "name", importer->context.options->name, "mode", "enforce",
				     "rules", importer->rules, "defaults", "*", "deny");
	if (document == NULL)
		return -ENOMEM;
	const size_t size = json_dumpb(document, NULL, 0, JSON_COMPACT);
	if (size == 0 || size > RULES_MAX_BYTES) {
		json_decref(document);
		return size == 0 ? -ENOMEM
				 : fail_size(importer->context.error,
					     "The rules make a larger document than can be read.");
	}
	*ret = document;
	return 0;
}

static int check_sizes(const struct import_file *files, size_t n, struct rules_error *error)
{
	size_t size = 0;

	if (n > IMPORT_MAX_FILES)
		return fail_size(error, "These are too many files.");
	for (size_t i = 0; i < n; i++) {
		if (files[i].size > IMPORT_MAX_BYTES - size)
			return fail_size(error, "The files are too large.");
		size += files[i].size;
	}
	return 0;
}

int import_usbguard(const struct import_file *files, size_t n_files,
		    const struct import_options *options, struct import *ret,
		    struct rules_error *error)
{
	struct import made = { 0 };
	struct arena arena = { 0 };
	struct importer importer = {
		.context = { .import = &made, .options = options, .arena = &arena, .error = error },
		.several_files = n_files > 1,
		.copies_left = COPIES_MAX,
	};

	*error = (struct rules_error){ 0 };
	int r = check_sizes(files, n_files, error);
	if (r < 0)
		return r;
	importer.rules = json_array();
	r = read_files(&importer, files, n_files);
	if (r == 0)
		r = make_document(&importer, &made.rules);
	for (size_t i = 0; i < importer.n; i++)
		usbguard_meaning_finish(&importer.entries[i].meaning);
	json_decref(importer.rules);
	arena_finish(&arena);
	if (r < 0)
		import_finish(&made);
	else
		*ret = made;
	return r;
}
