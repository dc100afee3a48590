/* ledger - check that no record was changed, moved or taken away. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/ledger_read.h"
#include "commands.h"
#include "ledger_check.h"
#include "ledgers.h"
#include "policy/text.h"
#include "text.h"

/* What came of one ledger. */
struct finding {
	char id[LEDGER_ID_SIZE]; /* "" if it could not be told */
	char path[PATH_MAX + 64];
	const struct note_key *key; /* NULL, or borrowed */
	struct ledger_check check;
	int error; /* 0: good; -EBADMSG: damaged; else: could not be read */
};

static void check_file(struct finding *finding, int dirfd, const char *name, uint64_t first_seq)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	finding->error = fd < 0 ? -errno : ledger_check_fd(&finding->check, fd, first_seq);
}

/* All segments of the ledger in @fd, whose directory is @path. */
static void check_directory(struct finding *finding, int fd, const char *path)
{
	_cleanup_free_ uint64_t *seqs = NULL;
	int n = ledger_segments(fd, &seqs);

	finding->error = n < 0 ? n : 0;
	if (n == 0)
		finding->error = -ENOENT;
	if (finding->error == 0)
		finding->error = ledger_check_start(&finding->check, finding->id);
	for (int i = 0; i < n && finding->error == 0; i++) {
		char name[LEDGER_SEGMENT_NAME_SIZE];

		ledger_segment_name(seqs[i], name);
		snprintf(finding->path, sizeof(finding->path), "%s/%s", path, name);
		check_file(finding, fd, name, seqs[i]);
	}
}

/* A file of records that was exported whole. */
static void check_export(struct finding *finding, const char *path, int fd, const char *id)
{
	if (id != NULL)
		snprintf(finding->id, sizeof(finding->id), "%s", id);
	else
		finding->error = ledger_check_find_id(fd, finding->id);
	if (finding->error == -EBADMSG) {
		finding->check.line = 1;
		snprintf(
			finding->check.text, sizeof(finding->check.text),
			"this record does not say of which ledger it is; give the ledger's id with "
			"--id");
	}
	if (finding->error == 0)
		finding->error = ledger_check_start(&finding->check, finding->id);
	finding->check.key = finding->key;
	if (finding->error == 0)
		check_file(finding, AT_FDCWD, path, 0);
	if (finding->error == 0 && finding->check.unfinished) {
		finding->error = -EBADMSG;
		snprintf(finding->check.text, sizeof(finding->check.text),
			 "the file ends within a record");
	}
}

/* The id of a ledger's directory is its name. */
static void take_name(struct finding *finding, const char *path)
{
	size_t end = strlen(path), start;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	snprintf(finding->id, sizeof(finding->id), "%.*s", (int)(end - start), path + start);
}

static void check_path(struct finding *finding, const char *path, const char *id,
		       const struct note_key *key)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;

	*finding = (struct finding){ .key = key };
	snprintf(finding->path, sizeof(finding->path), "%s", path);
	if (fd < 0 || fstat(fd, &status) < 0) {
		finding->error = -errno;
	} else if (S_ISDIR(status.st_mode)) {
		if (id != NULL)
			snprintf(finding->id, sizeof(finding->id), "%s", id);
		else
			take_name(finding, path);
		check_directory(finding, fd, path);
	} else {
		check_export(finding, path, fd, id);
	}
}

static json_t *to_json(const struct finding *finding)
{
	const struct ledger_check *check = &finding->check;
	char head[2 * LEDGER_HASH_SIZE + 1];

	text_hex(check->chain.hash, LEDGER_HASH_SIZE, head);
	return json_pack("{s:s, s:b, s:I, s:I, s:s, s:s, s:s, s:b, s:o?}", "ledger", finding->id,
			 "good", finding->error == 0, "records", (json_int_t)check->records,
			 "disposed", (json_int_t)check->disposed, "first_time", check->first_time,
			 "last_time", check->last_time, "head", head, "unfinished",
			 check->unfinished, "error",
			 finding->error == 0 ? NULL
					     : json_pack("{s:s, s:I, s:s}", "file", finding->path,
							 "line", (json_int_t)check->line, "text",
							 finding->error == -EBADMSG
								 ? check->text
								 : strerror(-finding->error)));
}

