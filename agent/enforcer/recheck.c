#include "recheck.h"

#include <errno.h>
#include <string.h>

static void finish(struct recheck *recheck, int result)
{
	recheck_stop(recheck);
	recheck->handler(recheck->userdata, result);
}

static int on_idle(sd_event_source *source, void *userdata)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	struct recheck *recheck = userdata;
	int r = section_hash_slice(&recheck->hash, digest);

	(void)source;
	if (r == 0 && memcmp(digest, recheck->expected, sizeof(digest)) != 0)
		r = -EBADMSG;
	if (r <= 0)
		finish(recheck, r);
	return 0;
}

int recheck_start(struct recheck *recheck, sd_event *loop, int sections_fd,
		  const struct manifest_section *named, const struct section *table)
{
	int r;

	recheck_stop(recheck);
	r = section_hash_begin(&recheck->hash, sections_fd, named);
	if (r < 0)
		return r;
	memcpy(recheck->expected, named->sha256, sizeof(recheck->expected));
	if (!section_identity_same(&recheck->hash.file, &table->file))
		r = -EBADMSG;
	if (r >= 0)
		r = sd_event_add_defer(loop, &recheck->source, on_idle, recheck);
	if (r >= 0)
		r = sd_event_source_set_priority(recheck->source, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_enabled(recheck->source, SD_EVENT_ON);
	if (r < 0) {
		recheck->source = sd_event_source_disable_unref(recheck->source);
		section_hash_end(&recheck->hash);
	}
	return r;
}

void recheck_stop(struct recheck *recheck)
{
	if (recheck->source == NULL)
		return;
	recheck->source = sd_event_source_disable_unref(recheck->source);
	section_hash_end(&recheck->hash);
}
