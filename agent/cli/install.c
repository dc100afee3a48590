#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"

enum { BEFORE_MAX_BYTES = 1024 * 1024 };

/* In the order in which they are written: whom to trust, before whom to talk to. */
enum { TRUST_ROOT, COLLECTOR_CA, COLLECTOR };
static const char *const names[INSTALL_FILES] = {
	[TRUST_ROOT] = "trust-root.json",
	[COLLECTOR_CA] = "collector-ca.pem",
	[COLLECTOR] = "collector.json",
};

int install_begin(struct install *ret, const char *config_dir)
{
	struct install install = { .config_fd = -1 };
	int r = file_make_directory(AT_FDCWD, config_dir, 0755, &install.config_fd);

	for (size_t i = 0; i < INSTALL_FILES && r >= 0; i++) {
		r = file_read(install.config_fd, names[i], BEFORE_MAX_BYTES, &install.before[i],
			      &install.before_size[i]);
		if (r == -ENOENT)
			r = 0;
	}
	if (r < 0) {
		install_finish(&install);
		return r;
	}
	*ret = install;
	return 0;
}

void install_finish(struct install *install)
{
	for (size_t i = 0; i < INSTALL_FILES; i++)
		free(TAKE_PTR(install->before[i]));
	if (install->config_fd >= 0)
		close(TAKE_FD(install->config_fd));
}

static int write_file(struct install *install, size_t i, const char *text)
{
	return file_write_atomic(install->config_fd, names[i], text, strlen(text), 0644);
}

int install_write(struct install *install, const struct enrolment *enrolment)
{
	_cleanup_json_ json_t *root =
		json_pack("{s:s, s:s}", "url", enrolment->url, "unit", enrolment->unit);
	_cleanup_free_ char *text = root != NULL ? json_dumps(root, 0) : NULL;
	_cleanup_free_ char *collector = NULL;
	int r;

	if (text == NULL || asprintf(&collector, "%s\n", text) < 0)
		return -ENOMEM;
	r = write_file(install, TRUST_ROOT, enrolment->trust_text);
	if (r >= 0)
		r = write_file(install, COLLECTOR_CA, enrolment->ca);
	if (r >= 0)
		r = write_file(install, COLLECTOR, collector);
	return r;
}

int install_undo(struct install *install)
{
	int first = 0;

	for (size_t i = INSTALL_FILES; i-- > 0;) {
		int r = 0;

		if (install->before[i] != NULL)
			r = file_write_atomic(install->config_fd, names[i], install->before[i],
					      install->before_size[i], 0644);
		else if (unlinkat(install->config_fd, names[i], 0) < 0 && errno != ENOENT)
			r = -errno;
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

int install_token(int reporter_fd, const char *token)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct stat owner;
	int r;

	if (fstat(reporter_fd, &owner) < 0 || setegid(owner.st_gid) < 0)
		return -errno;
	r = seteuid(owner.st_uid) < 0 ? -errno : 0;
	if (r >= 0) {
		if (unlinkat(reporter_fd, "enrol-error", 0) < 0 && errno != ENOENT)
			r = -errno;
		else
			r = file_write_atomic(reporter_fd, "token", token, strlen(token), 0600);
	}
	if (seteuid(uid) < 0 || setegid(gid) < 0)
		return -errno;
	return r;
}
