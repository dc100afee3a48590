/* Microsoft Defender device control for macOS: settings, groups and rules in one JSON document
 * (Microsoft Learn, "Device control for macOS"; the schema that Microsoft publishes beside its
 * samples).
 *
 * A family whose feature is not switched on by "disable": false is not governed: its devices are
 * free.  Without "defaultEnforcement", what no entry decides is allowed. */
#include "mde_json.h"

#include <errno.h>
#include <string.h>

#include "policy/json_text.h"

enum { MAX_LEVELS = 64 };

enum { READ = 9, WRITE = 18, EXECUTE = 36 }; /* of the disk and its files */

static const char *const entry_types[] = { "removableMedia", "appleDevice", "portableDevice",
					   "bluetoothDevice", "generic" };
enum { N_ENTRY_TYPES = 5 };

/* Kinds of access; the bits are ours but for removable media's. */
static const struct {
	unsigned entry_type;
	const char *name;
	uint8_t access[_MDE_FAMILY_MAX];
} kinds[] = {
	{ 0, "read", { [MDE_REMOVABLE] = READ } },
	{ 0, "write", { [MDE_REMOVABLE] = WRITE } },
	{ 0, "execute", { [MDE_REMOVABLE] = EXECUTE } },
	{ 1, "backup_device", { [MDE_APPLE] = 1 } },
	{ 1, "update_device", { [MDE_APPLE] = 2 } },
	{ 1, "download_photos_from_device", { [MDE_APPLE] = 4 } },
	{ 1, "download_files_from_device", { [MDE_APPLE] = 8 } },
	{ 1, "sync_content_to_device", { [MDE_APPLE] = 16 } },
	{ 2, "download_files_from_device", { [MDE_PORTABLE] = 1 } },
	{ 2, "send_files_to_device", { [MDE_PORTABLE] = 2 } },
	{ 2, "download_photos_from_device", { [MDE_PORTABLE] = 4 } },
	{ 2, "debug", { [MDE_PORTABLE] = 8 } },
	{ 3, "download_files_from_device", { [MDE_BLUETOOTH] = 1 } },
	{ 3, "send_files_to_device", { [MDE_BLUETOOTH] = 2 } },
	{ 4,
	  "generic_read",
	  { [MDE_REMOVABLE] = READ,
	    [MDE_APPLE] = 1 | 4 | 8,
	    [MDE_PORTABLE] = 1 | 4,
	    [MDE_BLUETOOTH] = 1 } },
	{ 4,
	  "generic_write",
	  { [MDE_REMOVABLE] = WRITE,
	    [MDE_APPLE] = 2 | 16,
	    [MDE_PORTABLE] = 2,
	    [MDE_BLUETOOTH] = 2 } },
	{ 4, "generic_execute", { [MDE_REMOVABLE] = EXECUTE, [MDE_PORTABLE] = 8 } },
};
enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static int read_group(struct mde *mde, const struct mde_at *at)
{
	static const char *const names[] = { "$type", "type", "id", "name", "query", NULL };
	static const char *const types[] = { "device" };
	struct mde_expression *query;
	struct mde_group *group;
	struct mde_at member;
	char id[MDE_GUID_SIZE];
	int r = mde_json_members(mde, at, names);

	/* The manual's own example has "type". */
	if (r == 0)
		r = mde_json_word(mde, at,
				  json_object_get(at->value, "type") != NULL ? "type" : "$type",
				  types, 1);
	if (r == 0)
		r = mde_json_guid(mde, at, "id", id);
	if (r == 0)
		r = mde_json_get(mde, at, "name", JSON_STRING, &member);
	if (r < 0)
		return r;
	r = mde_add_group(mde, id, &group);
	if (r == -EEXIST)
		return mde_json_fail(mde, at, "A group with this id is there already.");
	if (r == 0)
		r = mde_json_need(mde, at, "query", JSON_OBJECT, &member);
	if (r == 0)
		r = mde_json_query(mde, &member, 0, &query);
	if (r == 0)
		group->query = query;
	return r;
}

