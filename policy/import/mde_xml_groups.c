/* Groups, and the descriptors that they are made of. */
#include "mde_xml.h"

#include <errno.h>
#include <string.h>

static const char *const group_types[] = { "Device", "Network", "VPNConnection", "File",
					   "PrintJob" };
static const char *const match_types[] = { "MatchAll", "MatchAny", "MatchExcludeAll",
					   "MatchExcludeAny" };

static int word_of(struct mde *mde, const struct mde_element *element, const char *word,
		   const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return (int)i;
	return mde_xml_fail_word(mde, element, word, words, n);
}

static int read_primary(struct mde *mde, const struct mde_element *element,
			struct mde_expression **ret)
{
	static const char *const names[] = { "RemovableMediaDevices", "CdRomDevices", "WpdDevices",
					     "PrinterDevices" };
	static const enum mde_family families[] = { MDE_REMOVABLE, MDE_OPTICAL, MDE_PORTABLE,
						    MDE_PRINTER };
	int i = word_of(mde, element, element->text, names, sizeof(names) / sizeof(names[0]));

	return i < 0 ? i : mde_constant(mde, 1u << families[i], 0, ret);
}

/* A printer that we see is plugged in; the others are none of ours. */
static int read_connection(struct mde *mde, const struct mde_element *element,
			   struct mde_expression **ret)
{
	static const char *const names[] = { "USB",  "Network", "Corporate", "Universal",
					     "File", "Custom",	"Local" };
	int i = word_of(mde, element, element->text, names, sizeof(names) / sizeof(names[0]));

	if (i < 0)
		return i;
	int r = 0;
	if (i > 0)
		r = mde_note(mde, IMPORT_LEFT_OUT, element->line, element->name,
			     "Printers that are not plugged in are not governed here.");
	return r == 0 ? mde_constant(mde, i == 0 ? 1u << MDE_PRINTER : 0, 0, ret) : r;
}

static int read_encryption(struct mde *mde, const struct mde_element *element,
			   struct mde_expression **ret)
{
	static const char *const names[] = { "BitlockerEncrypted", "Plain" };
	struct mde_match match = mde_match_all;
	int i = word_of(mde, element, element->text, names, 2);

	if (i < 0)
		return i;
	match.encryption = i == 0 ? MDE_BITLOCKER : MDE_PLAIN | MDE_LUKS;
	return mde_matching(mde, &match, MDE_YES, MDE_NO, ret);
}

static int read_ids(struct mde *mde, const struct mde_element *element, struct mde_expression **ret)
{
	int r;

	if (strcmp(element->name, "VID") == 0)
		r = mde_ids(mde, element->text, "", ret);
	else if (strcmp(element->name, "PID") == 0)
		r = mde_ids(mde, "", element->text, ret);
	else
		r = mde_vid_pid(mde, element->text, ret);
	if (r == -EINVAL)
		return mde_xml_fail(
			mde, element,
			"Four hexadecimal digits are wanted for each id, or some and '*'.");
	return r;
}

static int read_path(struct mde *mde, const struct mde_element *element,
		     struct mde_expression **ret)
{
	const int grip = mde_path(mde, element->text, ret);

	if (grip == MDE_GRIP_PART)
		return mde_note(
			mde, IMPORT_STRICTER, element->line, element->name,
			"\"%s\" is a name of Windows' own: devices that may be meant, or not, "
			"get what is stricter.",
			element->text);
	/* The manual calls the path a unique name of the device, and it is so by its serial. */
	if (grip == MDE_GRIP_SERIAL && mde->options->strict)
		return mde_xml_fail(mde, element,
				    "Of this path, only the serial can be told on Linux.");
	if (grip == MDE_GRIP_SERIAL)
		return mde_note(
			mde, IMPORT_NOTE, element->line, element->name,
			"\"%s\" is matched by the serial in it; what else it says is not told on "
			"Linux.",
			element->text);
	return grip < 0 ? grip : 0;
}

static int read_serial(struct mde *mde, const struct mde_element *element,
		       struct mde_expression **ret)
{
	if (strchr(element->text, '?') == NULL)
		return mde_serial(mde, element->text, true, ret);
	/* The manual shows '*' alone; '?' may be a wildcard, too. */
	int r = mde_note(mde, IMPORT_STRICTER, element->line, element->name,
			 "What '?' means in \"%s\" is not documented: any device may be meant.",
			 element->text);
	return r == 0 ? mde_constant(mde, 0, MDE_ALL_FAMILIES, ret) : r;
}

static int read_friendly(struct mde *mde, const struct mde_element *element,
			 struct mde_expression **ret)
{
	int r = mde_note(
		mde, IMPORT_STRICTER, element->line, element->name,
		"\"%s\" is matched with the product's own name; devices with another name may "
		"be meant, or not, and get what is stricter.",
		element->text);

	return r == 0 ? mde_friendly_name(mde, element->text, ret) : r;
}

static int read_bus(struct mde *mde, const struct mde_element *element, struct mde_expression **ret)
{
	int r = mde_note(
		mde, IMPORT_STRICTER, element->line, element->name,
		"Which bus Windows sees a device on (\"%s\") is not told on Linux: any device "
		"may be meant.",
		element->text);

	return r == 0 ? mde_constant(mde, 0, MDE_ALL_FAMILIES, ret) : r;
}

