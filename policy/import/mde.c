#include "mde.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"

enum { MDE_SENTENCE_SIZE = 400 };

int mde_take(struct mde *mde, size_t size, void *ret)
{
	if (size > MDE_MAX_MEMORY || mde->arena.bytes > MDE_MAX_MEMORY)
		return mde_too_much(mde, MDE_MAX_MEMORY, "bytes of memory");
	void *taken = arena_take(&mde->arena, size);
	if (taken == NULL)
		return -ENOMEM;
	*(void **)ret = taken;
	return 0;
}

int mde_grow(struct mde *mde, void *items, size_t n, size_t *room, size_t size)
{
	void *grown, *old = *(void **)items;

	if (n < *room)
		return 0;
	const size_t wanted = n == 0 ? 4 : 2 * n;
	int r = mde_take(mde, wanted * size, &grown);
	if (r < 0)
		return r;
	if (n > 0)
		memcpy(grown, old, n * size);
	*(void **)items = grown;
	*room = wanted;
	return 0;
}

int mde_copy(struct mde *mde, const char *text, size_t size, const char **ret)
{
	char *copy;
	int r = mde_take(mde, size + 1, &copy);

	if (r < 0)
		return r;
	memcpy(copy, text, size);
	*ret = copy;
	return 0;
}

int mde_fail_list(struct mde *mde, int line, int column, const char *path, const char *format,
		  va_list arguments)
{
	struct rules_error *error = mde->error;
	char text[MDE_SENTENCE_SIZE], where[sizeof(error->path)];

	*error = (struct rules_error){ .line = line, .column = column };
	snprintf(where, sizeof(where), "%s%s%s", mde->file == NULL ? "" : mde->file->name,
		 *path == '\0' || mde->file == NULL ? "" : ": ", path);
	text_sanitise(where, strlen(where), error->path, sizeof(error->path));
	vsnprintf(text, sizeof(text), format, arguments);
	text_sanitise(text, strlen(text), error->message, sizeof(error->message));
	return -EBADMSG;
}

int mde_fail(struct mde *mde, int line, int column, const char *path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int r = mde_fail_list(mde, line, column, path, format, arguments);
	va_end(arguments);
	return r;
}

int mde_too_much(struct mde *mde, size_t limit, const char *what)
{
	(void)mde_fail(mde, 0, 0, "", "The policy takes more than %zu %s to be said in rules.",
		       limit, what);
	return -E2BIG;
}

int mde_note(struct mde *mde, enum import_effect effect, int line, const char *item,
	     const char *format, ...)
{
	char text[MDE_SENTENCE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return import_add_note(&mde->import, mde->options, effect, mde->file->name, line, item,
			       mde->error, "%s", text);
}

int mde_guid(const char *text, char ret[static MDE_GUID_SIZE])
{
	size_t n = 0;

	text += strspn(text, " \t\r\n{");
	for (; n < MDE_GUID_SIZE - 1 && text[n] != '\0'; n++) {
		const bool dash = n == 8 || n == 13 || n == 18 || n == 23;

		if (dash ? text[n] != '-' : !isxdigit((unsigned char)text[n]))
			return -EINVAL;
		ret[n] = (char)tolower((unsigned char)text[n]);
	}
	ret[n] = '\0';
	return n == MDE_GUID_SIZE - 1 && text[n + strspn(text + n, " \t\r\n}")] == '\0' ? 0
											: -EINVAL;
}

ptrdiff_t mde_find_group(const struct mde *mde, const char *id)
{
	for (size_t i = 0; i < mde->policy.n_groups; i++)
		if (strcmp(mde->policy.groups[i].id, id) == 0)
			return (ptrdiff_t)i;
	return -ENOENT;
}

int mde_add_group(struct mde *mde, const char *id, struct mde_group **ret)
{
	struct mde_policy *policy = &mde->policy;

	if (mde_find_group(mde, id) >= 0)
		return -EEXIST;
	if (policy->n_groups == MDE_MAX_GROUPS)
		return mde_too_much(mde, MDE_MAX_GROUPS, "groups");
	int r = mde_grow(mde, &policy->groups, policy->n_groups, &policy->room_groups,
			 sizeof(*policy->groups));
	if (r < 0)
		return r;
	struct mde_group *group = &policy->groups[policy->n_groups++];
	memcpy(group->id, id, MDE_GUID_SIZE);
	*ret = group;
	return 0;
}

int mde_add_rule(struct mde *mde, const char *id, struct mde_rule **ret)
{
	struct mde_policy *policy = &mde->policy;

	for (size_t i = 0; i < policy->n_rules; i++)
		if (strcmp(policy->rules[i].id, id) == 0)
			return -EEXIST;
	if (policy->n_rules == MDE_MAX_RULES)
		return mde_too_much(mde, MDE_MAX_RULES, "rules");
	int r = mde_grow(mde, &policy->rules, policy->n_rules, &policy->room_rules,
			 sizeof(*policy->rules));
	if (r < 0)
		return r;
	struct mde_rule *rule = &policy->rules[policy->n_rules++];
	memcpy(rule->id, id, MDE_GUID_SIZE);
	*ret = rule;
	return 0;
}

int mde_add_entry(struct mde *mde, struct mde_rule *rule, struct mde_entry **ret)
{
	struct mde_entry *entry;
	int r = mde_take(mde, sizeof(*entry), &entry);

	if (r < 0)
		return r;
	if (rule->entries == NULL)
		rule->entries = entry;
	else
		*rule->end = entry;
	rule->end = &entry->next;
	*ret = entry;
	return 0;
}

void mde_begin(struct mde *mde, const struct import_options *options, struct rules_error *error)
{
	*mde = (struct mde){ .options = options, .error = error };
	*error = (struct rules_error){ 0 };
}

int mde_end(struct mde *mde, int result, struct import *ret)
{
	arena_finish(&mde->arena);
	if (result < 0) {
		import_finish(&mde->import);
		return result;
	}
	*ret = mde->import;
	return 0;
}
