/* medium_probe - the child's side of medium.h: read with libblkid what is on a disk or partition.
 *
 * Encryption is looked for first, by two small parsers alone, and its answer written before any of
 * the many that know file systems runs: what takes over one of those cannot call a plain disk
 * encrypted any more, only the reverse. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <blkid/blkid.h>

#include "policy/circumstances.h"

enum { MEDIUM_LABEL_SIZE = 256 };

/* The first part of the answer. */
struct medium_kind {
	uint64_t bytes;	     /* 0: no medium */
	uint32_t encryption; /* enum encryption */
	uint32_t zero;
};

/* The second. */
struct medium_texts {
	/* A file system that could be mounted as it is, beside the encryption if there is that;
	 * PLAIN_UNSURE: several. */
	enum medium_plain { PLAIN_NONE, PLAIN_FOUND, PLAIN_UNSURE } plain;
	uint32_t has_label;	       /* it is known; "" for none */
	char label[MEDIUM_LABEL_SIZE]; /* zeros behind its end */
};

struct medium_answer {
	struct medium_kind kind;
	struct medium_texts texts;
};

/* Read what is on @probe, whose device has been set; nothing else is done to it.  The texts are
 * looked for if something is encrypted, or @label.
 * Return 0; -EIO if libblkid could not read it. */
int medium_probe_kind(blkid_probe probe, struct medium_kind *ret)
	__attribute__((warn_unused_result));
int medium_probe_texts(blkid_probe probe, enum encryption encryption, bool label,
		       struct medium_texts *ret) __attribute__((warn_unused_result));

/* In a child: examine the disk or file @fd, confined (confine.h), and write struct medium_answer to
 * @answer_fd.  Returns 0; -EIO; what the ioctls, write(2), confine() give. */
int medium_probe_answer(int fd, bool label, int answer_fd) __attribute__((warn_unused_result));
