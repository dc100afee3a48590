#include "record_trail.h"

#include <string.h>

#include "agent/common/cleanup.h"
#include "clock.h"
#include "policy/text.h"

enum { TEXT_SIZE = 768 };

const char *record_trail_kind(enum trail_kind kind)
{
	static const char *const kinds[] = { "file.written", "file.read", "file.removed",
					     "file.renamed", "file.blocked" };

	return kinds[kind];
}

static json_t *text_or_null(const char *text)
{
	char clean[TEXT_SIZE];

	if (text[0] == '\0')
		return json_null();
	text_sanitise(text, strlen(text), clean, sizeof(clean));
	return json_string(clean);
}

/* A time since boot as one of the calendar. */
static json_t *time_of(uint64_t boot_us)
{
	const int64_t ago_us = (int64_t)clock_mono_us() - (int64_t)boot_us;
	char text[CLOCK_TEXT_SIZE];

	clock_text(clock_now_us() - (ago_us < 0 ? 0 : ago_us), text);
	return json_string(text);
}

static json_t *number_or_null(uint32_t number)
{
	return number == UINT32_MAX ? json_null() : json_integer(number);
}

static json_t *file_of(const struct trail_record *record, const struct trail_file *file)
{
	char hash[2 * TRAIL_HASH_SIZE + 1];
	json_t *object = json_pack("{s:o, s:o}", "path", text_or_null(file->path), "at",
				   time_of(file->at_us));
	int r = object == NULL ? -1 : 0;

	if (r >= 0 && record->kind != TRAIL_REMOVED)
		r = json_object_set_new(object, "size", json_integer((json_int_t)file->size));
	if (r >= 0 && record->kind == TRAIL_RENAMED)
		r = json_object_set_new(object, "to", text_or_null(file->to));
	text_hex(file->hash, TRAIL_HASH_SIZE, hash);
	if (r >= 0 && file->state == TRAIL_HASH_DONE)
		r = json_object_set_new(object, "sha256", json_string(hash));
	else if (r >= 0 && file->state != TRAIL_HASH_NONE)
		r = json_object_set_new(object, "unhashed",
					json_string(trail_hash_to_text(file->state)));
	if (r >= 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *files_of(const struct trail_record *record)
{
	json_t *files = json_array();

	for (size_t i = 0; i < record->n_shown; i++) {
		if (json_array_append_new(files, file_of(record, &record->shown[i])) < 0) {
			json_decref(files);
			return NULL;
		}
	}
	return files;
}

json_t *record_trail(const struct trail_record *record, const struct stay *stay)
{
	char list[2 * TRAIL_HASH_SIZE + 1];
	json_t *members;

	text_hex(record->list, TRAIL_HASH_SIZE, list);
	members = json_pack(
		"{s:s?, s:O?, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:I, s:I, s:o, s:s}",
		"instance", stay == NULL ? NULL : stay->instance, "device",
		stay == NULL ? NULL : stay->device, "person", text_or_null(record->user), "uid",
		number_or_null(record->uid), "loginuid", number_or_null(record->loginuid),
		"program", text_or_null(record->program), "package", text_or_null(record->package),
		"several", record->several, "first", time_of(record->first_us), "last",
		time_of(record->last_us), "files", (json_int_t)record->files, "bytes",
		(json_int_t)record->bytes, "shown", files_of(record), "list", list);
	if (members != NULL &&
	    ((record->cut && json_object_set_new(members, "cut", json_true()) < 0) ||
	     (record->kind == TRAIL_BLOCKED &&
	      json_object_set_new(members, "violation", json_true()) < 0))) {
		json_decref(members);
		return NULL;
	}
	return members;
}
