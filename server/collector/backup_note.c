#include "backup_note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"
#include "server/pki/cleanup.h"

static bool is_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-_";
	size_t size = strspn(name, good);

	if (size == 0 || *name == '.')
		return false;
	if (name[size] != '/')
		return name[size] == '\0';
	name += size + 1;
	size = strspn(name, good);
	return size > 0 && *name != '.' && name[size] == '\0';
}

int backup_note_add(struct backup_note *note, const struct backup_file *file)
{
	if (!is_name(file->name))
		return -EINVAL;
	if (note->n == BACKUP_MAX_FILES)
		return -E2BIG;
	/* Room grows with each power of two. */
	if ((note->n & (note->n - 1)) == 0) {
		size_t room = note->n == 0 ? 1 : 2 * note->n;
		struct backup_file *files = reallocarray(note->files, room, sizeof(*files));

		if (!files)
			return -ENOMEM;
		note->files = files;
	}
	note->files[note->n++] = *file;
	return 0;
}

/* The text that is signed.  Gives *@ret. */
static int to_text(const struct backup_note *note, const char *origin, char **ret)
{
	const struct backup_counts *counts = &note->counts;
	char *text = NULL, hex[65];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	fprintf(out,
		"%s\ndevgate backup 1\ntime %s\nschema %" PRId64 "\nrecords %" PRIu64 " %" PRIu64
		" %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		origin, note->time, counts->schema, counts->hosts, counts->ledgers, counts->events,
		counts->disposed, counts->checkpoints);
	for (size_t i = 0; i < note->n; i++) {
		text_hex(note->files[i].sha256, sizeof(note->files[i].sha256), hex);
		fprintf(out, "file %s %" PRIu64 " %s\n", hex, note->files[i].size,
			note->files[i].name);
	}
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}

int backup_note_seal(const struct backup_note *note, const struct note_key *key,
		     const uint8_t secret[static crypto_sign_SECRETKEYBYTES], char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t room;
	char *sealed;
	int r = to_text(note, key->name, &text);

	if (r < 0)
		return r;
	room = strlen(text) + NOTE_SIGNATURE_SIZE + 1;
	sealed = malloc(room);
	if (!sealed)
		return -ENOMEM;
	if (note_sign(text, key, secret, sealed, room) < 0) {
		free(sealed);
		return -E2BIG;
	}
	*ret = sealed;
	return 0;
}

static int read_files(struct backup_note *note, const char *text)
{
	int n = 0;

	for (; *text != '\0'; text += n) {
		struct backup_file file = { 0 };
		char hex[65];
		int r;

		n = 0;
		if (sscanf(text, "file %64s %" SCNu64 " %79s\n%n", hex, &file.size, file.name,
			   &n) != 3 ||
		    n == 0 || text_unhex(hex, file.sha256, sizeof(file.sha256)) < 0)
			return -EBADMSG;
		r = backup_note_add(note, &file);
		if (r < 0)
			return r == -ENOMEM ? r : -EBADMSG;
	}
	return 0;
}

/* What was read is written again, and must be the same. */
static int read_text(struct backup_note *note, const char *text, const char *origin)
{
	struct backup_counts *counts = &note->counts;
	_cleanup_free_ char *again = NULL;
	const char *at = strchr(text, '\n') + 1;
	int64_t ignored;
	int n = 0, r;

	if (sscanf(at,
		   "devgate backup 1 time %20s schema %" SCNd64 " records %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64 " %" SCNu64 "\n%n",
		   note->time, &counts->schema, &counts->hosts, &counts->ledgers, &counts->events,
		   &counts->disposed, &counts->checkpoints, &n) != 7 ||
	    n == 0 || text_time_parse(note->time, &ignored) < 0)
		return -EBADMSG;
	r = read_files(note, at + n);
	if (r == 0)
		r = to_text(note, origin, &again);
	return r < 0 ? r : strcmp(again, text) == 0 ? 0 : -EBADMSG;
}

int backup_note_open(struct backup_note *ret, const char *text, size_t size,
		     const struct note_key *key)
{
	struct backup_note note = { 0 };
	_cleanup_free_ char *copy = NULL;
	size_t text_size;
	int r = note_open(text, size, key, &text_size);

	if (r < 0)
		return r;
	copy = strndup(text, text_size);
	if (!copy)
		return -ENOMEM;
	r = strlen(copy) == text_size ? read_text(&note, copy, key->name) : -EBADMSG;
	if (r < 0)
		backup_note_finish(&note);
	else
		*ret = note;
	return r;
}

void backup_note_finish(struct backup_note *note)
{
	free(note->files);
	*note = (struct backup_note){ 0 };
}