/* The groups of @name are children of @devices. */
static int read_group_ids(struct mde *mde, const struct mde_at *at, const char *name,
			  struct mde_expression *devices)
{
	struct mde_at list;
	int r = mde_json_get(mde, at, name, JSON_ARRAY, &list);

	for (size_t i = 0; r >= 0 && i < json_array_size(list.value); i++) {
		const struct mde_at element = mde_json_element(&list, i);
		struct mde_expression *child;
		char id[MDE_GUID_SIZE];

		if (!json_is_string(element.value) ||
		    mde_guid(json_string_value(element.value), id) < 0)
			return mde_json_fail(mde, &element, "A group's UUID is wanted here.");
		const ptrdiff_t group = mde_find_group(mde, id);
		if (group < 0)
			return mde_json_fail(mde, &element, "There is no group with this id.");
		r = mde_new(mde, MDE_GROUP, &child);
		if (r < 0)
			return r;
		child->group = (size_t)group;
		r = mde_add_child(mde, devices, child);
	}
	return r < 0 ? r : 0;
}

/* All of the groups to include, and none of those to exclude. */
static int read_devices(struct mde *mde, const struct mde_at *at, struct mde_expression **ret)
{
	struct mde_expression *all, *any;
	int r = mde_new(mde, MDE_ALL, &all);

	if (r == 0)
		r = read_group_ids(mde, at, "includeGroups", all);
	if (r == 0)
		r = mde_new(mde, MDE_ANY, &any);
	if (r == 0)
		r = read_group_ids(mde, at, "excludeGroups", any);
	if (r == 0)
		r = mde_add_not(mde, all, any);
	if (r == 0)
		*ret = all;
	return r;
}

static int read_access(struct mde *mde, const struct mde_at *at, unsigned entry_type,
		       struct mde_entry *entry)
{
	const char *words[N_KINDS];
	size_t places[N_KINDS], n = 0;
	struct mde_at list;
	int r = mde_json_need(mde, at, "access", JSON_ARRAY, &list);

	if (r < 0)
		return r;
	for (size_t k = 0; k < N_KINDS; k++) {
		if (kinds[k].entry_type != entry_type)
			continue;
		places[n] = k;
		words[n++] = kinds[k].name;
	}
	if (json_array_size(list.value) == 0)
		return mde_json_fail(mde, &list, "An entry is about some access.");
	for (size_t i = 0; i < json_array_size(list.value); i++) {
		const struct mde_at element = mde_json_element(&list, i);
		size_t w = 0;

		if (!json_is_string(element.value))
			return mde_json_fail(mde, &element, "A text is wanted here.");
		while (w < n && strcmp(words[w], json_string_value(element.value)) != 0)
			w++;
		if (w == n)
			return mde_json_fail_word(mde, &element, json_string_value(element.value),
						  words, n);
		for (int f = 0; f < _MDE_FAMILY_MAX; f++)
			entry->access[f] |= kinds[places[w]].access[f];
	}
	return 0;
}

/* "options" are about events and notices.  Returns how many there are. */
static int count_options(struct mde *mde, const struct mde_at *at)
{
	struct mde_at list;
	int r = mde_json_get(mde, at, "options", JSON_ARRAY, &list);

	return r <= 0 ? r : (int)(json_array_size(list.value) > 0);
}

