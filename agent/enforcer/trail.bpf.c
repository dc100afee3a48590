/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * trail.bpf - the kernel's side of trail.h: a program for each thing that can happen to a file.
 *
 * Made for the machine "bpf" and loaded by lsm_object.c; the host's compiler never sees it.
 * One event is told for a file from its opening to its last close, so that however much is written
 * costs no more than once.  Who opened it is who did it; what became of it shows at the end. */

enum { EVENTS_SIZE = 1024 * 1024 };

#include "kernel_file.h"

/* linux/fs.h */
enum { FMODE_READ = 1, FMODE_WRITE = 2, FMODE_CREATED = 0x100000 };

struct renamedata {
	struct dentry *old_dentry;
} KERNEL;

/* The time of its last change has another form since 6.7, and again since 6.11. */
struct inode___6_7 {
	struct timespec64 __i_mtime;
} KERNEL;

struct inode___6_11 {
	long long i_mtime_sec;
	__u32 i_mtime_nsec;
} KERNEL;

static __always_inline __u64 changed_ns(struct inode *inode)
{
	struct inode___6_7 *newer = (void *)inode;
	struct inode___6_11 *newest = (void *)inode;

	if (bpf_core_field_exists(inode->i_mtime))
		return BPF_CORE_READ(inode, i_mtime.tv_sec) * 1000000000ull +
		       BPF_CORE_READ(inode, i_mtime.tv_nsec);
	if (bpf_core_field_exists(newer->__i_mtime))
		return BPF_CORE_READ(newer, __i_mtime.tv_sec) * 1000000000ull +
		       BPF_CORE_READ(newer, __i_mtime.tv_nsec);
	return BPF_CORE_READ(newest, i_mtime_sec) * 1000000000ull +
	       BPF_CORE_READ(newest, i_mtime_nsec);
}

/* The files that are open. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct opened);
} files SEC(".maps");

/* The task at work, with how it finds @file in @opened.  NULL if nobody asks for that. */
static __always_inline struct worker *look_at(struct file *file)
{
	struct inode *inode = file->f_inode;
	struct worker *worker;

	if ((inode->i_mode & S_IFMT) != S_IFREG)
		return NULL;
	worker = begin_deed(inode->i_sb);
	if (worker != NULL) {
		worker->opened.inode = inode->i_ino;
		worker->opened.size = inode->i_size;
		worker->opened.changed_ns = changed_ns(inode);
	}
	return worker;
}

SEC("lsm/file_open")
int BPF_PROG(trail_open, struct file *file, int ret)
{
	__u64 key = (__u64)file;
	struct worker *worker = ret == 0 ? look_at(file) : NULL;

	if (worker != NULL && bpf_map_update_elem(&files, &key, &worker->opened, 0) < 0)
		count_lost();
	return ret;
}

/* How @file was when it was opened.  NULL if it has not been seen then.  An opening that failed
 * after trail_open() leaves what it has noted behind, for the next file at that address. */
static __always_inline struct opened *find_opened(struct file *file)
{
	__u64 key = (__u64)file;
	struct inode *inode = file->f_inode;
	struct opened *opened = bpf_map_lookup_elem(&files, &key);

	if (opened == NULL ||
	    (opened->inode == inode->i_ino && opened->deed.device == inode->i_sb->s_dev))
		return opened;
	bpf_map_delete_elem(&files, &key);
	return NULL;
}

/* What was done with @file since then. */
static __always_inline __u32 closing_flags(struct file *file, const struct opened *opened)
{
	struct inode *inode = file->f_inode;
	__u32 flags = 0;

	if (file->f_mode & FMODE_CREATED)
		flags |= FILE_FLAG_CREATED | FILE_FLAG_WRITTEN;
	if ((file->f_mode & FMODE_WRITE) &&
	    (opened->size != (__u64)inode->i_size || opened->changed_ns != changed_ns(inode)))
		flags |= FILE_FLAG_WRITTEN;
	if (file->f_mode & FMODE_READ)
		flags |= FILE_FLAG_READ;
	return flags;
}

static __always_inline void tell_closed(struct worker *worker, struct file *file,
					const struct opened *opened, __u32 flags)
{
	struct inode *inode = file->f_inode;
	struct file_event_raw *event = begin_event(worker, &opened->deed, FILE_CLOSED);

	event->flags |= flags | closing_flags(file, opened);
	event->inode = inode->i_ino;
	event->size = inode->i_size;
	set_path(event, file->f_path.dentry);
	tell(event);
}

static __always_inline void tell_late(struct file *file)
{
	struct worker *worker = look_at(file);
	__u32 flags = FILE_FLAG_LATE;

	if (worker == NULL)
		return;
	if (file->f_mode & FMODE_WRITE)
		flags |= FILE_FLAG_WRITTEN; /* nobody knows what it was before */
	tell_closed(worker, file, &worker->opened, flags);
}

/* Every file comes by here when its last user has closed it (fs/file_table.c, __fput()). */
SEC("fentry/locks_remove_file")
int BPF_PROG(trail_close, struct file *file)
{
	__u64 key = (__u64)file;
	struct opened *opened = find_opened(file);
	struct worker *worker;

	if (opened == NULL) {
		tell_late(file);
		return 0;
	}
	worker = this_worker(BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (worker != NULL)
		tell_closed(worker, file, opened, 0);
	else
		count_lost();
	bpf_map_delete_elem(&files, &key);
	return 0;
}

static __always_inline void tell_removed(struct dentry *dentry, __u32 flags)
{
	struct worker *worker = begin_deed(dentry->d_sb);
	struct file_event_raw *event;

	if (worker == NULL)
		return;
	event = begin_event(worker, &worker->opened.deed, FILE_REMOVED);
	event->flags |= flags;
	set_path(event, dentry);
	tell(event);
}

SEC("fexit/vfs_unlink")
int BPF_PROG(trail_unlink, void *map, struct inode *directory, struct dentry *dentry,
	     struct inode **delegated, int ret)
{
	if (ret == 0)
		tell_removed(dentry, 0);
	return 0;
}

SEC("fexit/vfs_rmdir")
int BPF_PROG(trail_rmdir, void *map, struct inode *directory, struct dentry *dentry, int ret)
{
	if (ret == 0)
		tell_removed(dentry, FILE_FLAG_DIRECTORY);
	return 0;
}

/* Before it: both paths are known. */
SEC("lsm/inode_rename")
int BPF_PROG(trail_rename, struct inode *old_directory, struct dentry *from,
	     struct inode *new_directory, struct dentry *to, int ret)
{
	struct worker *worker = ret == 0 ? begin_deed(from->d_sb) : NULL;
	struct file_event_raw *event;
	__u64 at;

	if (worker == NULL)
		return ret;
	event = begin_event(worker, &worker->opened.deed, FILE_RENAMED);
	if ((from->d_inode->i_mode & S_IFMT) == S_IFDIR)
		event->flags |= FILE_FLAG_DIRECTORY;
	event->inode = from->d_inode->i_ino;
	event->size = from->d_inode->i_size;
	set_path(event, from);
	at = end_of(event);
	event->to_size = append_path(event, at, address(event, to), 0, FILE_EVENT_TEXT) - at;
	worker->renaming = 1;
	return 0;
}

/* After it: it came to be. */
SEC("fexit/vfs_rename")
int BPF_PROG(trail_renamed, struct renamedata *rename, int ret)
{
	struct worker *worker = this_worker(0);

	if (worker == NULL || !worker->renaming)
		return 0;
	worker->renaming = 0;
	if (ret == 0)
		tell(&worker->event);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