static int read_group_id(struct mde *mde, const struct mde_element *element,
			 struct mde_expression **ret)
{
	char id[MDE_GUID_SIZE];

	if (mde_guid(element->text, id) < 0)
		return mde_xml_fail(mde, element, "A group's GUID is wanted here.");
	const ptrdiff_t i = mde_find_group(mde, id);
	if (i < 0)
		return mde_xml_fail(mde, element, "There is no group with this id in the files.");
	if (!mde->policy.groups[i].is_device)
		return mde_xml_fail(mde, element, "This group is not one of devices.");
	int r = mde_new(mde, MDE_GROUP, ret);
	if (r == 0)
		(*ret)->group = (size_t)i;
	return r;
}

static const struct {
	const char *name;
	int (*read)(struct mde *mde, const struct mde_element *element,
		    struct mde_expression **ret);
} descriptors[] = {
	{ "PrimaryId", read_primary },
	{ "PrinterConnectionId", read_connection },
	{ "VID", read_ids },
	{ "PID", read_ids },
	{ "VID_PID", read_ids },
	{ "InstancePathId", read_path },
	{ "DeviceId", read_path },
	{ "HardwareId", read_path },
	{ "SerialNumberId", read_serial },
	{ "FriendlyNameId", read_friendly },
	{ "BusId", read_bus },
	{ "DeviceEncryptionStateId", read_encryption },
	{ "GroupId", read_group_id },
};
enum { N_DESCRIPTORS = sizeof(descriptors) / sizeof(descriptors[0]) };

int mde_xml_descriptor(struct mde *mde, const struct mde_element *element,
		       struct mde_expression **ret)
{
	const char *names[N_DESCRIPTORS];

	for (size_t i = 0; i < N_DESCRIPTORS; i++) {
		names[i] = descriptors[i].name;
		if (strcmp(element->name, names[i]) != 0)
			continue;
		if (element->first != NULL || element->attributes != NULL)
			return mde_xml_fail(mde, element, "A text alone is wanted here.");
		if (*element->text == '\0')
			return mde_xml_fail(mde, element, "This element is empty.");
		return descriptors[i].read(mde, element, ret);
	}
	return mde_xml_fail_word(mde, element, element->name, names, N_DESCRIPTORS);
}

int mde_xml_add_group(struct mde *mde, const struct mde_element *element)
{
	static const char *const children[] = { "Name", "MatchType", "DescriptorIdList", NULL };
	static const char *const attributes[] = { "Id", "Type", "MatchType", "Name", NULL };
	const char *type = mde_xml_attribute(element, "Type");
	struct mde_group *group;
	char id[MDE_GUID_SIZE];
	int which = 0;
	int r = mde_xml_check(mde, element, children, NULL, attributes);

	if (r == 0)
		r = mde_xml_id(mde, element, id);
	if (r == 0 && type != NULL)
		which = word_of(mde, element, type, group_types,
				sizeof(group_types) / sizeof(group_types[0]));
	if (r < 0 || which < 0)
		return r < 0 ? r : which;
	r = mde_add_group(mde, id, &group);
	if (r == -EEXIST)
		return mde_xml_fail(mde, element, "A group with this id is there already.");
	if (r == 0)
		group->is_device = which == 0;
	return r;
}

/* "MatchType", as an attribute or an element. */
static int read_match_type(struct mde *mde, const struct mde_element *element)
{
	const struct mde_element *child = mde_xml_child(element, "MatchType");
	const char *attribute = mde_xml_attribute(element, "MatchType");

	if (child != NULL && attribute != NULL && strcmp(child->text, attribute) != 0)
		return mde_xml_fail(mde, child, "Two match types are given.");
	if (child == NULL && attribute == NULL)
		return mde_xml_fail(mde, element, "The match type is missing here.");
	return child != NULL ? word_of(mde, child, child->text, match_types, 4)
			     : word_of(mde, element, attribute, match_types, 4);
}

int mde_xml_read_group(struct mde *mde, const struct mde_element *element)
{
	const struct mde_element *list = mde_xml_child(element, "DescriptorIdList");
	struct mde_expression *members, *child;
	char id[MDE_GUID_SIZE];
	int r = mde_xml_id(mde, element, id);

	if (r < 0)
		return r;
	struct mde_group *group = &mde->policy.groups[mde_find_group(mde, id)];
	if (!group->is_device)
		return 0;
	const int type = read_match_type(mde, element);
	if (type < 0)
		return type;
	if (list == NULL || list->first == NULL)
		return mde_xml_fail(mde, element, "The group has no descriptor.");
	r = mde_new(mde, type % 2 == 0 ? MDE_ALL : MDE_ANY, &members);
	for (const struct mde_element *e = list->first; r == 0 && e != NULL; e = e->next) {
		r = mde_xml_descriptor(mde, e, &child);
		if (r == 0)
			r = mde_add_child(mde, members, child);
	}
	group->query = members;
	if (r < 0 || type < 2)
		return r;
	r = mde_new(mde, MDE_NOT, &group->query);
	return r == 0 ? mde_add_child(mde, group->query, members) : r;
}