static int read_entry(struct mde *mde, const struct mde_at *at, struct mde_rule *rule,
		      size_t *audits)
{
	static const char *const names[] = { "$type", "id", "enforcement", "access", NULL };
	static const char *const enforcement_names[] = { "$type", "options", NULL };
	static const char *const enforcements[] = { "allow", "deny", "auditAllow", "auditDeny" };
	struct mde_entry *entry, unused = { 0 };
	struct mde_at enforcement;
	int r = mde_json_members(mde, at, names);

	if (r < 0)
		return r;
	const int type = mde_json_word(mde, at, "$type", entry_types, N_ENTRY_TYPES);
	if (type < 0)
		return type;
	r = mde_json_need(mde, at, "enforcement", JSON_OBJECT, &enforcement);
	if (r == 0)
		r = mde_json_members(mde, &enforcement, enforcement_names);
	if (r < 0)
		return r;
	const int what = mde_json_word(mde, &enforcement, "$type", enforcements, 4);
	if (what < 0)
		return what;
	r = count_options(mde, &enforcement);
	if (r < 0)
		return r;
	*audits += r > 0 || what > 1;
	if (what > 1)
		return read_access(mde, at, (unsigned)type, &unused);
	r = mde_add_entry(mde, rule, &entry);
	if (r < 0)
		return r;
	entry->allow = what == 0;
	return read_access(mde, at, (unsigned)type, entry);
}

static int read_entries(struct mde *mde, const struct mde_at *at, struct mde_rule *rule,
			size_t *audits)
{
	struct mde_at list;
	int r = mde_json_need(mde, at, "entries", JSON_ARRAY, &list);

	for (size_t i = 0; r == 0 && i < json_array_size(list.value); i++) {
		const struct mde_at element = mde_json_element(&list, i);

		r = read_entry(mde, &element, rule, audits);
	}
	return r;
}

static int read_rule(struct mde *mde, const struct mde_at *at, size_t *audits)
{
	static const char *const names[] = { "id",	"name", "includeGroups", "excludeGroups",
					     "entries", NULL };
	struct mde_rule *rule;
	struct mde_at name;
	char id[MDE_GUID_SIZE];
	int r = mde_json_members(mde, at, names);

	if (r == 0)
		r = mde_json_guid(mde, at, "id", id);
	if (r == 0)
		r = mde_json_get(mde, at, "name", JSON_STRING, &name);
	if (r < 0)
		return r;
	r = mde_add_rule(mde, id, &rule);
	if (r == -EEXIST)
		return mde_json_fail(mde, at, "A rule with this id is there already.");
	if (r == 0 && name.value != NULL && json_string_length(name.value) > 0)
		r = mde_copy(mde, json_string_value(name.value), json_string_length(name.value),
			     &rule->name);
	if (r == 0)
		r = read_devices(mde, at, &rule->devices);
	return r == 0 ? read_entries(mde, at, rule, audits) : r;
}

static int read_feature(struct mde *mde, const struct mde_at *at, unsigned family)
{
	static const char *const names[] = { "disable", NULL };
	json_t *disable;
	int r = mde_json_members(mde, at, names);

	if (r < 0)
		return r;
	disable = json_object_get(at->value, "disable");
	if (disable != NULL && !json_is_boolean(disable))
		return mde_json_fail(mde, at, "\"disable\" is true or false.");
	if (json_is_false(disable))
		mde->policy.governed |= family;
	return 0;
}

static int read_features(struct mde *mde, const struct mde_at *settings)
{
	static const char *const names[] = { "removableMedia",	"appleDevice",	 "portableDevice",
					     "bluetoothDevice", "genericDevice", NULL };
	static const unsigned families[] = { 1u << MDE_REMOVABLE, 1u << MDE_APPLE,
					     1u << MDE_PORTABLE, 1u << MDE_BLUETOOTH, 0 };
	struct mde_at features, feature;
	int r = mde_json_get(mde, settings, "features", JSON_OBJECT, &features);

	if (r <= 0)
		return r;
	r = mde_json_members(mde, &features, names);
	for (size_t i = 0; r >= 0 && names[i] != NULL; i++) {
		r = mde_json_get(mde, &features, names[i], JSON_OBJECT, &feature);
		if (r > 0)
			r = read_feature(mde, &feature, families[i]);
	}
	return r;
}

