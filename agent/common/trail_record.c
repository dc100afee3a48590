#include "trail_record.h"

#include <errno.h>
#include <string.h>

enum { MAGIC = 0x44475431 };

/* Both sides are of one build and one machine, so numbers lie as that has them. */
struct head {
	uint64_t first_us, last_us, files, bytes;
	uint32_t magic, kind, stay, uid, loginuid, several, cut, n_shown;
	uint8_t list[TRAIL_HASH_SIZE];
	char user[TRAIL_USER_SIZE], program[TRAIL_PROGRAM_SIZE], package[TRAIL_PACKAGE_SIZE];
};

/* Of one file; its path and its new path follow, each with its NUL. */
struct entry {
	uint64_t size, at_us;
	uint32_t state;
	uint16_t path_size, to_size;
	uint8_t hash[TRAIL_HASH_SIZE];
};

const char *trail_kind_to_text(enum trail_kind kind)
{
	static const char *const words[] = { "written", "read", "removed", "renamed", "blocked" };

	return words[kind];
}

const char *trail_hash_to_text(enum trail_hash state)
{
	static const char *const words[] = { NULL,	    NULL,      "too-large", "busy",
					     "unreachable", "changed", "failed" };

	return words[state];
}

static int put(uint8_t *bytes, size_t room, size_t *at, const void *from, size_t size)
{
	if (size > room - *at)
		return -E2BIG;
	memcpy(bytes + *at, from, size);
	*at += size;
	return 0;
}

static int put_file(const struct trail_file *file, uint8_t *bytes, size_t room, size_t *at)
{
	struct entry entry = { .size = file->size, .at_us = file->at_us, .state = file->state };
	int r;

	if (strlen(file->path) >= TRAIL_PATH_SIZE || strlen(file->to) >= TRAIL_PATH_SIZE)
		return -E2BIG;
	entry.path_size = (uint16_t)(strlen(file->path) + 1);
	entry.to_size = (uint16_t)(strlen(file->to) + 1);
	memcpy(entry.hash, file->hash, sizeof(entry.hash));
	r = put(bytes, room, at, &entry, sizeof(entry));
	if (r >= 0)
		r = put(bytes, room, at, file->path, entry.path_size);
	return r < 0 ? r : put(bytes, room, at, file->to, entry.to_size);
}

long trail_record_encode(const struct trail_record *record, uint8_t *bytes, size_t room)
{
	struct head head = { .first_us = record->first_us,
			     .last_us = record->last_us,
			     .files = record->files,
			     .bytes = record->bytes,
			     .magic = MAGIC,
			     .kind = record->kind,
			     .stay = record->stay,
			     .uid = record->uid,
			     .loginuid = record->loginuid,
			     .several = record->several,
			     .cut = record->cut,
			     .n_shown = (uint32_t)record->n_shown };
	size_t at = 0;
	int r;

	memcpy(head.list, record->list, sizeof(head.list));
	memcpy(head.user, record->user, sizeof(head.user));
	memcpy(head.program, record->program, sizeof(head.program));
	memcpy(head.package, record->package, sizeof(head.package));
	r = put(bytes, room, &at, &head, sizeof(head));
	for (size_t i = 0; r >= 0 && i < record->n_shown; i++)
		r = put_file(&record->shown[i], bytes, room, &at);
	return r < 0 ? r : (long)at;
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static int check_head(const struct head *head)
{
	if (head->magic != MAGIC || head->kind >= _TRAIL_KIND_MAX || head->several > 1 ||
	    head->cut > 1 || head->n_shown > TRAIL_SHOWN_MAX || head->n_shown > head->files ||
	    head->first_us > head->last_us || head->files > INT64_MAX || head->bytes > INT64_MAX ||
	    !ends(head->user, sizeof(head->user)) || !ends(head->program, sizeof(head->program)) ||
	    !ends(head->package, sizeof(head->package)))
		return -EBADMSG;
	return 0;
}

/* A text of @size bytes at *@at, with its NUL and no other.  NULL: it is none. */
static const char *take_text(const uint8_t *bytes, size_t size, size_t *at, size_t text_size)
{
	const char *text = (const char *)bytes + *at;

	if (text_size == 0 || text_size > TRAIL_PATH_SIZE || text_size > size - *at ||
	    memchr(text, '\0', text_size) != text + text_size - 1)
		return NULL;
	*at += text_size;
	return text;
}

static int take_file(const uint8_t *bytes, size_t size, size_t *at, struct trail_file *ret)
{
	struct entry entry;

	if (sizeof(entry) > size - *at)
		return -EBADMSG;
	memcpy(&entry, bytes + *at, sizeof(entry));
	*at += sizeof(entry);
	ret->path = take_text(bytes, size, at, entry.path_size);
	if (ret->path == NULL || entry.state >= _TRAIL_HASH_MAX || entry.size > INT64_MAX)
		return -EBADMSG;
	ret->to = take_text(bytes, size, at, entry.to_size);
	if (ret->to == NULL)
		return -EBADMSG;
	ret->size = entry.size;
	ret->at_us = entry.at_us;
	ret->state = (enum trail_hash)entry.state;
	memcpy(ret->hash, entry.hash, sizeof(ret->hash));
	return 0;
}

int trail_record_parse(const uint8_t *bytes, size_t size, struct trail_record *ret)
{
	struct trail_record record = { 0 };
	struct head head;
	size_t at = sizeof(head);

	if (size < sizeof(head) || size > TRAIL_RECORD_MAX)
		return -EBADMSG;
	memcpy(&head, bytes, sizeof(head));
	if (check_head(&head) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < head.n_shown; i++) {
		if (take_file(bytes, size, &at, &record.shown[i]) < 0)
			return -EBADMSG;
	}
	if (at != size)
		return -EBADMSG;
	record.kind = (enum trail_kind)head.kind;
	record.stay = head.stay;
	record.uid = head.uid;
	record.loginuid = head.loginuid;
	record.several = head.several != 0;
	record.cut = head.cut != 0;
	record.first_us = head.first_us;
	record.last_us = head.last_us;
	record.files = head.files;
	record.bytes = head.bytes;
	record.n_shown = head.n_shown;
	memcpy(record.list, head.list, sizeof(record.list));
	memcpy(record.user, head.user, sizeof(record.user));
	memcpy(record.program, head.program, sizeof(record.program));
	memcpy(record.package, head.package, sizeof(record.package));
	*ret = record;
	return 0;
}
