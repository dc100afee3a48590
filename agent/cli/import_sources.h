/* import_sources - the files that are to be imported: those named, and those in the folders named,
 * as UTF-8. */
#pragma once

#include "policy/import/import.h"

/* A file in a folder that was not read, and why. */
struct import_skipped {
	char *name;	 /* owned */
	const char *why; /* static storage */
};

struct import_sources {
	size_t n, n_skipped;
	struct import_file files[IMPORT_MAX_FILES]; /* names and texts owned */
	struct import_skipped skipped[IMPORT_MAX_FILES];
	size_t bytes; /* of all texts */
};

/* Read @path from @encoding, as iconv(3) calls it; NULL: UTF-8, or UTF-16 where a byte order mark
 * says so.  A folder is read in order of names, byte by byte; hidden files and what is no file are
 * skipped; symbolic links are followed.  Returns 0 or -errno, said on stderr; what *@sources has is
 * freed with import_sources_finish() in either case. */
int import_sources_add(struct import_sources *sources, const char *path, const char *encoding)
	__attribute__((warn_unused_result));
void import_sources_finish(struct import_sources *sources);
