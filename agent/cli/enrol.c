/* enrol - connect this machine with a collector: show whom it will trust, pin it, hand the token to
 * the reporter, and wait for what comes of it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/common/cleanup.h"
#include "agent/common/control_client.h"
#include "agent/common/file.h"
#include "commands.h"
#include "enrolment.h"
#include "install.h"
#include "policy/text.h"
#include "text.h"

enum {
	WAIT_S = 60,
	WAIT_STEP_MS = 200,
	ERROR_MAX_BYTES = 4096,
	RELOAD_TIMEOUT_MS = 10 * 1000,
};

enum outcome { OUTCOME_ENROLLED, OUTCOME_REFUSED, OUTCOME_WAITING };

static int load(struct enrolment *ret, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char error[256], when[21];
	size_t size;
	int r;

	r = file_read(AT_FDCWD, path, ENROLMENT_MAX_BYTES, &text, &size);
	if (r < 0) {
		fprintf(stderr, _("devgate: %s cannot be read: %s\n"), path, strerror(-r));
		return r;
	}
	r = enrolment_parse(ret, text, size, error);
	explicit_bzero(text, size);
	if (r < 0) {
		fprintf(stderr, "devgate: %s: %s\n", path, r == -EBADMSG ? error : strerror(-r));
		return r;
	}
	if (ret->expires <= (int64_t)time(NULL)) {
		text_time(ret->expires, when);
		fprintf(stderr,
			_("devgate: %s: the token has expired on %s; ask an officer for a new one "
			  "(devgatectl token create)\n"),
			path, when);
		enrolment_finish(ret);
		return -EKEYEXPIRED;
	}
	return 0;
}

/* Whom this machine will trust; on stderr, so that stdout stays for the result. */
static void show(const struct enrolment *enrolment)
{
	const struct trust *trust = &enrolment->trust;
	char digest[65], unit[512];

	text_hex(enrolment->ca_sha256, 32, digest);
	fprintf(stderr, _("Collector:  %s\nUnit:       %s\nIts CA:     SHA-256 %s\n"),
		enrolment->url, text_show(enrolment->unit, unit, sizeof(unit)), digest);
	fprintf(stderr, _("Policy:     signed by %u of these officers, revocations by %u\n"),
		trust->threshold[ROLE_POLICY], trust->threshold[ROLE_REVOCATIONS]);
	for (size_t i = 0; i < trust->n_officers; i++) {
		char name[256];

		fprintf(stderr, _("  %s: key %s\n"),
			text_show(trust->officers[i].name, name, sizeof(name)),
			trust->officers[i].keyid);
	}
}

