#include "metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "collector.h"
#include "server/store/findings.h"
#include "server/store/room.h"

void metrics_init(struct metrics *metrics)
{
	*metrics = (struct metrics){ .started = (int64_t)time(NULL) };
}

void metrics_answered(struct metrics *metrics, unsigned status)
{
	if (status / 100 < 6)
		atomic_fetch_add_explicit(&metrics->answers[status / 100], 1, memory_order_relaxed);
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP devgate_%s %s\n# TYPE devgate_%s %s\n", name, help, name, type);
}

static void one(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
	head(out, name, type, help);
	fprintf(out, "devgate_%s %" PRIu64 "\n", name, value);
}

static void write_answers(FILE *out, struct metrics *metrics)
{
	head(out, "http_answers_total", "counter", "Answers given, by class of status.");
	for (int class = 2; class < 6; class ++)
		fprintf(out, "devgate_http_answers_total{class=\"%dxx\"} %llu\n", class,
			atomic_load(&metrics->answers[class]));
}

static void write_waiters(FILE *out, struct waiters *waiters)
{
	static const char *const topics[] = { [TOPIC_POLICY] = "policy",
					      [TOPIC_REVOCATIONS] = "revocations",
					      [TOPIC_EVENTS] = "events",
					      [TOPIC_GRANTS] = "grants" };

	head(out, "waiting_requests", "gauge", "Requests that wait for news, by what of.");
	for (enum topic topic = 0; topic < _TOPIC_MAX; topic++)
		fprintf(out, "devgate_waiting_requests{topic=\"%s\"} %zu\n", topics[topic],
			waiters_count(waiters, topic));
}

static void write_room(FILE *out, struct collector *collector)
{
	struct room room;

	one(out, "disk_full", "gauge", "1 if there is no room to keep records.",
	    disk_watch_is_full(&collector->disk));
	one(out, "disk_full_refusals_total", "counter", "Requests put off because of that.",
	    atomic_load(&collector->disk.refused));
	if (room_measure(collector->store, &room) < 0)
		return;
	one(out, "data_free_bytes", "gauge", "Room on the data directory's file system.",
	    room.free);
	one(out, "data_size_bytes", "gauge", "The size of that file system.", room.size);
	one(out, "database_bytes", "gauge", "What the records take.", room.database_bytes);
}

static void write_findings(FILE *out, struct collector *collector)
{
	uint64_t open;

	if (findings_count(collector->store, &open) == 0)
		one(out, "open_findings", "gauge", "Findings that nobody has closed.", open);
}

static void write_all(FILE *out, struct collector *collector)
{
	struct metrics *metrics = &collector->metrics;

	head(out, "build_info", "gauge", "The program's version.");
	fprintf(out, "devgate_build_info{version=\"" DEVGATE_VERSION "\"} 1\n");
	one(out, "start_time_seconds", "gauge", "When the program started, since 1970.",
	    (uint64_t)metrics->started);
	one(out, "store_up", "gauge", "1 if the database answers.",
	    store_check(collector->store) == 0);
	one(out, "store_failures_total", "counter", "Requests that the store failed.",
	    atomic_load(&metrics->store_failures));
	one(out, "uploads_total", "counter", "Uploads of ledger lines that were taken.",
	    atomic_load(&metrics->uploads));
	one(out, "upload_bytes_total", "counter", "Bytes of lines in them, uncompressed.",
	    atomic_load(&metrics->upload_bytes));
	one(out, "uploads_refused_total", "counter",
	    "Uploads with a gap, a fork or a broken chain.",
	    atomic_load(&metrics->refused_uploads));
	one(out, "silent_hosts", "gauge",
	    "Workstations that are silent though their agents did not end.",
	    atomic_load(&metrics->silent_hosts));
	one(out, "receiving_bytes", "gauge", "Memory that bodies being received take.",
	    atomic_load(&collector->budget.used));
	one(out, "connections_ended_total", "counter",
	    "Connections that took too long to say what.", patience_ended(&collector->patience));
	one(out, "running_requests", "gauge", "Requests begun and not yet answered.",
	    (uint64_t)atomic_load(&collector->running));
	write_findings(out, collector);
	write_room(out, collector);
	write_answers(out, metrics);
	write_waiters(out, &collector->waiters);
}

int metrics_write(struct collector *collector, char **ret, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	if (!out)
		return -ENOMEM;
	write_all(out, collector);
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}
