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

static __always_inline struct file_event_raw *begin_file(struct file *file)
{
	struct inode *inode = file->f_inode;
	struct file_event_raw *event;

	if ((inode->i_mode & S_IFMT) != S_IFREG)
		return NULL;
	event = begin_event((__u64)file, inode->i_sb);
	if (event == NULL)
		return NULL;
	event->kind = FILE_CLOSED;
	event->inode = inode->i_ino;
	event->size = inode->i_size;
	event->changed_ns = changed_ns(inode);
	return event;
}

SEC("lsm/file_open")
int BPF_PROG(trail_open, struct file *file, int ret)
{
	if (ret == 0)
		begin_file(file);
	return ret;
}

/* Every file comes by here when its last user has closed it (fs/file_table.c, __fput()). */
SEC("fentry/locks_remove_file")
int BPF_PROG(trail_close, struct file *file)
{
	__u64 key = (__u64)file;
	struct inode *inode = file->f_inode;
	struct file_event_raw *event = bpf_map_lookup_elem(&pending, &key);

	if (event == NULL) {
		event = begin_file(file);
		if (event == NULL)
			return 0;
		event->flags |= FILE_FLAG_LATE;
		if (file->f_mode & FMODE_WRITE)
			event->flags |= FILE_FLAG_WRITTEN; /* nobody knows what it was before */
	}
	if (file->f_mode & FMODE_CREATED)
		event->flags |= FILE_FLAG_CREATED | FILE_FLAG_WRITTEN;
	if ((file->f_mode & FMODE_WRITE) &&
	    (event->size != (__u64)inode->i_size || event->changed_ns != changed_ns(inode)))
		event->flags |= FILE_FLAG_WRITTEN;
	if (file->f_mode & FMODE_READ)
		event->flags |= FILE_FLAG_READ;
	event->size = inode->i_size;
	set_path(event, file->f_path.dentry);
	tell(key, event);
	return 0;
}

static __always_inline void tell_removed(struct dentry *dentry, __u32 flags)
{
	__u64 key = bpf_get_current_task();
	struct file_event_raw *event = begin_event(key, dentry->d_sb);

	if (event == NULL)
		return;
	event->kind = FILE_REMOVED;
	event->flags |= flags;
	set_path(event, dentry);
	tell(key, event);
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
	struct file_event_raw *event;
	__u64 at;

	if (ret != 0)
		return ret;
	event = begin_event(bpf_get_current_task(), from->d_sb);
	if (event == NULL)
		return 0;
	event->kind = FILE_RENAMED;
	if ((from->d_inode->i_mode & S_IFMT) == S_IFDIR)
		event->flags |= FILE_FLAG_DIRECTORY;
	event->inode = from->d_inode->i_ino;
	event->size = from->d_inode->i_size;
	set_path(event, from);
	at = end_of(event);
	event->to_size = append_path(event, at, address(event, to), 0) - at;
	return 0;
}

/* After it: it came to be. */
SEC("fexit/vfs_rename")
int BPF_PROG(trail_renamed, struct renamedata *rename, int ret)
{
	__u64 key = bpf_get_current_task();
	struct file_event_raw *event = bpf_map_lookup_elem(&pending, &key);

	if (event == NULL)
		return 0;
	if (ret == 0)
		tell(key, event);
	else
		bpf_map_delete_elem(&pending, &key);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
