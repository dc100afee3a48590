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
#include "server/pki/ca.h"
#include "server/pki/checkpoint_key.h"
#include "server/store/store.h"
#include "settings.h"

enum { CONFIG_URL_SIZE = 320 };

struct options {
	const char *data;   /* directory */
	const char *agents; /* "ADDRESS:PORT" */
	const char *people;
	const char *name;  /* NULL: that of collector.json */
	const char *store; /* "postgresql://...", NULL: devgate.db in the data directory */
	unsigned checkpoint_every_s, dispose_every_s;
	struct settings settings; /* those of the command line */
	bool new_certificate;	  /* make one, and end */
	const char *move_to;	  /* "postgresql://...": move the records there, and end */
	const char *backup_to, *restore_from; /* directories: do that, and end */
	const char *passphrase_file, *key;    /* of a backup's keys; checkpoint.pub */
};

struct config {
	char agents_url[CONFIG_URL_SIZE];		    /* told to machines that enrol */
	char *server_certificate, *server_key, *trust_text; /* owned */
	struct ca *ca;					    /* owned */
	struct trust trust;
	struct checkpoint_key checkpoint_key;
};

/* Read the data directory.  Logs what is wrong.  Returns 0 or -errno; *@ret then needs no
 * config_finish. */
int config_load(struct config *ret, const struct options *options)
	__attribute__((warn_unused_result));
/* The public half of the key that checkpoints are signed with, from @directory's checkpoint.pub.
 * Returns 0; -ENOENT if there is none; -EBADMSG; -errno. */
int config_read_verifier(const char *directory, struct note_key *ret)
	__attribute__((warn_unused_result));
/* The settings of the command line and of collector.json.  0; -EINVAL, -EBADMSG, -errno of reading
 * it, and @error gets why. */
int config_read_settings(const struct options *options, struct settings *ret,
			 char error[static SETTINGS_ERROR_SIZE])
	__attribute__((warn_unused_result));
/* server.crt and server.key.  Gives *@ret_certificate and *@ret_key, the second to be wiped.  Logs
 * what is wrong.  0 or -errno. */
int config_read_server(const char *directory, char **ret_certificate, char **ret_key)
	__attribute__((warn_unused_result));
/* The host of the agents' URL: a name, or an address without brackets. */
void config_host(const struct config *config, char ret[static CONFIG_URL_SIZE]);
void config_finish(struct config *config);

/* Take bootstrap.json into the store, if it is there, and remove it.  Logs what is wrong. */
int config_bootstrap(const char *directory, struct store *store)
	__attribute__((warn_unused_result));
