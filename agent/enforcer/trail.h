/* trail - what happens to the files of a disk that is marked (marks.h) is told: which were written
 * and read, removed and renamed, by whom, with which program.
 *
 * Programs of the kernel's (trail.bpf.c) are asked when a file is opened, closed, removed and
 * renamed, and put an event into a ring (agent/common/file_event.h), which devgate-filewatch reads.
 * They refuse nothing, and wait for nobody: what finds no room is counted (marks_lost()).
 *
 * Why not fanotify(7): a mark needs the file system to be mounted, where the watcher can see it,
 * and misses what is done before; exfat gives no file handles, which names are told by; a name is
 * told by a handle of its folder, and to ask for the folder's path keeps people from unmounting;
 * and who did it is a process that may have ended by then.  Here the mark is the disk's, and is
 * there before anybody may open it; and the kernel knows the caller's user and program at the time.
 */
#pragma once

#include "marks.h"

/* marks_begin() with those programs. */
void trail_begin(struct marks *marks, int sysfs_fd, const char *pins);

/* Take everything out of force, for the removal of the program.  Returns 0 or the first failure. */
int trail_release(const char *pins) __attribute__((warn_unused_result));
