/* config - what the collector is told: its command line, and the files of its data directory, which
 * `devgatectl init` makes.
 *   ca.key ca.crt          the authority that signs machines' certificates
 *   server.key server.crt  what both ports show
 *   trust-root.json        officers' keys (policy/trust.h)
 *   checkpoint.key         what checkpoints are signed with; made if it is not there
 *   checkpoint.pub         the same, for those who verify them
 *   collector.json         {"name": "collector.example", "agents_url": "https://...:8443"}
 *   bootstrap.json         {"tokens": [{"name", "role", "sha256"}]}: taken in once, then removed */
#pragma once

#include <stdbool.h>

#include "policy/trust.h"
#include "rates.h"
#include "server/pki/ca.h"
#include "server/pki/checkpoint_key.h"
#include "server/store/store.h"

enum { CONFIG_URL_SIZE = 320 };

struct options {
	const char *data;   /* directory */
	const char *agents; /* "ADDRESS:PORT" */
	const char *people;
	const char *name;  /* NULL: that of collector.json */
	const char *store; /* "postgresql://...", NULL: devgate.db in the data directory */
	unsigned checkpoint_every_s, dispose_every_s;
	unsigned silent_after_s;
	int64_t certificate_life_s;	 /* of machines' certificates */
	uint64_t agent_rates[_RATE_MAX]; /* each may ask and send that much a second; 0: any */
	size_t uploads_memory;		 /* bytes that bodies being received may take */
	unsigned patience_s;		 /* how long a header may take; a body takes longer */
	const char *move_to;		 /* "postgresql://...": move the records there, and end */
	const char *backup_to, *restore_from; /* directories: do that, and end */
	const char *passphrase_file, *key;    /* of a backup's keys; checkpoint.pub */
};

struct config {
	char agents_url[CONFIG_URL_SIZE];		    /* told to machines that enrol */
	char *server_certificate, *server_key, *trust_text; /* owned */
	struct ca *ca;					    /* owned */
	struct trust trust;
	struct checkpoint_key checkpoint_key;
	int64_t certificate_life_s;
};

/* Read the data directory.  Logs what is wrong.  Returns 0 or -errno; *@ret then needs no
 * config_finish. */
int config_load(struct config *ret, const struct options *options)
	__attribute__((warn_unused_result));
/* The public half of the key that checkpoints are signed with, from @directory's checkpoint.pub.
 * Returns 0; -ENOENT if there is none; -EBADMSG; -errno. */
int config_read_verifier(const char *directory, struct note_key *ret)
	__attribute__((warn_unused_result));
void config_finish(struct config *config);

/* Take bootstrap.json into the store, if it is there, and remove it.  Logs what is wrong. */
int config_bootstrap(const char *directory, struct store *store)
	__attribute__((warn_unused_result));
