/* patience - how long a connection may take to say what it wants.
 * libmicrohttpd's own timeout begins anew with each byte, so who drips one now and then would hold
 * a connection, and the memory of a body, for ever.  Here each has a time until which it must have
 * come further: to the end of a header, to the end of a body.  Then its socket is shut down, which
 * the connection's own thread hears.  Safe from any thread. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One connection; a member of what belongs to it. */
struct awaited {
	struct awaited *next, *previous;
	int fd;		     /* borrowed from patience_add to patience_remove */
	int64_t deadline_ms; /* CLOCK_MONOTONIC; 0: it may take its time */
};

struct patience {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t clock;
	bool stopping;
	atomic_llong header_ms; /* a first request's header, with the handshake before it */
	struct awaited *first;	/* borrowed */
	uint64_t ended;		/* connections that were shut down */
};

/* Start the thread.  Returns 0 or -errno. */
int patience_start(struct patience *patience, unsigned header_s)
	__attribute__((warn_unused_result));
/* For what is awaited from now on. */
void patience_change(struct patience *patience, unsigned header_s);
/* End and join it; all are removed before. */
void patience_stop(struct patience *patience);

/* A connection is there, and its first header is awaited. */
void patience_add(struct patience *patience, struct awaited *awaited, int fd);
void patience_remove(struct patience *patience, struct awaited *awaited);

/* It must have come further in @ms from now; 0: no more is awaited of it. */
void patience_await(struct patience *patience, struct awaited *awaited, int64_t ms);
/* A body of at most @max bytes is awaited. */
void patience_await_body(struct patience *patience, struct awaited *awaited, uint64_t max);

/* How many connections were shut down. */
uint64_t patience_ended(struct patience *patience);
