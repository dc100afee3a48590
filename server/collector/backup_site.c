#include "backup_site.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "backup_last.h"
#include "backup_note.h"
#include "move_site.h"
#include "policy/text.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"
#include "server/pki/key_box.h"
#include "site_files.h"

enum { FILE_MAX = 1024 * 1024 };

static const char *const PUBLIC[] = { "ca.crt", "server.crt", "trust-root.json", "checkpoint.pub",
				      "collector.json" };
static const char *const SECRET[] = { "ca.key", "server.key", "checkpoint.key" };

enum {
	N_PUBLIC = sizeof(PUBLIC) / sizeof(PUBLIC[0]),
	N_SECRET = sizeof(SECRET) / sizeof(SECRET[0])
};

static int __attribute__((format(printf, 2, 3))) refuse(int r, const char *format, ...)
{
	va_list arguments;

	fputs("devgate-collector: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return r;
}

/* The first line of --passphrase-file.  Gives *@ret, to be wiped and freed; NULL if none is given.
 */
static int read_passphrase(const struct options *options, char **ret)
{
	int r;

	*ret = NULL;
	if (!options->passphrase_file)
		return 0;
	r = atomic_file_read(options->passphrase_file, 4096, ret, NULL);
	if (r < 0)
		return refuse(r, "%s: %s", options->passphrase_file, strerror(-r));
	(*ret)[strcspn(*ret, "\r\n")] = '\0';
	return **ret ? 0 : refuse(-EINVAL, "%s: is empty", options->passphrase_file);
}

static void wipe(char *secret)
{
	if (secret)
		sodium_memzero(secret, strlen(secret));
	free(secret);
}

static int read_keys(const char *directory, json_t **ret)
{
	_cleanup_json_ json_t *keys = json_object();
	char path[SITE_PATH_SIZE];

	for (size_t i = 0; i < N_SECRET; i++) {
		char *text = NULL;
		int r = site_path(path, directory, SECRET[i]);

		if (r == 0)
			r = atomic_file_read(path, FILE_MAX, &text, NULL);
		if (r == 0 && json_object_set_new(keys, SECRET[i], json_string(text)) < 0)
			r = -ENOMEM;
		wipe(text);
		if (r < 0)
			return refuse(r, "%s: %s", path, strerror(-r));
	}
	*ret = TAKE_PTR(keys);
	return 0;
}

static int save_keys(const struct options *options, const char *passphrase)
{
	const struct key_box_passphrase with = { passphrase, strlen(passphrase) };
	_cleanup_json_ json_t *keys = NULL;
	_cleanup_free_ char *box = NULL;
	char path[SITE_PATH_SIZE], *text;
	int r = read_keys(options->data, &keys);

	if (r < 0)
		return r;
	text = json_dumps(keys, 0);
	r = text ? key_box_seal(text, strlen(text), &with, &box) : -ENOMEM;
	wipe(text);
	if (r == 0)
		r = site_path(path, options->backup_to, "keys.json");
	if (r == 0)
		r = atomic_file_create(path, box, strlen(box), 0600);
	return r < 0 ? refuse(r, "the keys cannot be encrypted: %s", strerror(-r)) : 0;
}

/* Add the file @name of the backup, copied from @from unless that is NULL. */
static int add_file(struct backup_note *note, const char *name, const char *from, const char *to)
{
	struct backup_file file = { 0 };
	int r;

	snprintf(file.name, sizeof(file.name), "%s", name);
	r = from ? site_file_copy(&file, from, to) : site_file_copy(&file, to, NULL);
	if (r == 0)
		r = backup_note_add(note, &file);
	return r < 0 ? refuse(r, "%s: %s", name, strerror(-r)) : 0;
}

/* Those of @from are copied; those that are there already, from NULL, are only noted. */
static int add_sections(struct backup_note *note, const char *from, const char *to)
{
	char path[SITE_PATH_SIZE], name[BACKUP_NAME_SIZE];
	const struct dirent *entry;
	DIR *directory;
	int r = site_path(path, from ? from : to, "sections");

	directory = r == 0 ? opendir(path) : NULL;
	if (!directory)
		return refuse(-errno, "%s: %s", path, strerror(errno));
	while (r == 0 && (entry = readdir(directory))) {
		if (strlen(entry->d_name) != 64)
			continue;
		snprintf(name, sizeof(name), "sections/%.64s", entry->d_name);
		r = add_file(note, name, from, to);
	}
	closedir(directory);
	return r;
}

static int back_up_records(const struct options *options, const struct config *config,
			   struct backup_note *note)
{
	const struct backup backup = { .where = options->store,
				       .directory = options->data,
				       .to = options->backup_to,
				       .key = &config->checkpoint_key.key };
	int r = store_backup(&backup, &note->counts);

	if (r < 0)
		return refuse(r, "the records cannot be backed up: %s",
			      *note->counts.text ? note->counts.text : strerror(-r));
	r = add_file(note, "devgate.db", NULL, options->backup_to);
	/* PostgreSQL's sections came with the records. */
	return r < 0 ? r
		     : add_sections(note, options->store ? NULL : options->data,
				    options->backup_to);
}

static int back_up(const struct options *options, const struct config *config,
		   struct backup_note *note)
{
	char *passphrase = NULL, path[SITE_PATH_SIZE];
	_cleanup_free_ char *sealed = NULL;
	int r = read_passphrase(options, &passphrase);

	if (r == 0 && passphrase)
		r = save_keys(options, passphrase);
	if (r == 0 && passphrase)
		r = add_file(note, "keys.json", NULL, options->backup_to);
	wipe(passphrase);
	for (size_t i = 0; i < N_PUBLIC && r == 0; i++)
		r = add_file(note, PUBLIC[i], options->data, options->backup_to);
	if (r == 0)
		r = back_up_records(options, config, note);
	if (r < 0)
		return r;
	text_time((int64_t)time(NULL), note->time);
	r = backup_note_seal(note, &config->checkpoint_key.key, config->checkpoint_key.secret,
			     &sealed);
	if (r == 0)
		r = site_path(path, options->backup_to, "backup.note");
	if (r == 0)
		r = atomic_file_create(path, sealed, strlen(sealed), 0600);
	if (r == 0)
		r = site_directory_sync(options->backup_to);
	return r < 0 ? refuse(r, "backup.note: %s", strerror(-r)) : 0;
}

static void say_counts(const struct backup_counts *counts)
{
	fprintf(stderr,
		"%" PRIu64 " machines, %" PRIu64 " ledgers of %" PRIu64 " events (%" PRIu64
		" more were disposed of) and %" PRIu64 " checkpoints: every chain was checked, and "
		"every checkpoint against the tree that it signs.\n",
		counts->hosts, counts->ledgers, counts->events, counts->disposed,
		counts->checkpoints);
}

int backup_site(const struct options *options, const struct config *config)
{
	struct backup_note note = { 0 };
	int r = site_directory_make(options->backup_to);

	if (r < 0) {
		refuse(r, "%s: %s", options->backup_to, strerror(-r));
		return EXIT_FAILURE;
	}
	r = back_up(options, config, &note);
	if (r < 0) {
		site_directory_remove(options->backup_to);
	} else {
		int noted =
			backup_last_write(options->data, options->backup_to, (int64_t)time(NULL));
		if (noted < 0)
			fprintf(stderr, "It is not noted in %s that there is a backup: %s\n",
				options->data, strerror(-noted));
		fprintf(stderr, "%s holds ", options->backup_to);
		say_counts(&note.counts);
		fputs(options->passphrase_file
			      ? "The collector's keys are in it, encrypted with the passphrase.\n"
			      : "The collector's keys are not in it (no --passphrase-file): keep a "
				"copy of ca.key, server.key and checkpoint.key elsewhere.\n",
		      stderr);
	}
	backup_note_finish(&note);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- Restoring ------------------------------------------------------------------------------ */

static int read_note(const struct options *options, const struct note_key *key,
		     struct backup_note *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[SITE_PATH_SIZE];
	size_t size;
	int r = site_path(path, options->restore_from, "backup.note");

	if (r == 0)
		r = atomic_file_read(path, BACKUP_NOTE_MAX, &text, &size);
	if (r == 0)
		r = backup_note_open(ret, text, size, key);
	if (r == -ENOKEY || r == -EKEYREJECTED || r == -EBADMSG)
		return refuse(r, "%s: is damaged, or is not signed by key %s", path, key->name);
	return r < 0 ? refuse(r, "%s: %s", path, strerror(-r)) : 0;
}

/* Copy one file, which must be as the note says. */
static int restore_file(const struct options *options, const struct backup_file *wanted)
{
	struct backup_file file = { 0 };
	int r;

	memcpy(file.name, wanted->name, sizeof(file.name));
	r = site_file_copy(&file, options->restore_from, options->data);
	if (r < 0)
		return refuse(r, "%s/%s: %s", options->restore_from, file.name, strerror(-r));
	if (file.size != wanted->size ||
	    memcmp(file.sha256, wanted->sha256, sizeof(file.sha256)) != 0)
		return refuse(-EBADMSG, "%s/%s: is damaged: it is not the file that was backed up",
			      options->restore_from, file.name);
	return 0;
}

static int restore_files(const struct options *options, const struct backup_note *note)
{
	char sections[SITE_PATH_SIZE];
	int r = site_path(sections, options->data, "sections");

	if (r == 0 && mkdir(sections, 0700) < 0)
		r = -errno;
	if (r < 0)
		return refuse(r, "%s: %s", sections, strerror(-r));
	for (size_t i = 0; i < note->n && r == 0; i++)
		r = restore_file(options, &note->files[i]);
	return r;
}

static int write_keys(const char *directory, const char *text)
{
	_cleanup_json_ json_t *keys = json_loads(text, 0, NULL);

	for (size_t i = 0; i < N_SECRET; i++) {
		const char *key = json_string_value(json_object_get(keys, SECRET[i]));
		char path[SITE_PATH_SIZE];
		int r = key ? site_path(path, directory, SECRET[i]) : -EBADMSG;

		if (r == 0)
			r = atomic_file_create(path, key, strlen(key), 0600);
		if (r < 0)
			return refuse(r, "%s: %s", SECRET[i], strerror(-r));
	}
	return 0;
}

/* Returns 1 if the keys were there. */
static int restore_keys(const struct options *options)
{
	char *passphrase = NULL, *text = NULL, path[SITE_PATH_SIZE];
	_cleanup_free_ char *box = NULL;
	size_t size;
	int r = site_path(path, options->data, "keys.json");

	if (r == 0)
		r = atomic_file_read(path, 2 * FILE_MAX, &box, &size);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = read_passphrase(options, &passphrase);
	if (r == 0 && !passphrase)
		return refuse(-EINVAL, "the keys are encrypted: give --passphrase-file");
	if (r == 0) {
		const struct key_box_passphrase with = { passphrase, strlen(passphrase) };
		r = key_box_open(box, size, &with, &text);
		if (r < 0)
			refuse(r, "keys.json: %s",
			       r == -EKEYREJECTED ? "it is another passphrase" : strerror(-r));
	}
	wipe(passphrase);
	if (r == 0)
		r = write_keys(options->data, text);
	wipe(text);
	if (r == 0)
		r = atomic_file_remove(path);
	return r < 0 ? r : 1;
}

static int check_records(const struct options *options, const struct note_key *key,
			 const struct backup_note *note)
{
	struct backup_counts counts = { 0 };
	struct store *store;
	char error[256];
	int r = store_open(&store, NULL, options->data, error);

	if (r < 0)
		return refuse(r, "the records cannot be opened: %s", error);
	r = store_verify(store, key, &counts);
	store_close(store);
	if (r < 0)
		return refuse(r, "the records do not hold: %s", counts.text);
	if (counts.hosts != note->counts.hosts || counts.ledgers != note->counts.ledgers ||
	    counts.events != note->counts.events || counts.disposed != note->counts.disposed ||
	    counts.checkpoints != note->counts.checkpoints)
		return refuse(-EBADMSG, "the records are not as many as were backed up");
	fprintf(stderr, "%s holds, as of %s, ", options->data, note->time);
	say_counts(&counts);
	if (counts.schema != note->counts.schema)
		fprintf(stderr, "Its schema was brought from version %" PRId64 " to %" PRId64 ".\n",
			note->counts.schema, counts.schema);
	return 0;
}

static int restore(const struct options *options, const struct note_key *key)
{
	struct backup_note note;
	int keys, r = read_note(options, key, &note);

	if (r < 0)
		return r;
	r = keys = restore_files(options, &note);
	if (r == 0)
		r = keys = restore_keys(options);
	if (r >= 0)
		r = check_records(options, key, &note);
	if (r == 0)
		r = site_directory_sync(options->data);
	if (r == 0 && keys == 0)
		fputs("The backup has no keys: put ca.key, server.key and checkpoint.key there "
		      "before a collector is started on it.\n",
		      stderr);
	backup_note_finish(&note);
	return r;
}

/* --key, or else the backup's own, which shows damage but not a forgery. */
static int find_key(const struct options *options, struct note_key *ret)
{
	_cleanup_free_ char *text = NULL;
	char path[SITE_PATH_SIZE];
	int r = options->key ? snprintf(path, sizeof(path), "%s", options->key) < 0
			     : site_path(path, options->restore_from, "checkpoint.pub");

	if (r == 0)
		r = atomic_file_read(path, NOTE_VERIFIER_SIZE, &text, NULL);
	if (r == 0) {
		text[strcspn(text, "\n")] = '\0';
		r = note_key_parse(ret, text);
	}
	if (r < 0)
		return refuse(r, "%s: %s", path,
			      r == -EBADMSG ? "is not a key, NAME+ID+BASE64" : strerror(-r));
	if (!options->key)
		fprintf(stderr,
			"The backup is checked with the key in it, %s: compare it with a "
			"copy, or give that with --key.\n",
			text);
	return 0;
}

int restore_site(const struct options *options)
{
	struct options move = *options;
	struct note_key key;
	int r = find_key(options, &key);

	if (r < 0)
		return EXIT_FAILURE;
	r = site_directory_make(options->data);
	if (r < 0) {
		refuse(r, "%s: %s", options->data, strerror(-r));
		return EXIT_FAILURE;
	}
	r = restore(options, &key);
	move.move_to = options->store;
	if (r == 0 && options->store && move_restored(&move) != EXIT_SUCCESS)
		r = -EIO;
	if (r < 0)
		site_directory_remove(options->data);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
