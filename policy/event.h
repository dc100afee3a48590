/* event - the columns that a collector keeps of a ledger line beside its exact bytes.
 * Pure.  The one place that parses event JSON on the collector; field meanings are in event(5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger_line.h"

enum { EVENT_KIND_SIZE = 32, EVENT_TIME_SIZE = 28, EVENT_TEXT_SIZE = 512 };

struct event_columns {
	uint64_t seq;
	char time[EVENT_TIME_SIZE];   /* "2026-11-22T22:36:19.123456Z" */
	char kind[EVENT_KIND_SIZE];   /* "device.decided" ... */
	char instance[64];	      /* one stay of one device on one machine; "" if none */
	char device[EVENT_TEXT_SIZE]; /* "0951:1666 serial", sanitised; "" if none */
	char name[EVENT_TEXT_SIZE];   /* manufacturer and product name */
	char verdict[16];	      /* "" if none */
	char rule[96];		      /* "registered:A-001" */
	char person[64];	      /* user name of the seat's active session; "" if none */
	uint64_t duration_s, bytes_read, bytes_written; /* of device.removed */
	uint64_t policy_version;
	char reason[16]; /* the word why, of agent.stopping and agent.stopped; "" if none */
	bool pre_agent;	 /* the device worked before there was an agent to judge it */
	bool violation;	 /* something was refused that somebody tried to use */
};

/* Parse @line (without '\n').  Returns 0; -EBADMSG if it is not an event of this form; -ENOMEM. */
int event_parse(struct event_columns *ret, const char *line, size_t size)
	__attribute__((warn_unused_result));
