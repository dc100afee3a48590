#include "policy_trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "policy/text.h"

enum { NOTE_MAX_BYTES = 1024 };

static const char name[] = "policy.trial.json";

static bool read_digest(const char *text, uint8_t ret[static 32])
{
	size_t size;

	return strlen(text) == 64 && sodium_hex2bin(ret, 32, text, 64, NULL, &size, NULL) == 0 &&
	       size == 32;
}

static bool read_version(json_int_t version, uint64_t *ret)
{
	*ret = version > 0 ? (uint64_t)version : 0;
	return version > 0;
}

static int parse_trial(json_t *object, struct policy_trial *ret)
{
	json_int_t version, replaces_version, previous_version, deadline_us;
	const char *envelope, *replaces, *previous, *boot;
	int begun;

	if (json_unpack(object, "{s:I, s:s, s:I, s:s, s:I, s:s, s:i, s:s, s:I !}", "version",
			&version, "envelope", &envelope, "replaces_version", &replaces_version,
			"replaces", &replaces, "previous_version", &previous_version, "previous",
			&previous, "begun", &begun, "boot", &boot, "deadline_us", &deadline_us) < 0)
		return -EBADMSG;
	if (!read_version(version, &ret->version) ||
	    !read_version(previous_version, &ret->previous_version) ||
	    !read_digest(envelope, ret->envelope) || !read_digest(replaces, ret->replaces) ||
	    !read_digest(previous, ret->previous) || replaces_version < 0 || begun < 0 ||
	    deadline_us < 0 || strlen(boot) >= sizeof(ret->boot))
		return -EBADMSG;
	ret->replaces_version = (uint64_t)replaces_version;
	ret->begun = (unsigned)begun;
	ret->deadline_us = (uint64_t)deadline_us;
	strcpy(ret->boot, boot);
	return 0;
}

static int parse_undone(json_t *object, struct policy_trial_note *ret)
{
	const char *envelope;
	json_int_t version;
	int times = 1;

	if (json_unpack(object, "{s:I, s:s, s?i !}", "version", &version, "envelope", &envelope,
			"times", &times) < 0 ||
	    !read_version(version, &ret->undone_version) || !read_digest(envelope, ret->undone) ||
	    times < 1)
		return -EBADMSG;
	ret->undone_times = (unsigned)times;
	return 0;
}

static int parse(const char *text, size_t size, struct policy_trial_note *ret)
{
	_cleanup_json_ json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	json_t *trial = NULL, *undone = NULL;

	if (root == NULL ||
	    json_unpack(root, "{s?o, s?o !}", "trial", &trial, "undone", &undone) < 0)
		return -EBADMSG;
	if (trial != NULL && parse_trial(trial, &ret->trial) < 0)
		return -EBADMSG;
	return undone != NULL ? parse_undone(undone, ret) : 0;
}

int policy_trial_read(int policy_fd, struct policy_trial_note *ret)
{
	struct policy_trial_note note = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	*ret = note;
	r = file_read(policy_fd, name, NOTE_MAX_BYTES, &text, &size);
	if (r < 0)
		return r == -ENOENT ? 0 : r == -E2BIG ? -EBADMSG : r;
	r = parse(text, size, &note);
	if (r >= 0)
		*ret = note;
	return r;
}

static json_t *encode_trial(const struct policy_trial *trial)
{
	char envelope[65], replaces[65], previous[65];

	text_hex(trial->envelope, sizeof(trial->envelope), envelope);
	text_hex(trial->replaces, sizeof(trial->replaces), replaces);
	text_hex(trial->previous, sizeof(trial->previous), previous);
	return json_pack("{s:I, s:s, s:I, s:s, s:I, s:s, s:i, s:s, s:I}", "version",
			 (json_int_t)trial->version, "envelope", envelope, "replaces_version",
			 (json_int_t)trial->replaces_version, "replaces", replaces,
			 "previous_version", (json_int_t)trial->previous_version, "previous",
			 previous, "begun", (int)trial->begun, "boot", trial->boot, "deadline_us",
			 (json_int_t)trial->deadline_us);
}

static json_t *encode_undone(const struct policy_trial_note *note)
{
	char envelope[65];

	text_hex(note->undone, sizeof(note->undone), envelope);
	return json_pack("{s:I, s:s, s:i}", "version", (json_int_t)note->undone_version, "envelope",
			 envelope, "times", (int)note->undone_times);
}

/* For good: what a power cut brought back would be a trial again. */
static int delete (int policy_fd)
{
	if (unlinkat(policy_fd, name, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(policy_fd) < 0 ? -errno : 0;
}

int policy_trial_write(int policy_fd, const struct policy_trial_note *note)
{
	_cleanup_json_ json_t *root = NULL, *trial = NULL, *undone = NULL;
	_cleanup_free_ char *text = NULL;

	if (note->trial.version == 0 && note->undone_version == 0)
		return delete (policy_fd);
	if (note->trial.version > 0 && (trial = encode_trial(&note->trial)) == NULL)
		return -ENOMEM;
	if (note->undone_version > 0 && (undone = encode_undone(note)) == NULL)
		return -ENOMEM;
	root = json_pack("{s:O*, s:O*}", "trial", trial, "undone", undone);
	text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
	if (text == NULL)
		return -ENOMEM;
	return file_write_atomic(policy_fd, name, text, strlen(text), 0600);
}
