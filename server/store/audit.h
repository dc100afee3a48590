/* audit - what people and the collector itself did here: a ledger of its own, in the form of the
 * workstations' (policy/ledger_line.h), so what is changed or taken out of the middle shows.  Its
 * first line says its id:
 *	{"seq":1,"time":"...","who":"devgate-collector","action":"audit.opened","ledger":"...",
 *	 "hash":"..."}
 * Others have "detail", an object. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "store.h"

#define AUDIT_COLLECTOR "devgate-collector" /* who did what nobody asked for */

struct audit_entry {
	const char *who;    /* a person's name */
	const char *action; /* "hold.added" */
	json_t *detail;	    /* an object; taken, also on failure.  NULL is out of memory */
};

/* Add one as a transaction of its own.  0 or -errno. */
int audit_record(struct store *store, const struct audit_entry *entry, int64_t now)
	__attribute__((warn_unused_result));

struct connection;
/* The same in the transaction of @connection, for server/store. */
int audit_add(struct connection *connection, const struct audit_entry *entry, int64_t now)
	__attribute__((warn_unused_result));

/* Call @on_line with each line, exact bytes, after line @after, at most @limit; a negative return
 * ends it and is returned. */
int audit_each(struct store *store, uint64_t after, size_t limit,
	       int (*on_line)(void *context, uint64_t seq, const char *line, size_t size),
	       void *context) __attribute__((warn_unused_result));