static int read_global(struct mde *mde, const struct mde_at *settings)
{
	static const char *const names[] = { "defaultEnforcement", NULL };
	static const char *const words[] = { "allow", "deny" };
	struct mde_at global;
	int r = mde_json_get(mde, settings, "global", JSON_OBJECT, &global);

	if (r <= 0)
		return r;
	r = mde_json_members(mde, &global, names);
	if (r < 0 || json_object_get(global.value, names[0]) == NULL)
		return r;
	r = mde_json_word(mde, &global, names[0], words, 2);
	if (r == 1)
		mde->policy.default_allow = false; /* of several documents, the stricter */
	return r;
}

static int read_settings(struct mde *mde, const struct mde_at *root)
{
	static const char *const names[] = { "features", "global", "ux", NULL };
	struct mde_at settings, ux;
	int r = mde_json_need(mde, root, "settings", JSON_OBJECT, &settings);

	if (r == 0)
		r = mde_json_members(mde, &settings, names);
	if (r == 0)
		r = read_features(mde, &settings);
	if (r >= 0)
		r = read_global(mde, &settings);
	if (r >= 0)
		r = mde_json_get(mde, &settings, "ux", JSON_OBJECT, &ux);
	if (r > 0)
		r = mde_note(mde, IMPORT_LEFT_OUT, mde_json_line(mde, &ux), ux.path,
			     "Where a notice leads to is not told here.");
	return r;
}

static int read_list(struct mde *mde, const struct mde_at *root, const char *name, size_t *audits)
{
	struct mde_at list;
	int r = mde_json_need(mde, root, name, JSON_ARRAY, &list);

	for (size_t i = 0; r == 0 && i < json_array_size(list.value); i++) {
		const struct mde_at element = mde_json_element(&list, i);

		r = audits == NULL ? read_group(mde, &element) : read_rule(mde, &element, audits);
	}
	return r;
}

static int read_document(struct mde *mde, json_t *value)
{
	static const char *const names[] = { "groups", "rules", "settings", NULL };
	const struct mde_at root = { .value = value };
	size_t audits = 0;
	int r = mde_json_members(mde, &root, names);

	if (r == 0)
		r = read_settings(mde, &root);
	if (r == 0)
		r = read_list(mde, &root, "groups", NULL);
	if (r == 0)
		r = read_list(mde, &root, "rules", &audits);
	if (r == 0 && audits > 0)
		r = mde_note(
			mde, IMPORT_NOTE, 0, "auditAllow, auditDeny",
			"%zu entries say which events are sent and shown: here every decision is "
			"recorded.",
			audits);
	return r;
}

static int read_file(struct mde *mde, const struct import_file *file)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };
	struct import_file text = *file;
	json_error_t load;
	json_t *value;

	if (text.size >= sizeof(mark) && memcmp(text.text, mark, sizeof(mark)) == 0) {
		text.text += sizeof(mark);
		text.size -= sizeof(mark);
	}
	mde->file = &text;
	int r = json_text_load(text.text, text.size, MAX_LEVELS, &value, &load);
	if (r == 0) {
		r = read_document(mde, value);
		json_decref(value);
	} else if (r == -EBADMSG) {
		(void)mde_fail(mde, load.line > 0 ? load.line : 0,
			       load.column > 0 ? load.column : 0, "", "%s", load.text);
	}
	mde->file = file;
	return r;
}

int import_mde_json(const struct import_file *files, size_t n_files,
		    const struct import_options *options, struct import *ret,
		    struct rules_error *error)
{
	struct mde mde;
	int r = 0;

	mde_begin(&mde, options, error);
	mde.policy.default_allow = true;
	if (n_files == 0)
		r = mde_fail(&mde, 0, 0, "", "There is no file to import.");
	for (size_t i = 0; r == 0 && i < n_files; i++)
		r = read_file(&mde, &files[i]);
	if (r == 0)
		r = mde_compile(&mde);
	return mde_end(&mde, r, ret);
}
