#include "upload.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include <sodium.h>
#include <zstd.h>

#include "agent/common/log.h"
#include "batch.h"
#include "pace.h"
#include "source.h"
#include "upload_answer.h"

enum {
	UPLOAD_TIMEOUT_MS = 60 * 1000,
	UPLOAD_MAX_ANSWER = 16 * 1024,
	UPLOAD_LOCAL_MS = 5000, /* when it is this machine that is not ready */
	UPLOAD_GATHER_MS = 200, /* lines that come in a burst go in one batch */
	UPLOAD_ZSTD_LEVEL = 1,
	UPLOAD_RETRY_AFTER_MAX_S = 3600,
};

struct upload {
	sd_event *event;
	struct http *http;
	const char *ledger_dir;
	struct source *source;
	struct batch batch;
	char *packed; /* the batch, compressed; packed_max allocated */
	size_t packed_max;
	struct http_call *call;
	bool asking;   /* the call is the empty question */
	bool resumed;  /* the collector has just told us where to go on */
	bool watching; /* the ledger in use */
	bool ended;    /* the last line that was acknowledged is the enforcer's last word */
	void (*on_ended)(void *userdata);
	void *userdata;
	struct pace pace;
	sd_event_source *rarely; /* timer: stopped ledgers again */
	sd_event_source *watch_all, *watch_current;
};

static int on_lines(sd_event_source *source, const struct inotify_event *what, void *userdata)
{
	struct upload *upload = userdata;

	(void)source;
	(void)what;
	if (upload->call == NULL && !pace_waits(&upload->pace))
		pace_in(&upload->pace, upload->on_ended == NULL ? UPLOAD_GATHER_MS : 0);
	return 0;
}

/* Watch the directory of ledger @id, the one in use. */
static int watch_current(struct upload *upload, const char *id)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", upload->ledger_dir, id) >= sizeof(path))
		return -ENAMETOOLONG;
	upload->watch_current = sd_event_source_disable_unref(upload->watch_current);
	return sd_event_add_inotify(upload->event, &upload->watch_current, path,
				    IN_MODIFY | IN_CREATE | IN_MOVED_TO, on_lines, upload);
}

static int on_ledgers(sd_event_source *source, const struct inotify_event *what, void *userdata)
{
	struct upload *upload = userdata;

	if (what->len > 0 && strcmp(what->name, "current") == 0)
		upload->watching = false;
	return on_lines(source, what, userdata);
}

/* Know the ledgers and hear of changes: first listen, then look. */
static int look(struct upload *upload)
{
	const char *id;
	int r = 0;

	if (upload->watch_all == NULL)
		r = sd_event_add_inotify(upload->event, &upload->watch_all, upload->ledger_dir,
					 IN_MOVED_TO | IN_CLOSE_WRITE, on_ledgers, upload);
	if (r < 0)
		return r;
	r = source_scan(upload->source);
	if (r < 0)
		return r;
	id = source_current(upload->source);
	r = watch_current(upload, id);
	if (r < 0)
		return r;
	upload->watching = true;
	return 0;
}

/* This ledger cannot go on; the others can. */
static void stop_ledger(struct upload *upload, const char *why)
{
	log_error(
		"upload-stopped",
		"ledger %s is not uploaded any more: %s; its records stay on this machine, and it "
		"is tried again every %d minutes",
		source_select(upload->source), why, BACKOFF_RARELY_MS / 60000);
	source_stop(upload->source);
	sd_event_source_set_time_relative(upload->rarely, BACKOFF_RARELY_MS * 1000ULL);
	sd_event_source_set_enabled(upload->rarely, SD_EVENT_ONESHOT);
	pace_at_once(&upload->pace);
}

/* Read on after @acked.  Returns false if the ledger had to be stopped. */
static bool seek(struct upload *upload, uint64_t acked)
{
	int r = source_seek(upload->source, acked);

	batch_clear(&upload->batch);
	if (r == -ENOENT)
		stop_ledger(upload, "the collector has more of it than this machine, as after the "
				    "disk was restored from an old copy");
	else if (r < 0)
		stop_ledger(upload, strerror(-r));
	return r >= 0;
}

/* Where the last event of @kind ends in the lines of @batch; -1 if there is none.  No text that a
 * device or a person says can look like a member: quotation marks in texts are escaped. */
static ptrdiff_t find_last(const struct batch *batch, const char *kind)
{
	const char *end = batch->bytes + batch->size, *at = batch->bytes;
	ptrdiff_t found = -1;
	char member[64];
	size_t size;

	size = (size_t)snprintf(member, sizeof(member), "\"kind\":\"%s\"", kind);
	while ((at = memmem(at, (size_t)(end - at), member, size)) != NULL) {
		at += size;
		found = at - batch->bytes;
	}
	return found;
}

