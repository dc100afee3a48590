/* workspace - the folder in which officers hand a bundle to one another: manifest.dsse.json, and
 * rules.json, registered.bin and, where there is a model, risk.json; or revoked.bin.  What is read
 * is checked against the manifest, so a folder that was changed on the way is refused. */
#pragma once

#include "signed_bundle.h"

/* Read and check the bundle in @directory.  Complains of a failure.  Returns 0; -EBADMSG if
 * anything does not fit; -errno.  signed_bundle_finish *@ret. */
int workspace_read(struct signed_bundle *ret, const char *directory)
	__attribute__((warn_unused_result));

/* Write @bundle to @directory, made if missing (0755; nothing in it is secret).  A bundle that is
 * there is not overwritten: -EEXIST.  Complains of a failure.  0 or -errno. */
int workspace_create(const struct signed_bundle *bundle, const char *directory)
	__attribute__((warn_unused_result));

/* Put the envelope of @bundle, with one signature more, in place of the one in @directory. */
int workspace_update(const struct signed_bundle *bundle, const char *directory)
	__attribute__((warn_unused_result));

/* Complain unless a bundle may be created in @directory (before anything is asked or signed). */
int workspace_check_free(const char *directory) __attribute__((warn_unused_result));
