/* Microsoft Defender device control for Windows: files of groups and files of rules, as Group
 * Policy (all in one <Groups> or <PolicyRules>) and Intune (one <Group> or <PolicyRule> a file)
 * have them (Microsoft Learn, "Device control policies in Microsoft Defender for Endpoint").
 *
 * The default enforcement, and which families are governed at all, are settings outside of these
 * files: denied is assumed, and all. */
#include "mde_xml.h"

#include <string.h>

/* Run @each for the document, or for each element in its root. */
struct pass {
	const char *one, *list, *other_list; /* names of roots */
	int (*each)(struct mde *mde, const struct mde_element *element, size_t *audits);
};

static int add_group(struct mde *mde, const struct mde_element *element, size_t *audits)
{
	(void)audits;
	return mde_xml_add_group(mde, element);
}

static int read_group(struct mde *mde, const struct mde_element *element, size_t *audits)
{
	(void)audits;
	return mde_xml_read_group(mde, element);
}

static const struct pass passes[] = {
	{ "Group", "Groups", "PolicyGroups", add_group },
	{ "Group", "Groups", "PolicyGroups", read_group },
	{ "PolicyRule", "PolicyRules", "PolicyRules", mde_xml_read_rule },
};
enum { N_PASSES = sizeof(passes) / sizeof(passes[0]) };

static int run(struct mde *mde, const struct pass *pass, const struct mde_element *root,
	       size_t *audits)
{
	int r = 0;

	if (strcmp(root->name, pass->one) == 0)
		return pass->each(mde, root, audits);
	if (strcmp(root->name, pass->list) != 0 && strcmp(root->name, pass->other_list) != 0)
		return 0;
	for (const struct mde_element *e = root->first; r == 0 && e != NULL; e = e->next)
		r = pass->each(mde, e, audits);
	return r;
}

static int check_root(struct mde *mde, const struct mde_element *root)
{
	static const char *const roots[] = { "Groups", "PolicyGroups", "PolicyRules", "Group",
					     "PolicyRule" };
	static const char *const none[] = { NULL };

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		const char *const children[] = { i < 2 ? "Group" : "PolicyRule", NULL };

		if (strcmp(root->name, roots[i]) != 0)
			continue;
		return i < 3 ? mde_xml_check(mde, root, children, children[0], none) : 0;
	}
	return mde_xml_fail_word(mde, root, root->name, roots, sizeof(roots) / sizeof(roots[0]));
}

static int read_files(struct mde *mde, const struct import_file *files, size_t n_files)
{
	struct mde_element **roots;
	size_t audits = 0;
	int r = mde_take(mde, n_files * sizeof(struct mde_element *), &roots);

	for (size_t i = 0; r == 0 && i < n_files; i++) {
		mde->file = &files[i];
		r = mde_xml_read(mde, &roots[i]);
		if (r == 0)
			r = check_root(mde, roots[i]);
	}
	for (size_t p = 0; p < N_PASSES; p++)
		for (size_t i = 0; r == 0 && i < n_files; i++) {
			mde->file = &files[i];
			r = run(mde, &passes[p], roots[i], &audits);
		}
	if (r == 0 && audits > 0)
		r = mde_note(
			mde, IMPORT_NOTE, 0, "AuditAllowed, AuditDenied",
			"%zu entries say which events are sent and shown: here every decision is "
			"recorded.",
			audits);
	return r;
}

int import_mde_xml(const struct import_file *files, size_t n_files,
		   const struct import_options *options, struct import *ret,
		   struct rules_error *error)
{
	struct mde mde;
	int r;

	mde_begin(&mde, options, error);
	mde.policy.windows = true;
	mde.policy.governed = MDE_ALL_FAMILIES;
	if (n_files == 0)
		r = mde_fail(&mde, 0, 0, "", "There is no file to import.");
	else
		r = read_files(&mde, files, n_files);
	if (r == 0 && mde.policy.n_rules == 0)
		r = mde_fail(&mde, 0, 0, "", "There is no rule in the files, but groups alone.");
	if (r == 0)
		r = mde_compile(&mde);
	return mde_end(&mde, r, ret);
}
