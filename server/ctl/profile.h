/* profile - which collector, and as whom: a small private file of one person.
 * JSON, 0600: {"url":"https://collector.example:8444","ca":"<PEM>","token":"dgt_...",
 * "trust_root":{...},"checkpoint_key":"NAME+ID+KEY"}.  The CA, the trust root and the key that
 * checkpoints are signed with are pinned here by `devgatectl init`, so that
 * what a collector serves is judged by keys that it did not serve. */
#pragma once

#include <stdbool.h>

#include "policy/note.h"
#include "policy/trust.h"
#include "server/pki/api_token.h"

#define PROFILE_NAME "profile.json"

struct profile {
	char *path; /* owned; for messages */
	char *url;  /* owned; "https://host:port" without a path */
	char *ca;   /* owned; PEM */
	char token[API_TOKEN_SIZE];
	bool has_trust;
	struct trust trust;
	bool has_checkpoint_key;
	struct note_key checkpoint_key;
};

/* What everybody's profile of one collector says.  Borrowed. */
struct profile_site {
	const char *url, *ca;
	const struct trust *trust;
	const struct note_key *checkpoint_key;
};

/* Where @path, or the default if NULL, is: $XDG_CONFIG_HOME or ~/.config, devgatectl/profile.json.
 * Gives the path, to be freed; NULL (told) if there is no home. */
char *profile_path(const char *path) __attribute__((warn_unused_result));

/* Read and check the profile at profile_path(@path).  Complains of a failure.  Returns 0; -EBADMSG;
 * -EPERM if others may read it; -errno.  Wipe *@ret with profile_finish. */
int profile_load(struct profile *ret, const char *path) __attribute__((warn_unused_result));
void profile_finish(struct profile *profile);

/* Write a new profile, and its folder where missing.  Complains of a failure; -EEXIST if @path is
 * there. */
int profile_create(const char *path, const struct profile_site *site, const char *token)
	__attribute__((warn_unused_result));
