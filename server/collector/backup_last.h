/* backup_last - when the site was last backed up from this data directory: last-backup.json, which
 * the backup leaves behind for the collector to tell.
 *   {"time": "2026-11-23T08:00:00Z", "to": "/srv/backup/2026-11-23"} */
#pragma once

#include <stdint.h>

/* 0 or -errno. */
int backup_last_write(const char *directory, const char *to, int64_t now)
	__attribute__((warn_unused_result));

/* Returns 0; -ENOENT: never; -EBADMSG; -errno. */
int backup_last_read(const char *directory, int64_t *ret) __attribute__((warn_unused_result));
