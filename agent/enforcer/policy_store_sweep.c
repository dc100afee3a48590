#include "policy_store.h"
#include "policy_store_internal.h"

#include <string.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "policy/dsse.h"
#include "sysfs.h"

/* Sections, and what was left of one whose writing was cut off. */
static bool is_section_file(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool is_named(const struct manifest *manifest, const char *file)
{
	for (size_t i = 0; i < manifest->n_sections; i++) {
		char name[SECTION_NAME_SIZE];

		section_name(&manifest->sections[i], name);
		if (strcmp(name, file) == 0)
			return true;
	}
	return false;
}

/* What the envelope names that may be gone back to.  It is only asked which files to keep, so its
 * signatures are not looked at.  False if that cannot be told. */
static bool read_previous(const struct policy_store *store, struct manifest *ret)
{
	_cleanup_free_ char *text = NULL;
	struct dsse dsse;
	size_t size;
	int r;

	if (store->note.trial.version == 0)
		return true;
	if (file_read(store->policy_fd, POLICY_PREVIOUS, DSSE_MAX_BYTES, &text, &size) < 0 ||
	    dsse_parse(&dsse, text, size) < 0)
		return false;
	r = manifest_parse(ret, dsse.payload, dsse.payload_size);
	dsse_finish(&dsse);
	return r >= 0;
}

/* Not while a role cannot be loaded, whose sections are not known. */
void policy_store_sweep(const struct policy_store *store)
{
	_cleanup_(sysfs_names_free) char **files = NULL;
	struct manifest previous = { 0 };
	int n;

	for (int role = 0; role < _ROLE_MAX; role++) {
		if (store->broken[role])
			return;
	}
	if (!read_previous(store, &previous))
		return;
	n = sysfs_list(store->sections_fd, ".", is_section_file, &files);
	for (int i = 0; i < n; i++) {
		bool named = is_named(&previous, files[i]);

		for (int role = 0; role < _ROLE_MAX; role++)
			named = named || is_named(&store->roles[role].manifest, files[i]);
		if (!named)
			unlinkat(store->sections_fd, files[i], 0);
	}
}
