#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	MAX_EVENTS = 512,
	TICK_MS = 10,
	AGAIN_US = 200000, /* after a connection was lost or refused */
};

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

void run_done(struct run *run, struct agent *agent)
{
	if (!agent->done)
		run->n_done++;
	agent->done = true;
	if (!run->workload->stays)
		client_close(&agent->client);
}

/* The connection is gone. */
static void lose(struct run *run, struct agent *agent)
{
	if (agent->client.state == CLIENT_CONNECTING || agent->client.state == CLIENT_HANDSHAKING)
		run->n_connecting--;
	client_close(&agent->client);
	if (agent->done)
		return;
	run->tally.failed++;
	if (run->workload->reconnects)
		agent->due_us = tally_now_us() + AGAIN_US + rand() % AGAIN_US;
	else
		run_done(run, agent);
}

static void connect_one(struct run *run, struct agent *agent)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				     .data.ptr = agent };

	agent->asked_us = tally_now_us();
	agent->due_us = 0;
	int fd = client_connect(&agent->client, &run->clients, agent->number);
	if (fd < 0) {
		run->tally.failed++;
		agent->due_us = agent->asked_us + AGAIN_US;
		return;
	}
	run->n_connecting++;
	if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		lose(run, agent);
}

/* The client has become idle. */
static void on_idle(struct run *run, struct agent *agent)
{
	struct client *client = &agent->client;
	int64_t now = tally_now_us();

	if (client->status == 0) {
		run->n_connecting--;
		run->tally.connected++;
		durations_add(&run->tally.handshakes, now - agent->asked_us);
	} else {
		if (client->status < TALLY_STATUS_MAX)
			run->tally.by_status[client->status]++;
		durations_add(&run->tally.answers, now - agent->asked_us);
		run->workload->on_answer(run, agent);
		if (client->closing && !agent->done) {
			lose(run, agent);
			return;
		}
	}
	if (agent->done || agent->due_us != 0)
		return;
	agent->asked_us = now;
	run->workload->go_on(run, agent);
}

static void step(struct run *run, struct agent *agent)
{
	if (agent->client.state == CLIENT_CLOSED)
		return;
	int r;
	do {
		r = client_step(&agent->client);
		if (r > 0)
			on_idle(run, agent);
	} while (r > 0 && agent->client.state == CLIENT_SENDING);
	if (r < 0)
		lose(run, agent);
}

/* Those that wait for their time. */
static void wake(struct run *run)
{
	int64_t now = tally_now_us();

	for (size_t i = 0; i < run->n; i++) {
		struct agent *agent = &run->agents[i];
		if (agent->done || agent->due_us == 0 || agent->due_us > now)
			continue;
		if (agent->client.state == CLIENT_CLOSED) {
			if (run->n_connecting < run->options->at_once)
				connect_one(run, agent);
			continue;
		}
		agent->due_us = 0;
		agent->asked_us = now;
		run->workload->go_on(run, agent);
		step(run, agent);
	}
}

static void connect_more(struct run *run)
{
	while (run->next_connect < run->n && run->n_connecting < run->options->at_once)
		connect_one(run, &run->agents[run->next_connect++]);
}

static void loop(struct run *run)
{
	struct epoll_event events[MAX_EVENTS];
	int64_t tick = 0;

	while (!stop && run->n_done < run->n && tally_now_us() < run->deadline_us) {
		connect_more(run);
		int n = epoll_wait(run->epoll, events, MAX_EVENTS, TICK_MS);
		for (int i = 0; i < n; i++)
			step(run, events[i].data.ptr);
		if (tally_now_us() - tick > TICK_MS * 1000) {
			wake(run);
			tick = tally_now_us();
		}
	}
}

/* What was acknowledged, for who counts what is kept: "HOST LEDGER-NUMBER SEQ" a line. */
static void write_acked(const struct run *run)
{
	FILE *file = fopen(run->options->acked, "we");

	if (file == NULL) {
		fprintf(stderr, "load: %s: %m\n", run->options->acked);
		return;
	}
	for (size_t i = 0; i < run->n; i++)
		fprintf(file, "%s %" PRIu32 " %" PRIu64 "\n", run->fleet.machines[i].host,
			run->options->ledger, run->agents[i].acked);
	fclose(file);
}

static void await_go(const char *path)
{
	while (access(path, F_OK) < 0 && !stop)
		usleep(10000);
}

static int prepare(struct run *run)
{
	const struct options *options = run->options;
	struct rlimit limit;
	int r = fleet_load(&run->fleet, options->fleet);

	if (r < 0)
		return r;
	run->n = options->machines < run->fleet.n ? options->machines : run->fleet.n;
	run->agents = calloc(run->n, sizeof(*run->agents));
	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	run->zstd = ZSTD_createCCtx();
	if (run->agents == NULL || run->epoll < 0 || run->zstd == NULL)
		return -ENOMEM;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	r = clients_init(&run->clients, &run->fleet, options->to);
	for (size_t i = 0; i < run->n && r == 0; i++) {
		struct agent *agent = &run->agents[i];
		agent->number = i;
		agent->client.fd = -1;
		made_ledger_start(&agent->ledger, run->fleet.machines[i].host, options->ledger,
				  run->fleet.began);
		if (run->workload->prepare != NULL)
			run->workload->prepare(run, agent);
	}
	return r;
}

static void finish(struct run *run)
{
	for (size_t i = 0; run->agents != NULL && i < run->n; i++) {
		struct agent *agent = &run->agents[i];
		client_close(&agent->client);
		for (size_t k = 0; k < agent->n_bodies; k++)
			free(agent->bodies[k].bytes);
		free(agent->bodies);
		free(agent->now.bytes);
	}
	free(run->agents);
	clients_finish(&run->clients);
	fleet_finish(&run->fleet);
	ZSTD_freeCCtx(run->zstd);
	if (run->epoll > 0)
		close(run->epoll);
	free(run);
}

static void print(struct run *run)
{
	json_t *json = tally_finish(&run->tally);

	json_object_set_new(json, "workload", json_string(run->workload->name));
	json_object_set_new(json, "machines", json_integer((json_int_t)run->n));
	json_object_set_new(json, "done", json_integer((json_int_t)run->n_done));
	json_dumpf(json, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(json);
}

int run_workload(const struct options *options, const struct workload *workload)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return EXIT_FAILURE;
	run->options = options;
	run->workload = workload;
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	int r = prepare(run);
	if (r < 0) {
		fprintf(stderr, "load: %s\n", strerror(-r));
		finish(run);
		return EXIT_FAILURE;
	}
	fprintf(stderr, "load: %s: %zu machines are ready\n", workload->name, run->n);
	if (options->go != NULL)
		await_go(options->go);
	run->tally.began_us = tally_now_us();
	run->deadline_us = run->tally.began_us + (int64_t)options->seconds * 1000000;
	loop(run);
	run->tally.ended_us = tally_now_us();
	if (options->acked != NULL)
		write_acked(run);
	if (workload->finish != NULL)
		workload->finish(run);
	bool good = run->tally.wrong == NULL;
	print(run);
	finish(run);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
