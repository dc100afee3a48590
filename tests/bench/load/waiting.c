/* waiting - machines that only come, and those that wait: "storm" connects them all at once and
 * asks how far their ledgers are held; "wait" has all of them wait for a policy. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "run.h"

static void ask_how_far(struct run *run, struct agent *agent)
{
	char head[CLIENT_HEAD_SIZE];

	(void)run;
	snprintf(head, sizeof(head),
		 "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Devgate-Ledger: %s\r\n"
		 "Content-Type: application/x-ndjson\r\nContent-Length: 0\r\n\r\n",
		 agent->ledger.id);
	client_send(&agent->client, head, NULL, 0);
}

static void on_how_far(struct run *run, struct agent *agent)
{
	if (agent->client.status == 503 || agent->client.status == 429) {
		agent->due_us = tally_now_us() +
				client_number(&agent->client, "\r\nRetry-After: ", 1) * 1000000;
		return;
	}
	if (agent->client.status != 200)
		run->tally.wrong = "a question was refused";
	run_done(run, agent);
}

const struct workload workload_storm = {
	.name = "storm",
	.go_on = ask_how_far,
	.on_answer = on_how_far,
	.reconnects = true,
	.stays = true,
};

static int64_t wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void wait_for_news(struct run *run, struct agent *agent)
{
	client_send(&agent->client,
		    "GET /v1/policy?role=policy&wait=90 HTTP/1.1\r\nHost: localhost\r\n\r\n", NULL,
		    0);
	if (agent->waiting)
		return;
	agent->waiting = true;
	if (++run->n_waiting == run->n)
		fprintf(stderr, "load: all are waiting\n");
}

static void on_news(struct run *run, struct agent *agent)
{
	if (agent->client.status == 204)
		return; /* time was up: ask again */
	if (agent->client.status != 200)
		run->tally.wrong = "a question for a policy was refused";
	agent->acked = (uint64_t)wall_us();
	run_done(run, agent);
}

/* How long after the moment in @options->since ("date +%s%6N", microseconds) each one had it. */
static void count_news(struct run *run)
{
	FILE *file = run->options->since == NULL ? NULL : fopen(run->options->since, "re");
	long long since = 0;

	if (file == NULL || fscanf(file, "%lld", &since) != 1)
		run->tally.wrong = "nobody said when the news were sent";
	for (size_t i = 0; i < run->n; i++) {
		if (run->agents[i].acked > 0)
			durations_add(&run->tally.news, (int64_t)run->agents[i].acked - since);
	}
	if (file != NULL)
		fclose(file);
}

const struct workload workload_wait = {
	.name = "wait",
	.go_on = wait_for_news,
	.on_answer = on_news,
	.finish = count_news,
	.reconnects = true,
	.stays = true,
};
