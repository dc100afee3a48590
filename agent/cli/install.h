/* install - put what an enrolment file brought where the enforcer and the reporter look for it, and
 * put back what was there if the enrolment fails. */
#pragma once

#include <stddef.h>

#include "enrolment.h"

enum { INSTALL_FILES = 3 };

/* What was in the configuration directory before. */
struct install {
	int config_fd;		     /* owned */
	char *before[INSTALL_FILES]; /* owned; NULL: the file was not there */
	size_t before_size[INSTALL_FILES];
};

/* Open @config_dir (made if it is not there) and remember its files.  Gives what
 * install_finish() frees.  Returns 0; -ENOMEM; what openat(2), read(2) give. */
int install_begin(struct install *ret, const char *config_dir) __attribute__((warn_unused_result));
void install_finish(struct install *install);

/* Write trust-root.json, collector-ca.pem and collector.json, each atomically.
 * Returns 0; -ENOMEM; what file_write_atomic() gives. */
int install_write(struct install *install, const struct enrolment *enrolment)
	__attribute__((warn_unused_result));

/* Put back what was there before install_write().  Returns 0 or the first error. */
int install_undo(struct install *install) __attribute__((warn_unused_result));

/* Put @token where the reporter waits for it.  The file is made as the directory's owner: the
 * directory is not root's, so root must not follow what is in it.
 * Returns 0; what seteuid(2) and file_write_atomic() give. */
int install_token(int reporter_fd, const char *token) __attribute__((warn_unused_result));