/* Ask whether to go on.  Returns 1 for yes, 0 for no, -EINVAL if there is nobody to ask. */
static int confirm(const struct install *install)
{
	char answer[16];

	for (size_t i = 0; i < INSTALL_FILES; i++) {
		if (install->before[i] == NULL)
			continue;
		fputs(_("This machine was enrolled before; what it trusted then is replaced.\n"),
		      stderr);
		break;
	}
	if (!isatty(STDIN_FILENO)) {
		fputs(_("devgate: there is no terminal to ask on; compare the above with what your "
			"officer told you, and say --yes\n"),
		      stderr);
		return -EINVAL;
	}
	fputs(_("Compare these with what your officer told you.  Enrol this machine? [y/N] "),
	      stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return 0;
	return *answer == 'y' || *answer == 'Y';
}

static int ask_reload(const char *path, json_t **ret)
{
	_cleanup_close_ int fd = -1;
	int r = control_connect(path, RELOAD_TIMEOUT_MS, &fd);

	return r < 0 ? r : control_call(fd, "trust-reload", NULL, 0, ret);
}

/* Have the enforcer read the trust root.  One that does not run reads it when it starts. */
static int reload_trust(const struct arguments *arguments)
{
	_cleanup_json_ json_t *packets = NULL;
	char path[PATH_MAX], text[512];
	const json_t *reply;
	int r;

	snprintf(path, sizeof(path), "%s/control.sock", arguments->run_dir);
	r = ask_reload(path, &packets);
	if (r == -ENOENT || r == -ECONNREFUSED) {
		fputs(_("The enforcer is not running; it will take the officers' keys when it "
			"starts.\n"),
		      stderr);
		return 0;
	}
	if (r < 0) {
		fprintf(stderr, _("devgate: the enforcer cannot be asked (%s: %s)\n"), path,
			strerror(-r));
		return r;
	}
	reply = json_array_get(packets, 0);
	if (json_is_true(json_object_get(reply, "trusted")))
		return 0;
	reply = json_object_get(reply, "error") ? json_object_get(reply, "error") : reply;
	fprintf(stderr, _("devgate: the enforcer does not take the officers' keys: %s\n"),
		text_member(reply, "text", text, sizeof(text)));
	return -EKEYREJECTED;
}

/* The certificate's inode: another after an enrolment.  0 if there is none. */
static ino_t certificate(int reporter_fd)
{
	struct stat status;

	if (fstatat(reporter_fd, "cert.pem", &status, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return status.st_ino;
}

/* How far the reporter is; what it says is wrong goes to @ret_error, "" if nothing. */
static enum outcome look(int reporter_fd, ino_t before, char *ret_error, size_t size)
{
	_cleanup_free_ char *error = NULL;
	bool waiting = faccessat(reporter_fd, "token", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	ino_t now = certificate(reporter_fd);

	*ret_error = '\0';
	if (file_read(reporter_fd, "enrol-error", ERROR_MAX_BYTES, &error, NULL) >= 0)
		text_show(error, ret_error, size);
	if (waiting)
		return OUTCOME_WAITING;
	if (*ret_error)
		return OUTCOME_REFUSED;
	return now != 0 && now != before ? OUTCOME_ENROLLED : OUTCOME_WAITING;
}

static enum outcome wait_for(int reporter_fd, ino_t before, char *ret_error, size_t size)
{
	const struct timespec step = { .tv_nsec = WAIT_STEP_MS * 1000000L };
	bool terminal = isatty(STDERR_FILENO);
	enum outcome outcome = OUTCOME_WAITING;

	for (int ms = 0; ms < WAIT_S * 1000; ms += WAIT_STEP_MS) {
		outcome = look(reporter_fd, before, ret_error, size);
		if (outcome != OUTCOME_WAITING)
			break;
		if (terminal && ms % 1000 == 0) {
			fputc('\r', stderr);
			fprintf(stderr, _("Waiting for the collector ... %d s"), ms / 1000);
		}
		nanosleep(&step, NULL);
	}
	if (terminal)
		fputc('\n', stderr);
	return outcome;
}

static int report(const struct arguments *arguments, const struct enrolment *enrolment,
		  enum outcome outcome, const char *error)
{
	char digest[65];

	if (outcome == OUTCOME_REFUSED) {
		fprintf(stderr, _("devgate: the enrolment failed: %s\n"), error);
		return EXIT_FAILURE;
	}
	if (outcome == OUTCOME_WAITING) {
		fprintf(stderr,
			_("devgate: no certificate has come within %d s%s%s.\nThe token stays, and "
			  "is "
			  "used when the collector can be reached.  Look at: systemctl status "
			  "devgate-reporter\n"),
			WAIT_S, *error ? ": " : "", error);
		return EXIT_FAILURE;
	}
	if (arguments->json) {
		text_hex(enrolment->ca_sha256, 32, digest);
		printf("{\"enrolled\": true, \"url\": \"%s\", \"ca_sha256\": \"%s\"}\n",
		       enrolment->url, digest);
	} else {
		printf(_("This machine is enrolled with %s.\n"), enrolment->url);
	}
	return EXIT_SUCCESS;
}

static void undo(const struct arguments *arguments, struct install *install)
{
	_cleanup_json_ json_t *packets = NULL;
	char path[PATH_MAX];
	int r = install_undo(install);

	if (r < 0) {
		fprintf(stderr, _("devgate: what was in %s before cannot be put back: %s\n"),
			arguments->config_dir, strerror(-r));
		return;
	}
	snprintf(path, sizeof(path), "%s/control.sock", arguments->run_dir);
	r = ask_reload(path, &packets);
	if (r < 0 && r != -ENOENT && r != -ECONNREFUSED)
		fprintf(stderr, _("devgate: the enforcer cannot be asked (%s: %s)\n"), path,
			strerror(-r));
	fputs(_("Nothing was changed.\n"), stderr);
}

/* Pin, hand over, wait. */
static int enrol(const struct arguments *arguments, const struct enrolment *enrolment,
		 struct install *install, int reporter_fd)
{
	ino_t before = certificate(reporter_fd);
	enum outcome outcome;
	char error[512];
	int r;

	r = install_write(install, enrolment);
	if (r < 0)
		fprintf(stderr, _("devgate: %s cannot be written: %s\n"), arguments->config_dir,
			strerror(-r));
	else
		r = reload_trust(arguments);
	if (r >= 0) {
		r = install_token(reporter_fd, enrolment->token);
		if (r < 0)
			fprintf(stderr, _("devgate: %s cannot be written: %s\n"),
				arguments->reporter_dir, strerror(-r));
	}
	if (r < 0) {
		undo(arguments, install);
		return EXIT_FAILURE;
	}
	outcome = wait_for(reporter_fd, before, error, sizeof(error));
	r = report(arguments, enrolment, outcome, error);
	if (outcome == OUTCOME_REFUSED)
		undo(arguments, install);
	return r;
}

static int ask_and_enrol(const struct arguments *arguments, const struct enrolment *enrolment)
{
	_cleanup_close_ int reporter_fd = -1;
	struct install install;
	int r, status;

	reporter_fd = open(arguments->reporter_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (reporter_fd < 0) {
		fprintf(stderr, _("devgate: %s: %s; is devgate installed as a whole?\n"),
			arguments->reporter_dir, strerror(errno));
		return EXIT_FAILURE;
	}
	r = install_begin(&install, arguments->config_dir);
	if (r < 0) {
		fprintf(stderr, _("devgate: %s: %s\n"), arguments->config_dir, strerror(-r));
		return EXIT_FAILURE;
	}
	show(enrolment);
	r = arguments->yes ? 1 : confirm(&install);
	if (r > 0)
		status = enrol(arguments, enrolment, &install, reporter_fd);
	else
		status = r < 0 ? EXIT_USAGE : EXIT_FAILURE;
	if (r == 0)
		fputs(_("Nothing was changed.\n"), stderr);
	install_finish(&install);
	return status;
}

int command_enrol(const struct arguments *arguments)
{
	struct enrolment enrolment;
	int status;

	if (geteuid() != 0) {
		fputs(_("devgate: enrol changes whom this machine trusts: run it as root\n"),
		      stderr);
		return EXIT_FAILURE;
	}
	if (load(&enrolment, arguments->words[0]) < 0)
		return EXIT_FAILURE;
	status = ask_and_enrol(arguments, &enrolment);
	enrolment_finish(&enrolment);
	return status;
}
