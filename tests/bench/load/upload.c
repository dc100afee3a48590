/* upload - machines that send ledger lines: "upload" sends so many that were made before the clock
 * starts; "soak" makes them as it goes, without an end, and comes back when the collector is gone.
 * A line is counted when the collector says that it is acknowledged. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { RETRY_US = 200000, ZSTD_LEVEL = 1 };

/* The next @n lines of the agent's ledger. */
static struct load_body make_body(struct run *run, struct agent *agent, size_t n)
{
	size_t size = made_ledger_batch(&agent->ledger, n, run->lines);
	size_t bound = ZSTD_compressBound(size);
	char *bytes = malloc(bound);

	if (bytes == NULL)
		abort();
	size_t packed = ZSTD_compressCCtx(run->zstd, bytes, bound, run->lines, size, ZSTD_LEVEL);
	assert(!ZSTD_isError(packed));
	bytes = realloc(bytes, packed);
	return (struct load_body){ bytes, packed, agent->ledger.chain.next_seq - 1 };
}

static void prepare_upload(struct run *run, struct agent *agent)
{
	const struct options *options = run->options;
	size_t left = options->events;

	agent->n_bodies = (options->events + options->batch - 1) / options->batch;
	agent->bodies = calloc(agent->n_bodies, sizeof(*agent->bodies));
	if (agent->bodies == NULL)
		abort();
	for (size_t i = 0; i < agent->n_bodies; i++) {
		size_t n = left < options->batch ? left : options->batch;
		agent->bodies[i] = make_body(run, agent, n);
		left -= n;
	}
}

static void send_body(struct agent *agent)
{
	char head[CLIENT_HEAD_SIZE];

	snprintf(head, sizeof(head),
		 "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Devgate-Ledger: %s\r\n"
		 "Content-Type: application/x-ndjson\r\nContent-Encoding: zstd\r\n"
		 "Content-Length: %zu\r\n\r\n",
		 agent->ledger.id, agent->now.size);
	client_send(&agent->client, head, agent->now.bytes, agent->now.size);
}

static void go_on_uploading(struct run *run, struct agent *agent)
{
	if (agent->now.bytes == NULL) {
		if (agent->next_body == agent->n_bodies) {
			run_done(run, agent);
			return;
		}
		agent->now = agent->bodies[agent->next_body];
		agent->bodies[agent->next_body++].bytes = NULL;
	}
	send_body(agent);
}

static void go_on_soaking(struct run *run, struct agent *agent)
{
	if (agent->now.bytes == NULL)
		agent->now = make_body(run, agent, (size_t)rand() % run->options->batch + 1);
	send_body(agent);
}

static void acknowledge(struct run *run, struct agent *agent, uint64_t acked)
{
	if (acked < agent->acked) {
		run->tally.wrong = "a line that was acknowledged is not held any more";
		return;
	}
	run->tally.events += acked - agent->acked;
	agent->acked = acked;
	if (acked < agent->now.last_seq)
		return;
	run->tally.bytes += agent->now.size;
	free(agent->now.bytes);
	agent->now = (struct load_body){ 0 };
	if (run->options->every_ms > 0)
		agent->due_us = tally_now_us() + (int64_t)run->options->every_ms * 1000;
}

static void on_answer(struct run *run, struct agent *agent)
{
	struct client *client = &agent->client;
	int64_t acked = client_number(client, "\"acked\":", -1);

	if (client->status == 200 && acked >= 0) {
		acknowledge(run, agent, (uint64_t)acked);
	} else if (client->status == 429 || client->status == 503) {
		agent->due_us = tally_now_us() + RETRY_US +
				client_number(client, "\r\nRetry-After: ", 0) * 1000000;
	} else {
		run->tally.wrong = "a batch that continues its ledger was refused";
		fprintf(stderr, "load: %s\n", client->answer);
		run_done(run, agent);
	}
}

const struct workload workload_upload = {
	.name = "upload",
	.prepare = prepare_upload,
	.go_on = go_on_uploading,
	.on_answer = on_answer,
	.reconnects = true,
};

const struct workload workload_soak = {
	.name = "soak",
	.go_on = go_on_soaking,
	.on_answer = on_answer,
	.reconnects = true,
};
