/* run - drive many clients from one thread: connect, send what a workload says, hand it the
 * answers, connect again.  Bounded in the number of clients and in time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zstd.h>

#include "client.h"
#include "made_ledger.h"
#include "tally.h"

struct options {
	const char *fleet, *to; /* folder; 127.0.0.1:PORT */
	const char *data, *store;
	const char *acked; /* file to write how far each ledger was acknowledged, or NULL */
	const char *go;	   /* file: wait with the load until it is there, or NULL */
	const char *since; /* file with the time that news are counted from, or NULL */
	size_t machines, events, batch, at_once;
	uint32_t ledger; /* number of the machines' ledgers */
	unsigned seconds, every_ms;
};

/* A body that is made and not yet acknowledged. */
struct load_body {
	char *bytes; /* zstd; owned */
	size_t size;
	uint64_t last_seq;
};

struct agent {
	struct client client;
	size_t number;
	int64_t asked_us; /* when the connection or request began */
	int64_t due_us;	  /* when to go on; 0: it is going on */
	bool done, waiting;
	struct made_ledger ledger;
	struct load_body *bodies; /* made ahead; owned */
	size_t n_bodies, next_body;
	struct load_body now; /* the one that is sent */
	uint64_t acked;
};

struct run;

struct workload {
	const char *name;
	/* Before the clock starts. */
	void (*prepare)(struct run *run, struct agent *agent);
	/* Connected, or the answer before is taken: send something, set due_us, or be done. */
	void (*go_on)(struct run *run, struct agent *agent);
	void (*on_answer)(struct run *run, struct agent *agent);
	/* After the clock has stopped. */
	void (*finish)(struct run *run);
	bool reconnects; /* a lost connection is made anew; else it is counted, and done */
	bool stays;	 /* connections of those that are done stay until all are */
};

struct run {
	const struct options *options;
	const struct workload *workload;
	struct fleet fleet;
	struct clients clients;
	struct agent *agents; /* owned */
	size_t n, n_done, n_waiting, n_connecting, next_connect;
	struct tally tally;
	int64_t deadline_us;
	int epoll;
	ZSTD_CCtx *zstd;
	char lines[MADE_BATCH_BYTES];
};

/* The agent has no more to do. */
void run_done(struct run *run, struct agent *agent);

/* All of it; prints JSON to stdout.  Gives the exit status. */
int run_workload(const struct options *options, const struct workload *workload);

extern const struct workload workload_upload, workload_soak, workload_storm, workload_wait,
	workload_hostile;
