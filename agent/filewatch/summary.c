#include "summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)FILE_EVENT_PROGRAM >= (int)TRAIL_PROGRAM_SIZE,
	       "a record shows no more than is told");

void summaries_finish(struct summaries *summaries)
{
	for (size_t i = 0; i < summaries->n; i++)
		free(summaries->items[i]);
	*summaries = (struct summaries){ 0 };
}

/* Of a text that is too long, the end. */
static bool copy_end(const char *text, char *ret, size_t size)
{
	const size_t length = strlen(text);
	const bool whole = length < size;

	strcpy(ret, whole ? text : text + length - (size - 1));
	return whole;
}

/* The kind of thing that was done; _TRAIL_KIND_MAX: nothing. */
static enum trail_kind kind_of(const struct file_event *event)
{
	switch (event->kind) {
	case FILE_REMOVED:
		return TRAIL_REMOVED;
	case FILE_RENAMED:
		return TRAIL_RENAMED;
	case FILE_BLOCKED:
		return TRAIL_BLOCKED;
	default:
		return (event->flags & FILE_FLAG_WRITTEN) ? TRAIL_WRITTEN
		       : (event->flags & FILE_FLAG_READ)  ? TRAIL_READ
							  : _TRAIL_KIND_MAX;
	}
}

static void set_key(const struct file_event *event, const struct summary_actor *actor,
		    struct trail_record *ret)
{
	*ret = (struct trail_record){ .kind = kind_of(event),
				      .stay = event->stay,
				      .uid = event->uid,
				      .loginuid = event->loginuid };
	snprintf(ret->user, sizeof(ret->user), "%s", actor->user);
	snprintf(ret->package, sizeof(ret->package), "%s", actor->package);
	if (event->program[0] != '\0')
		copy_end(event->program, ret->program, sizeof(ret->program));
	else /* a thread of the kernel's has no file */
		snprintf(ret->program, sizeof(ret->program), "[%s]", event->comm);
}

static bool same_key(const struct trail_record *a, const struct trail_record *b)
{
	return a->kind == b->kind && a->stay == b->stay && a->uid == b->uid &&
	       a->loginuid == b->loginuid && a->several == b->several &&
	       strcmp(a->program, b->program) == 0 && strcmp(a->package, b->package) == 0;
}

static struct summary *find(const struct summaries *summaries, const struct trail_record *key)
{
	for (size_t i = 0; i < summaries->n; i++) {
		if (same_key(&summaries->items[i]->record, key))
			return summaries->items[i];
	}
	return NULL;
}

/* The summary of @key, a new one if need be.  Returns 0; -ENOMEM; -ENOBUFS. */
static int obtain(struct summaries *summaries, struct trail_record *key, uint64_t now_us,
		  struct summary **ret)
{
	struct summary *summary = find(summaries, key);

	if (summary == NULL && summaries->n - summaries->n_several == SUMMARIES_MAX) {
		key->several = true;
		key->program[0] = key->package[0] = '\0';
		summary = find(summaries, key);
		if (summary == NULL && summaries->n_several == SUMMARIES_SEVERAL_MAX)
			return -ENOBUFS;
	}
	if (summary == NULL) {
		summary = calloc(1, sizeof(*summary));
		if (summary == NULL)
			return -ENOMEM;
		summary->record = *key;
		summary->begun_us = now_us;
		summary->record.first_us = UINT64_MAX;
		crypto_hash_sha256_init(&summary->list);
		summaries->items[summaries->n++] = summary;
		summaries->n_several += key->several;
	}
	*ret = summary;
	return 0;
}

/* In the list are, of each file, its path and its new path with a NUL after each, and its size in
 * decimal digits with a newline. */
static void add_to_list(struct summary *summary, const struct file_event *event)
{
	char size[24];
	const int n = snprintf(size, sizeof(size), "%" PRIu64 "\n", event->size);

	crypto_hash_sha256_update(&summary->list, (const uint8_t *)event->path,
				  strlen(event->path) + 1);
	crypto_hash_sha256_update(&summary->list, (const uint8_t *)event->to,
				  strlen(event->to) + 1);
	crypto_hash_sha256_update(&summary->list, (const uint8_t *)size, (size_t)n);
}