/* Has the enforcer ended by the lines in @batch?  @ended: had it by those before? */
static bool has_ended(const struct batch *batch, bool ended)
{
	const ptrdiff_t stopped = find_last(batch, "agent.stopped");
	const ptrdiff_t stopping = find_last(batch, "agent.stopping");
	const ptrdiff_t started = find_last(batch, "agent.started");

	return stopped > started || stopping > started || (started < 0 && ended);
}

static void tell_if_ended(struct upload *upload)
{
	void (*on_ended)(void *userdata) = upload->on_ended;

	if (!upload->ended || on_ended == NULL)
		return;
	upload->on_ended = NULL;
	on_ended(upload->userdata);
}

static void on_acked(struct upload *upload, uint64_t acked)
{
	bool odd = !upload->asking && acked < upload->batch.last;

	trouble_over(&upload->pace.trouble);
	upload->resumed = false;
	if (upload->asking || acked != upload->batch.last) {
		if (!seek(upload, acked))
			return;
	}
	if (odd) {
		pace_later(&upload->pace);
		return;
	}
	if (!upload->asking) {
		upload->ended = has_ended(&upload->batch, upload->ended);
		batch_grow(&upload->batch);
	}
	batch_clear(&upload->batch);
	pace_success_in(&upload->pace, 0);
	tell_if_ended(upload);
}

static void on_resume(struct upload *upload, uint64_t acked)
{
	bool again = upload->resumed;

	log_warning("upload-resume", "the collector has ledger %s up to record %" PRIu64,
		    source_select(upload->source), acked);
	upload->resumed = true;
	if (!seek(upload, acked))
		return;
	if (again)
		pace_later(&upload->pace);
	else
		pace_at_once(&upload->pace);
}

/* Put the lines in flight back: they are read again when it is time. */
static bool put_back(struct upload *upload)
{
	return upload->asking || seek(upload, upload->batch.first - 1);
}

static void on_retry(struct upload *upload, const struct upload_answer *what,
		     const struct http_answer *answer)
{
	char text[HTTP_TEXT_SIZE];
	unsigned wait_s = what->wait_s;

	http_describe(answer, text);
	trouble_note(&upload->pace.trouble, "%s", text);
	if (!put_back(upload))
		return;
	if (wait_s > UPLOAD_RETRY_AFTER_MAX_S)
		wait_s = UPLOAD_RETRY_AFTER_MAX_S;
	if (wait_s > 0)
		pace_as_told(&upload->pace, wait_s);
	else
		pace_later(&upload->pace);
}

static void on_denied(struct upload *upload, const struct http_answer *answer)
{
	char text[HTTP_TEXT_SIZE];

	http_describe(answer, text);
	trouble_note(&upload->pace.trouble,
		     "this machine's certificate is not accepted: %s; records are kept here until "
		     "it is",
		     text);
	if (put_back(upload))
		pace_much_later(&upload->pace);
}

static void on_stopped(struct upload *upload, const struct http_answer *answer)
{
	char text[HTTP_TEXT_SIZE];

	http_describe(answer, text);
	stop_ledger(upload, text);
}

static void on_halve(struct upload *upload)
{
	uint64_t first = upload->batch.first;

	if (upload->asking || batch_halve(&upload->batch) < 0)
		stop_ledger(upload, "the collector finds a single record too large");
	else if (seek(upload, first - 1))
		pace_at_once(&upload->pace);
}

static void on_answer(const struct http_answer *answer, void *userdata)
{
	struct upload *upload = userdata;
	struct upload_answer what;

	upload->call = NULL;
	upload_answer_parse(&what, answer->status, answer->body, answer->size,
			    answer->retry_after_s);
	switch (what.action) {
	case UPLOAD_ACKED:
		on_acked(upload, what.acked);
		break;
	case UPLOAD_RESUME:
		on_resume(upload, what.acked);
		break;
	case UPLOAD_HALVE:
		on_halve(upload);
		break;
	case UPLOAD_STOP:
		on_stopped(upload, answer);
		break;
	case UPLOAD_RETRY:
		on_retry(upload, &what, answer);
		break;
	case UPLOAD_DENIED:
		on_denied(upload, answer);
		break;
	}
}

