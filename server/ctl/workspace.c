#include "workspace.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "api.h"
#include "file.h"
#include "message.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"

#define ENVELOPE_FILE "manifest.dsse.json"

static const struct {
	const char *section, *file;
} section_files[] = {
	{ "rules", "rules.json" },
	{ "registered", "registered.bin" },
	{ "risk", "risk.json" },
	{ "revoked", "revoked.bin" },
};

enum { N_SECTION_FILES = sizeof(section_files) / sizeof(section_files[0]) };

static const char *file_of(const char *section)
{
	for (size_t i = 0; i < N_SECTION_FILES; i++)
		if (strcmp(section, section_files[i].section) == 0)
			return section_files[i].file;
	return NULL;
}

static int read_envelope(struct signed_bundle *bundle, const char *directory)
{
	_cleanup_free_ char *path = file_path(directory, ENVELOPE_FILE);
	char *text;
	size_t size;
	int r;

	if (!path)
		return -ENOMEM;
	r = atomic_file_read(path, DSSE_MAX_BYTES, &text, &size);
	if (r == -ENOENT)
		complain(_("%s: there is no bundle; name the folder that 'policy sign' or "
			   "'revoke sign' made"),
			 directory);
	else if (r < 0)
		file_complain_read(path, r);
	return r < 0 ? r : signed_bundle_take_envelope(bundle, text, size, path);
}

static int read_section(struct signed_bundle *bundle, size_t i, const char *directory)
{
	const char *file = file_of(bundle->manifest.sections[i].name);
	_cleanup_free_ char *path = NULL;
	char *bytes;
	size_t size;
	int r;

	if (!file) {
		complain(_("%s: the manifest names a section '%s', which this version does not "
			   "know"),
			 directory, bundle->manifest.sections[i].name);
		return -EBADMSG;
	}
	path = file_path(directory, file);
	if (!path)
		return -ENOMEM;
	r = file_read(path, API_MAX_SECTION, &bytes, &size);
	if (r < 0)
		return r;
	return signed_bundle_take_section(bundle, i, (uint8_t *)bytes, size, path);
}

int workspace_read(struct signed_bundle *ret, const char *directory)
{
	struct signed_bundle bundle = { 0 };
	int r = read_envelope(&bundle, directory);

	for (size_t i = 0; r == 0 && i < bundle.manifest.n_sections; i++)
		r = read_section(&bundle, i, directory);
	if (r == 0)
		r = signed_bundle_open_sections(&bundle, directory);
	if (r < 0) {
		signed_bundle_finish(&bundle);
		return r;
	}
	*ret = bundle;
	return 0;
}

static int check_absent(const char *directory, const char *file)
{
	_cleanup_free_ char *path = file_path(directory, file);

	return path ? file_check_absent(path) : -ENOMEM;
}

int workspace_check_free(const char *directory)
{
	int r = check_absent(directory, ENVELOPE_FILE);

	for (size_t i = 0; r == 0 && i < N_SECTION_FILES; i++)
		r = check_absent(directory, section_files[i].file);
	return r;
}

int workspace_create(const struct signed_bundle *bundle, const char *directory)
{
	_cleanup_free_ char *envelope = file_path(directory, ENVELOPE_FILE);
	int r;

	if (!envelope)
		return -ENOMEM;
	if (mkdir(directory, 0755) < 0 && errno != EEXIST) {
		r = -errno;
		file_complain_write(directory, r);
		return r;
	}
	r = workspace_check_free(directory);
	for (size_t i = 0; r == 0 && i < bundle->manifest.n_sections; i++) {
		_cleanup_free_ char *path =
			file_path(directory, file_of(bundle->manifest.sections[i].name));

		r = path ? file_create(path, bundle->sections[i].bytes, bundle->sections[i].size,
				       0644)
			 : -ENOMEM;
	}
	if (r == 0) /* last: a folder with an envelope is whole */
		r = file_create(envelope, bundle->text, bundle->text_size, 0644);
	return r;
}

int workspace_update(const struct signed_bundle *bundle, const char *directory)
{
	_cleanup_free_ char *path = file_path(directory, ENVELOPE_FILE);
	int r;

	if (!path)
		return -ENOMEM;
	r = atomic_file_write(path, bundle->text, bundle->text_size, 0644);
	if (r < 0)
		file_complain_write(path, r);
	return r;
}
