/* Rules and their entries. */
#include "mde_xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ACCESS_PRINT = 64,
	ACCESS_ALL = 127,
	OPTION_EVIDENCE = 8, /* keep a copy of what is written */
	OPTION_FILES = 16,   /* keep what is known of what is written */
	OPTION_ALL = 31,
};

static int read_list(struct mde *mde, const struct mde_element *rule, const char *name,
		     struct mde_expression *devices)
{
	const struct mde_element *list = mde_xml_child(rule, name);
	int r = 0;

	if (list == NULL)
		return 0;
	for (const struct mde_element *e = list->first; r == 0 && e != NULL; e = e->next) {
		struct mde_expression *child;

		r = mde_xml_descriptor(mde, e, &child);
		if (r == 0)
			r = mde_add_child(mde, devices, child);
	}
	return r;
}

/* Members of all groups to include, and of none to exclude.  Without groups to include: all. */
static int read_devices(struct mde *mde, const struct mde_element *element,
			struct mde_expression **ret)
{
	struct mde_expression *all, *any;
	int r = mde_new(mde, MDE_ALL, &all);

	if (r == 0)
		r = read_list(mde, element, "IncludedIdList", all);
	if (r == 0)
		r = mde_new(mde, MDE_ANY, &any);
	if (r == 0)
		r = read_list(mde, element, "ExcludedIdList", any);
	if (r == 0)
		r = mde_add_not(mde, all, any);
	if (r == 0)
		*ret = all;
	return r;
}

/* The child's number, up to @max; @otherwise if it is not there, or an error if that is negative.
 */
static int read_number(struct mde *mde, const struct mde_element *entry, const char *name, int max,
		       int otherwise)
{
	const struct mde_element *child = mde_xml_child(entry, name);
	const size_t digits = child == NULL ? 0 : strspn(child->text, "0123456789");

	if (child == NULL && otherwise < 0)
		return mde_xml_fail(mde, entry, "The element \"%s\" is missing here.", name);
	if (child == NULL)
		return otherwise;
	if (digits == 0 || digits > 4 || child->text[digits] != '\0' ||
	    strtol(child->text, NULL, 10) > max)
		return mde_xml_fail(mde, child, "A number up to %d is wanted here.", max);
	return (int)strtol(child->text, NULL, 10);
}

/* Whom the entry is for.  The SID of everyone is no condition. */
static int read_conditions(struct mde *mde, const struct mde_element *element,
			   struct mde_entry *entry)
{
	static const char *const names[] = { "Sid", "ComputerSid", "Parameters" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		const struct mde_element *child = mde_xml_child(element, names[i]);

		if (child == NULL || (i == 0 && strcmp(child->text, "S-1-1-0") == 0))
			continue;
		entry->conditional = true;
		r = mde_note(mde, IMPORT_STRICTER, child->line, child->name,
			     entry->allow
				     ? "Whom or what this entry allows access for is not told on "
				       "Linux: it is left out."
				     : "Whom or what this entry denies access for is not told on "
				       "Linux: it denies it always.");
	}
	return r;
}

static int read_options(struct mde *mde, const struct mde_element *element, struct mde_entry *entry,
			size_t *audits)
{
	const int options = read_number(mde, element, "Options", OPTION_ALL, 0);

	if (options < 0)
		return options;
	if (entry->allow)
		entry->trail = (options & (OPTION_EVIDENCE | OPTION_FILES)) != 0;
	*audits += (options & ~(OPTION_EVIDENCE | OPTION_FILES)) != 0;
	if (!entry->allow || !(options & OPTION_EVIDENCE))
		return 0;
	return mde_note(mde, IMPORT_LEFT_OUT, element->line, element->name,
			"What is written is recorded, but no copy of it is kept.");
}

static int read_entry(struct mde *mde, const struct mde_element *element, struct mde_rule *rule,
		      size_t *audits)
{
	static const char *const children[] = { "Type",	       "Options",    "AccessMask", "Sid",
						"ComputerSid", "Parameters", "Name",	   NULL };
	static const char *const attributes[] = { "Id", NULL };
	static const char *const types[] = { "Allow", "Deny", "AuditAllowed", "AuditDenied" };
	struct mde_entry *entry, unused = { 0 };
	size_t type = 0, n_options = 0;
	int r = mde_xml_check(mde, element, children, NULL, attributes);

	if (r < 0)
		return r;
	const struct mde_element *named = mde_xml_child(element, "Type");
	if (named == NULL)
		return mde_xml_fail(mde, element, "The element \"Type\" is missing here.");
	while (type < 4 && strcmp(named->text, types[type]) != 0)
		type++;
	if (type == 4)
		return mde_xml_fail_word(mde, named, named->text, types, 4);
	const int access = read_number(mde, element, "AccessMask", ACCESS_ALL, -1);
	if (access < 0)
		return access;
	if (access == 0)
		return mde_xml_fail(mde, element, "The entry is about no access.");
	if (type >= 2) {
		r = read_options(mde, element, &unused, &n_options);
		*audits += 1;
		return r;
	}
	r = mde_add_entry(mde, rule, &entry);
	if (r < 0)
		return r;
	entry->allow = type == 0;
	entry->access[MDE_REMOVABLE] = entry->access[MDE_OPTICAL] = entry->access[MDE_PORTABLE] =
		(uint8_t)(access & MDE_MEDIA_ACCESS);
	entry->access[MDE_PRINTER] = (access & ACCESS_PRINT) != 0;
	r = read_conditions(mde, element, entry);
	return r == 0 ? read_options(mde, element, entry, audits) : r;
}

int mde_xml_read_rule(struct mde *mde, const struct mde_element *element, size_t *audits)
{
	static const char *const children[] = { "Name", "IncludedIdList", "ExcludedIdList", "Entry",
						NULL };
	static const char *const attributes[] = { "Id", NULL };
	const struct mde_element *name = mde_xml_child(element, "Name");
	struct mde_rule *rule;
	char id[MDE_GUID_SIZE];
	int r = mde_xml_check(mde, element, children, "Entry", attributes);

	if (r == 0)
		r = mde_xml_id(mde, element, id);
	if (r < 0)
		return r;
	r = mde_add_rule(mde, id, &rule);
	if (r == -EEXIST)
		return mde_xml_fail(mde, element, "A rule with this id is there already.");
	if (r < 0)
		return r;
	if (name != NULL && *name->text != '\0')
		rule->name = name->text;
	r = read_devices(mde, element, &rule->devices);
	for (const struct mde_element *e = element->first; r == 0 && e != NULL; e = e->next)
		if (strcmp(e->name, "Entry") == 0)
			r = read_entry(mde, e, rule, audits);
	return r;
}
