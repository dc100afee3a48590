#include "seen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "agent/common/log.h"

static const char magic[8] = { 'D', 'G', 'S', 'E', 'E', 'N', 0, 1 };

enum {
	HASH_SIZE = crypto_hash_sha256_BYTES,
	FILE_MAX = (int)(sizeof(magic) + SEEN_MAX * sizeof(struct seen_entry) + HASH_SIZE),
};

_Static_assert(sizeof(struct seen_entry) == 104, "no padding: it is written as it is");
_Static_assert(INSTANCE_SIZE <= 32, "an instance fits");

/* Take the entries of @file, if it is whole. */
static int take(struct seen *seen, const char *file, size_t size)
{
	uint8_t hash[HASH_SIZE];
	size_t entries = size - sizeof(magic) - HASH_SIZE;

	if (size < sizeof(magic) + HASH_SIZE || memcmp(file, magic, sizeof(magic)) != 0 ||
	    entries % sizeof(struct seen_entry) != 0)
		return -EBADMSG;
	crypto_hash_sha256(hash, (const uint8_t *)file, size - HASH_SIZE);
	if (memcmp(hash, file + size - HASH_SIZE, HASH_SIZE) != 0)
		return -EBADMSG;
	if (entries == 0)
		return 0;
	seen->entries = malloc(entries);
	if (seen->entries == NULL)
		return -ENOMEM;
	memcpy(seen->entries, file + sizeof(magic), entries);
	seen->n = entries / sizeof(struct seen_entry);
	/* A full table may have forgotten some. */
	seen->forgot = seen->n == SEEN_MAX;
	return 0;
}

int seen_init(struct seen *seen, sd_event *loop, int state_fd)
{
	_cleanup_free_ char *file = NULL;
	size_t size;
	int r;

	*seen = (struct seen){ .loop = loop, .state_fd = state_fd };
	r = file_read(state_fd, "seen", FILE_MAX, &file, &size);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = take(seen, file, size);
	seen->forgot = seen->forgot || r < 0;
	return r == -E2BIG ? -EBADMSG : r;
}

static int write_file(const struct seen *seen)
{
	_cleanup_free_ uint8_t *file = NULL;
	size_t entries = seen->n * sizeof(struct seen_entry);
	size_t size = sizeof(magic) + entries + HASH_SIZE;

	file = malloc(size);
	if (file == NULL)
		return -ENOMEM;
	memcpy(file, magic, sizeof(magic));
	if (entries > 0)
		memcpy(file + sizeof(magic), seen->entries, entries);
	crypto_hash_sha256(file + size - HASH_SIZE, file, size - HASH_SIZE);
	return file_write_atomic(seen->state_fd, "seen", file, size, 0600);
}

static void write_changes(struct seen *seen)
{
	int r;

	if (!seen->dirty)
		return;
	r = write_file(seen);
	if (r < 0)
		log_error("seen-write", "Cannot keep which devices were seen: %s", strerror(-r));
	seen->dirty = r < 0;
}

static int on_writer(sd_event_source *source, uint64_t now_us, void *userdata)
{
	(void)source;
	(void)now_us;
	write_changes(userdata);
	return 0;
}

/* A source that has fired is off until it is set again; one failed write is tried again with the
 * next change. */
static void set_dirty(struct seen *seen)
{
	const uint64_t wait_us = (uint64_t)SEEN_WRITE_MS * 1000;
	int enabled = SD_EVENT_OFF, r = 0;

	seen->dirty = true;
	if (seen->writer == NULL) {
		r = sd_event_add_time_relative(seen->loop, &seen->writer, CLOCK_MONOTONIC, wait_us,
					       0, on_writer, seen);
	} else if (sd_event_source_get_enabled(seen->writer, &enabled) >= 0 &&
		   enabled == SD_EVENT_OFF) {
		r = sd_event_source_set_time_relative(seen->writer, wait_us);
		if (r >= 0)
			r = sd_event_source_set_enabled(seen->writer, SD_EVENT_ONESHOT);
	}
	if (r < 0)
		log_error("seen-write", "Cannot set a time to keep which devices were seen: %s",
			  strerror(-r));
}

void seen_finish(struct seen *seen)
{
	write_changes(seen);
	seen->writer = sd_event_source_disable_unref(seen->writer);
	free(seen->entries);
	seen->entries = NULL;
	seen->n = 0;
}

static struct seen_entry *find(const struct seen *seen, const uint8_t key[static DEVICE_KEY_SIZE])
{
	for (size_t i = 0; i < seen->n; i++) {
		if (memcmp(seen->entries[i].key, key, DEVICE_KEY_SIZE) == 0)
			return &seen->entries[i];
	}
	return NULL;
}

static struct seen_entry *oldest(const struct seen *seen)
{
	struct seen_entry *found = &seen->entries[0];

	for (size_t i = 1; i < seen->n; i++) {
		if (seen->entries[i].last_s < found->last_s)
			found = &seen->entries[i];
	}
	return found;
}

/* Room for an entry, cleared: a new one, or the oldest's.  NULL out of memory. */
static struct seen_entry *make_room(struct seen *seen)
{
	struct seen_entry *entry;

	if (seen->n == SEEN_MAX) {
		seen->forgot = true;
		entry = oldest(seen);
	} else {
		entry = reallocarray(seen->entries, seen->n + 1, sizeof(*entry));
		if (entry == NULL)
			return NULL;
		seen->entries = entry;
		entry = &seen->entries[seen->n++];
	}
	*entry = (struct seen_entry){ 0 };
	return entry;
}

static void begin_stay(struct seen_entry *entry, const struct device *device, const char *instance,
		       int64_t now_s)
{
	entry->denials += entry->denied;
	entry->denied = 0;
	entry->changed = memcmp(entry->digest, device->digest, DEVICE_DIGEST_SIZE) != 0;
	memcpy(entry->digest, device->digest, DEVICE_DIGEST_SIZE);
	snprintf(entry->instance, sizeof(entry->instance), "%s", instance);
	entry->last_s = now_s;
}

void seen_arrived(struct seen *seen, const struct device *device, const char *instance,
		  int64_t now_s, struct past *ret)
{
	uint8_t key[DEVICE_KEY_SIZE];
	struct seen_entry *entry;
	bool is_new, forgot = seen->forgot;

	*ret = (struct past){ .first_s = -1, .denials = -1 };
	if (!device->has_serial)
		return;
	device_key(device, key);
	entry = find(seen, key);
	is_new = entry == NULL;
	if (is_new) {
		entry = make_room(seen);
		if (entry == NULL)
			return;
		memcpy(entry->key, key, sizeof(key));
		memcpy(entry->digest, device->digest, DEVICE_DIGEST_SIZE);
		entry->first_s = now_s;
	}
	if (strcmp(entry->instance, instance) != 0) {
		begin_stay(entry, device, instance, now_s);
		set_dirty(seen);
	}
	if (is_new && forgot)
		return;
	*ret = (struct past){ .known = true,
			      .first_s = entry->first_s,
			      .denials = entry->denials > INT32_MAX ? INT32_MAX
								    : (int32_t)entry->denials,
			      .changed = entry->changed != 0 };
}

void seen_denied(struct seen *seen, const struct device *device, const char *instance)
{
	uint8_t key[DEVICE_KEY_SIZE];
	struct seen_entry *entry;

	if (!device->has_serial)
		return;
	device_key(device, key);
	entry = find(seen, key);
	if (entry == NULL || entry->denied || strcmp(entry->instance, instance) != 0)
		return;
	entry->denied = 1;
	set_dirty(seen);
}