/* Name it, if there is room, or it is named already.  NULL if not. */
static struct summary_file *name_file(struct summary *summary, const struct file_event *event)
{
	struct summary_file file = { .size = event->size, .at_us = event->closed_us };
	bool whole = copy_end(event->path, file.path, sizeof(file.path));

	whole = copy_end(event->to, file.to, sizeof(file.to)) && whole;
	if (!whole)
		summary->record.cut = true;
	for (size_t i = 0; i < summary->n_files; i++) {
		struct summary_file *named = &summary->files[i];

		if (strcmp(named->path, file.path) == 0 && strcmp(named->to, file.to) == 0) {
			*named = file;
			return named;
		}
	}
	if (summary->n_files == TRAIL_SHOWN_MAX)
		return NULL;
	summary->files[summary->n_files] = file;
	return &summary->files[summary->n_files++];
}

int summaries_add(struct summaries *summaries, const struct file_event *event,
		  const struct summary_actor *actor, uint64_t now_us,
		  struct summary_file **ret_file)
{
	struct summary_file *file;
	struct trail_record key;
	struct summary *summary;
	int r;

	set_key(event, actor, &key);
	*ret_file = NULL;
	if (key.kind == _TRAIL_KIND_MAX)
		return 1;
	r = obtain(summaries, &key, now_us, &summary);
	if (r < 0)
		return r;
	summary->changed_us = now_us;
	summary->record.files++;
	if (event->size <= INT64_MAX - summary->record.bytes)
		summary->record.bytes += event->size;
	if (event->opened_us < summary->record.first_us)
		summary->record.first_us = event->opened_us;
	if (event->closed_us > summary->record.last_us)
		summary->record.last_us = event->closed_us;
	if (event->flags & (FILE_FLAG_CUT | FILE_FLAG_PROGRAM_CUT))
		summary->record.cut = true;
	add_to_list(summary, event);
	file = name_file(summary, event);
	if (key.kind == TRAIL_WRITTEN || key.kind == TRAIL_READ)
		*ret_file = file;
	return 0;
}

static uint64_t due_us(const struct summary *summary)
{
	const uint64_t quiet = summary->changed_us + SUMMARY_QUIET_US,
		       longest = summary->begun_us + SUMMARY_LONGEST_US;

	return quiet < longest ? quiet : longest;
}

struct summary *summaries_due(const struct summaries *summaries, uint64_t now_us, bool all)
{
	for (size_t i = 0; i < summaries->n; i++) {
		if (all || due_us(summaries->items[i]) <= now_us)
			return summaries->items[i];
	}
	return NULL;
}

uint64_t summaries_next(const struct summaries *summaries)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < summaries->n; i++) {
		const uint64_t due = due_us(summaries->items[i]);

		next = due < next ? due : next;
	}
	return next;
}

void summary_record(const struct summary *summary, struct trail_record *ret)
{
	crypto_hash_sha256_state list = summary->list;

	*ret = summary->record;
	crypto_hash_sha256_final(&list, ret->list);
	ret->n_shown = summary->n_files;
	for (size_t i = 0; i < summary->n_files; i++) {
		const struct summary_file *file = &summary->files[i];

		ret->shown[i] = (struct trail_file){ .path = file->path,
						     .to = file->to,
						     .size = file->size,
						     .at_us = file->at_us,
						     .state = file->state };
		memcpy(ret->shown[i].hash, file->hash, sizeof(file->hash));
	}
}

void summaries_remove(struct summaries *summaries, struct summary *summary)
{
	for (size_t i = 0; i < summaries->n; i++) {
		if (summaries->items[i] != summary)
			continue;
		summaries->n_several -= summary->record.several;
		summaries->n--;
		memmove(&summaries->items[i], &summaries->items[i + 1],
			(summaries->n - i) * sizeof(summaries->items[0]));
		free(summary);
		return;
	}
}