static void say_good(const struct finding *finding)
{
	const struct ledger_check *check = &finding->check;
	char head[2 * LEDGER_HASH_SIZE + 1], first[64], last[64];

	text_hex(check->chain.hash, LEDGER_HASH_SIZE, head);
	printf(_("ledger %s: good\n"
		 "  %" PRIu64 " records, %s to %s\n"
		 "  head %s\n"),
	       finding->id, check->records,
	       text_local_time(check->first_time, first, sizeof(first)),
	       text_local_time(check->last_time, last, sizeof(last)), head);
	if (check->disposed > 0)
		printf(_("  %" PRIu64 " more were disposed of, signed by %s\n"), check->disposed,
		       check->key->name);
	if (check->unfinished)
		puts(_("  one more record is being written"));
}

static void say(const struct finding *finding)
{
	if (finding->error == 0)
		say_good(finding);
	else if (finding->error == -EBADMSG)
		fprintf(stderr, _("%s:%" PRIu64 ": %s\n  %" PRIu64 " records before it are good\n"),
			finding->path, finding->check.line, finding->check.text,
			finding->check.records);
	else if (finding->error == -EINVAL)
		fprintf(stderr, _("devgate: %s: \"%s\" is no ledger id (32 hexadecimal digits)\n"),
			finding->path, finding->id);
	else if (finding->error == -ENOENT)
		fprintf(stderr, _("devgate: %s: there is no such file, or no record in it\n"),
			finding->path);
	else
		ledgers_complain(finding->path, finding->error);
}

/* What is asked, and what has come of it. */
struct request {
	const struct arguments *arguments; /* borrowed */
	const struct note_key *key;	   /* NULL, or borrowed */
	json_t *all;			   /* borrowed */
};

/* Check one; add it to the list if JSON is wanted, else say it now.  Returns true if it is good. */
static bool verify_one(const struct request *request, const char *path)
{
	struct finding finding;

	check_path(&finding, path, request->arguments->id, request->key);
	if (request->arguments->json)
		json_array_append_new(request->all, to_json(&finding));
	else
		say(&finding);
	return finding.error == 0;
}

static bool verify_named(const struct request *request)
{
	const struct arguments *arguments = request->arguments;
	bool good = true;

	for (size_t i = 0; i < arguments->n_ledgers; i++)
		good = verify_one(request, arguments->ledgers[i]) && good;
	for (int i = 1; i < arguments->n_words; i++)
		good = verify_one(request, arguments->words[i]) && good;
	return good;
}

static bool verify_all(const struct request *request)
{
	_cleanup_free_ char(*ids)[LEDGER_ID_SIZE] = NULL;
	struct ledgers ledgers;
	bool good;
	int n;

	if (ledgers_open(&ledgers, request->arguments) < 0)
		return false;
	n = ledger_list(ledgers.fd, &ids);
	good = n > 0;
	if (!good)
		ledgers_complain(ledgers.path, n < 0 ? n : -ENOENT);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX + LEDGER_ID_SIZE + 1];

		snprintf(path, sizeof(path), "%s/%s", ledgers.path, ids[i]);
		good = verify_one(request, path) && good;
	}
	ledgers_close(&ledgers);
	return good;
}

/* Returns false, said, if there is no key in @path. */
static bool read_key(const char *path, struct note_key *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(AT_FDCWD, path, NOTE_VERIFIER_SIZE, &text, NULL);

	if (r == 0) {
		text[strcspn(text, "\n")] = '\0';
		r = note_key_parse(ret, text);
	}
	if (r < 0)
		fprintf(stderr, _("devgate: %s: %s\n"), path,
			r == -EBADMSG || r == -E2BIG ? _("this is not a key, NAME+ID+BASE64")
						     : strerror(-r));
	return r == 0;
}

static bool verify(const struct request *request)
{
	if (request->arguments->n_ledgers == 0 && request->arguments->n_words == 1)
		return verify_all(request);
	return verify_named(request);
}

int command_ledger(const struct arguments *arguments)
{
	_cleanup_json_ json_t *all = json_array();
	struct request request = { .arguments = arguments, .all = all };
	struct note_key key;
	bool good;

	if (strcmp(arguments->words[0], "verify") != 0) {
		fprintf(stderr, _("devgate: ledger has no command \"%s\"; it has: verify\n"),
			arguments->words[0]);
		return EXIT_USAGE;
	}
	if (arguments->key != NULL) {
		if (!read_key(arguments->key, &key))
			return EXIT_FAILURE;
		request.key = &key;
	}
	good = verify(&request);
	if (arguments->json) {
		_cleanup_json_ json_t *root = json_pack("{s:O}", "ledgers", all);

		json_dumpf(root, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
