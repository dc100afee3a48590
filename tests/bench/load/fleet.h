/* fleet - made-up machines that a collector knows: each with its own host, certificate and common
 * name.  They share one private key, which only spares the time of making many.
 * Kept in a folder: key.pem, and machines (struct machine, one after the other). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "made_ledger.h"

enum { FLEET_CERTIFICATE_MAX = 1024, FLEET_MAX = 20000 };

struct machine {
	char host[MADE_HOST_SIZE];
	uint32_t certificate_size;
	uint8_t certificate[FLEET_CERTIFICATE_MAX]; /* DER */
};

struct fleet {
	struct machine *machines; /* owned */
	size_t n;
	int64_t began; /* a month before it was enrolled: what its ledgers' times begin from */
	char *key;     /* PEM; owned */
	size_t key_size;
};

/* Enrol @n machines with the collector whose data directory is @data and whose store is @store
 * (NULL: SQLite in @data), as its own enrolment does, and write them to @folder, which must be
 * there.  The collector need not run.  Says what is wrong.  0 or -errno. */
int fleet_enrol(const char *folder, const char *data, const char *store, size_t n)
	__attribute__((warn_unused_result));

/* Read @folder.  Says what is wrong.  0 or -errno; fleet_finish after 0 only. */
int fleet_load(struct fleet *ret, const char *folder) __attribute__((warn_unused_result));
void fleet_finish(struct fleet *fleet);
