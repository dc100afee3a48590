/* policy_files - the documents that `devgate policy` is given: read, parsed, and what is wrong with
 * them said on stderr as FILE:LINE:COLUMN: PATH: MESSAGE. */
#pragma once

#include <stdint.h>

#include "policy/circumstances_json.h"
#include "policy/decide.h"
#include "policy/device_json.h"
#include "policy/rules/source.h"
#include "policy_arguments.h"

/* Read the file at @path, "-" for standard input, of at most @max bytes.  Gives *@ret, to be freed,
 * with a NUL after it.  Returns 0 or -errno, said. */
int policy_read(const char *path, size_t max, char **ret, size_t *ret_size)
	__attribute__((warn_unused_result));

/* Say on stderr what is wrong with @file; @r is what a parser gave.  @file NULL: the error's path
 * begins with the file's name, as an importer's does. */
void policy_say(const char *file, int r, const struct rules_error *error);

/* True if @name, NULL for none, can be the name of a rules document; else it has been said. */
bool policy_name_good(const char *name);

/* A rules document with its text. */
struct policy_rules {
	char *text; /* owned */
	size_t size;
	struct rules *rules; /* owned */
};

/* Returns 0 or -errno, said; then there is nothing to finish. */
int policy_rules_read(const char *path, struct policy_rules *ret)
	__attribute__((warn_unused_result));
void policy_rules_finish(struct policy_rules *rules);
struct rules_source policy_rules_source(const struct policy_rules *rules);

/* All that a device is judged by. */
struct policy_case {
	struct policy_rules rules;
	struct risk *risk;			   /* owned; NULL: none */
	uint8_t *registered_bytes, *revoked_bytes; /* owned */
	struct registered registered, revoked;
	struct policy_view view; /* of the above */
	struct device_given device;
	struct circumstances_given circumstances;
};

/* Read what @arguments name: the policy, if it is named, and what goes with it. Returns 0; -errno,
 * said; policy_case_finish() is to be called in either case. */
int policy_case_read_policy(const struct policy_arguments *arguments, struct policy_case *ret)
	__attribute__((warn_unused_result));

/* And the device and its circumstances. */
int policy_case_read_device(const struct policy_arguments *arguments, struct policy_case *ret)
	__attribute__((warn_unused_result));
void policy_case_finish(struct policy_case *policy_case);
