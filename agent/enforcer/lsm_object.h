/* lsm_object - put the programs of a compiled BPF object in force, of the LSM or at the kernel's
 * functions, and find those that an enforcer before this one has left.
 *
 * In the directory of the pins, a path in a bpffs, maps are pinned as "<prefix>-<map>" and links as
 * "<prefix>-<first 8 digits of the object's SHA-256>-<program>": as long as a link is pinned its
 * program is in force, whoever runs.  Newer programs come into force before older ones go.
 *
 * Loading takes libbpf some megabytes and, the first time, a while (it reads the kernel's own
 * types, /sys/kernel/btf/vmlinux): to be done in a process that ends after it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lsm_object {
	const char *prefix;
	const uint8_t *bytes; /* borrowed, as all: the object file */
	size_t size;
	const char *const *programs; /* their names */
	size_t n_programs;
};

/* Are all of its programs in force? */
bool lsm_object_is_loaded(const struct lsm_object *object, const char *pins);

/* Put them in force over the maps that are pinned, which are made if they are not there, and take
 * older ones away.  Returns 0; -EOPNOTSUPP if the kernel has no BPF LSM or it is not among its
 * active ones; -EBADFD if a pinned map is not of this build; what bpf(2) gives. */
int lsm_object_load(const struct lsm_object *object, const char *pins)
	__attribute__((warn_unused_result));

/* Open one of the pinned maps.  Returns a descriptor, or what bpf(2) gives. */
int lsm_object_open_map(const struct lsm_object *object, const char *pins, const char *name)
	__attribute__((warn_unused_result));

/* Take everything of @prefix out of force and unpin it.  Returns 0 or the first failure. */
int lsm_object_unload(const char *prefix, const char *pins) __attribute__((warn_unused_result));