/* POST @size bytes of @body for ledger @id.  Returns 0 or -ENOMEM. */
static int post(struct upload *upload, const char *id, const void *body, size_t size)
{
	char header[32 + LEDGER_ID_SIZE];
	const struct http_request request = {
		.path = "/v1/events",
		.type = "application/x-ndjson",
		.header = header,
		.body_zstd = size > 0,
		.body = body,
		.body_size = size,
		.timeout_ms = UPLOAD_TIMEOUT_MS,
		.max_answer = UPLOAD_MAX_ANSWER,
	};

	snprintf(header, sizeof(header), "X-Devgate-Ledger: %s", id);
	upload->asking = size == 0;
	return http_start(upload->http, &request, on_answer, upload, &upload->call);
}

static int send_batch(struct upload *upload, const char *id)
{
	size_t size = ZSTD_compress(upload->packed, upload->packed_max, upload->batch.bytes,
				    upload->batch.size, UPLOAD_ZSTD_LEVEL);
	int r;

	if (ZSTD_isError(size))
		return -ENOMEM;
	r = post(upload, id, upload->packed, size);
	if (r < 0 && seek(upload, upload->batch.first - 1))
		pace_later(&upload->pace);
	return 0;
}

/* Nothing is in flight: do the next thing, if there is one. */
static void upload_step(struct upload *upload)
{
	const char *id;
	int r = 0;

	if (!upload->watching)
		r = look(upload);
	if (r < 0) {
		trouble_note(&upload->pace.trouble, "%s: %s", upload->ledger_dir, strerror(-r));
		pace_in(&upload->pace, UPLOAD_LOCAL_MS);
		return;
	}
	while ((id = source_select(upload->source)) != NULL) {
		if (!source_positioned(upload->source)) {
			if (post(upload, id, "", 0) < 0)
				pace_later(&upload->pace);
			return;
		}
		r = source_fill(upload->source, &upload->batch);
		if (r < 0) {
			stop_ledger(upload, strerror(-r));
			return;
		}
		if (upload->batch.lines > 0) {
			if (send_batch(upload, id) < 0)
				pace_later(&upload->pace);
			return;
		}
		if (strcmp(id, source_current(upload->source)) == 0)
			return;
		log_debug("upload-done", "ledger %s of an earlier installation is at the collector",
			  id);
		source_done(upload->source);
	}
}

static int on_next(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	upload_step(userdata);
	return 0;
}

static int on_rarely(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct upload *upload = userdata;

	(void)source;
	(void)usec;
	source_resume(upload->source);
	if (upload->call == NULL && !pace_waits(&upload->pace))
		pace_at_once(&upload->pace);
	return 0;
}

static int upload_init(struct upload *upload, uint32_t retry_max_ms)
{
	int r;

	r = source_new(&upload->source, upload->ledger_dir);
	if (r < 0)
		return r;
	r = batch_init(&upload->batch);
	if (r < 0)
		return r;
	upload->packed_max = ZSTD_compressBound(BATCH_MAX_BYTES);
	upload->packed = malloc(upload->packed_max);
	if (upload->packed == NULL)
		return -ENOMEM;
	r = pace_init(&upload->pace, upload->event, "upload", "uploading records", retry_max_ms,
		      on_next, upload);
	if (r < 0)
		return r;
	r = sd_event_add_time(upload->event, &upload->rarely, CLOCK_MONOTONIC, 0, 0, on_rarely,
			      upload);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(upload->rarely, SD_EVENT_OFF);
}

int upload_new(struct upload **ret, sd_event *event, struct http *http, const char *ledger_dir,
	       uint32_t retry_max_ms)
{
	struct upload *upload = calloc(1, sizeof(*upload));
	int r;

	if (upload == NULL)
		return -ENOMEM;
	upload->event = event;
	upload->http = http;
	upload->ledger_dir = ledger_dir;
	r = upload_init(upload, retry_max_ms);
	if (r < 0) {
		upload_free(upload);
		return r;
	}
	*ret = upload;
	return 0;
}

void upload_await_end(struct upload *upload, void (*on_ended)(void *userdata), void *userdata)
{
	upload->on_ended = on_ended;
	upload->userdata = userdata;
	tell_if_ended(upload);
}

struct upload *upload_free(struct upload *upload)
{
	if (upload == NULL)
		return NULL;
	http_cancel(upload->call);
	pace_finish(&upload->pace);
	sd_event_source_disable_unref(upload->rarely);
	sd_event_source_disable_unref(upload->watch_all);
	sd_event_source_disable_unref(upload->watch_current);
	source_free(upload->source);
	batch_finish(&upload->batch);
	free(upload->packed);
	free(upload);
	return NULL;
}
