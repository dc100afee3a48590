/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * kernel_file - what noexec.bpf.c and trail.bpf.c share on the kernel's side: the maps in which
 * disks are marked, and how an event is put together and told.  For the machine "bpf" only.
 *
 * Of the kernel's structures only the members that are read are named here; where they lie is found
 * out when the program is loaded.  EVENTS_SIZE is set before: bytes of the ring, a power of two. */
#pragma once

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed short __s16;
typedef signed int __s32;
typedef signed long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

/* As far as bpf_helpers.h and these files name them: linux/bpf.h, linux/fs.h, linux/stat.h. */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29
};
enum { BPF_F_NO_PREALLOC = 1, BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0, FS_REQUIRES_DEV = 1, MINOR_BITS = 20 };
enum { S_IFMT = 0170000, S_IFREG = 0100000, S_IFDIR = 0040000 };

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "agent/common/file_event.h"
#include "marks_maps.h"

#define KERNEL __attribute__((preserve_access_index))
#define NULL   ((void *)0)

struct file_system_type {
	int fs_flags;
} KERNEL;

struct super_block {
	__u32 s_dev;
	struct file_system_type *s_type;
	char s_id[MARKS_NAME_SIZE];
} KERNEL;

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
} KERNEL;

struct inode {
	struct super_block *i_sb;
	__u16 i_mode;
	unsigned long i_ino;
	long long i_size;
	struct timespec64 i_mtime;
} KERNEL;

struct qstr {
	const unsigned char *name;
} KERNEL;

struct dentry {
	struct super_block *d_sb;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
} KERNEL;

struct vfsmount {
	struct dentry *mnt_root;
} KERNEL;

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
} KERNEL;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} KERNEL;

struct file {
	struct path f_path;
	struct inode *f_inode;
	__u32 f_mode;
} KERNEL;

struct mm_struct {
	struct file *exe_file;
} KERNEL;

struct kernfs_node {
	const char *name;
} KERNEL;

struct cgroup {
	struct kernfs_node *kn;
} KERNEL;

struct css_set {
	struct cgroup *dfl_cgrp;
} KERNEL;

struct task_struct {
	struct mm_struct *mm;
	struct css_set *cgroups;
	__u64 self_exec_id; /* one more with each execve(2) */
	struct {
		__u32 val;
	} loginuid;
} KERNEL;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MARKS_MAX);
	__type(key, struct mark_number);
	__type(value, __u32);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MARKS_MAX);
	__type(key, struct mark_name);
	__type(value, __u32);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENTS_SIZE);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MARKS_LOST_SIZE);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

/* Who does what to which disk.  @text: names as in struct file_event_raw, of the program and of the
 * control group. */
enum { DEED_TEXT = FILE_EVENT_PROGRAM + 2 * FILE_EVENT_NAME };

struct deed {
	__u64 at_ns;
	__u32 stay, device, flags;
	__u32 uid, loginuid, process;
	__u32 program_size, group_size;
	char comm[FILE_EVENT_COMM];
	char text[DEED_TEXT];
};

/* A file as it was when it was opened. */
struct opened {
	__u64 inode, size, changed_ns;
	struct deed deed;
};

/* What is kept with a task that was at work on a marked disk.  Its program and its group are looked
 * up again when they have changed, which is far from every time that it opens a file. */
struct worker {
	__u64 program,
		group;	/* as they were looked up: which execve(2) of its, and the group's id */
	__u32 renaming; /* @event is of a new name that it has not got yet */
	struct opened opened;
	struct file_event_raw event; /* is put together here */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct worker);
} workers SEC(".maps");

/* The mark of the disk that @sb lies on, or 0.  Some file systems that lie on a disk have a number
 * of their own all the same (btrfs); they are known by the disk's name, which the kernel itself has
 * written there. */
static __always_inline __u32 mark_of(struct super_block *sb)
{
	struct mark_number number = { .number = sb->s_dev };
	struct mark_name name = {};
	__u32 *found = bpf_map_lookup_elem(&numbers, &number);

	if (found != NULL)
		return *found;
	if (number.number >> MINOR_BITS != 0 || !(sb->s_type->fs_flags & FS_REQUIRES_DEV))
		return 0;
	bpf_probe_read_kernel_str(name.name, sizeof(name.name), sb->s_id);
	found = bpf_map_lookup_elem(&names, &name);
	if (found == NULL)
		return 0;
	number.number = *found;
	found = bpf_map_lookup_elem(&numbers, &number);
	return found == NULL ? MARK_INHERITED : *found;
}

static __always_inline void count_lost(void)
{
	const __u32 counted = MARKS_LOST_COUNTED;
	__u64 *n = bpf_map_lookup_elem(&lost, &counted);

	if (n != NULL)
		__sync_fetch_and_add(n, 1);
}

/* Append one name at @at.  Returns its bytes with its NUL; 0 if there is no room for it. */
static __always_inline __u64 append_name(struct file_event_raw *event, __u64 at, const void *name)
{
	long n;

	barrier_var(at); /* what is compared here is what is added there: the kernel checks that */
	if (at > FILE_EVENT_TEXT)
		return 0;
	n = bpf_probe_read_kernel_str(event->text + at, FILE_EVENT_NAME, name);
	return n <= 0 ? 0 : n;
}

/* Append the names from the dentry @from up: with the vfsmount @in to the root of its mount
 * namespace, without to the root of its file system.  None begins behind @limit.  Returns where the
 * next goes in the text, from @at on.  A function that is not static is checked by the kernel once,
 * not at each call: with its loop, that makes the difference of a load in no time and one in many
 * seconds. */
__attribute__((noinline)) int append_path(struct file_event_raw *event, __u64 at, __u64 from,
					  __u64 in, __u64 limit)
{
	struct dentry *dentry = (struct dentry *)from;
	struct vfsmount *mnt = (struct vfsmount *)in;

	if (event == NULL)
		return 0;
	for (int i = 0; i < FILE_EVENT_COMPONENTS; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		__u64 n;

		if (mnt != NULL && dentry == BPF_CORE_READ(mnt, mnt_root)) {
			/* not container_of(), which has this file's offset, not the kernel's */
			struct mount *mount =
				(struct mount *)((char *)mnt -
						 bpf_core_field_offset(struct mount, mnt));
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				return at;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mnt = (struct vfsmount *)((char *)above +
						  bpf_core_field_offset(struct mount, mnt));
			continue;
		}
		if (dentry == parent)
			return at;
		n = at > limit ? 0 : append_name(event, at, BPF_CORE_READ(dentry, d_name.name));
		if (n == 0)
			break;
		at += n;
		dentry = parent;
	}
	event->flags |= FILE_FLAG_CUT;
	return at;
}

/* What is kept with the task at work; @flags: BPF_LOCAL_STORAGE_GET_F_CREATE, or 0.  NULL: nothing,
 * or there is no memory. */
static __always_inline struct worker *this_worker(__u64 flags)
{
	return bpf_task_storage_get(&workers, (void *)bpf_get_current_task_btf(), NULL, flags);
}

/* Look up the program and the group of the task at work. */
__attribute__((noinline)) int look_up(struct worker *worker)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *program = BPF_CORE_READ(task, mm, exe_file);
	const char *group = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, name);
	struct file_event_raw *event;
	struct deed *deed;
	__u64 at = 0;

	if (worker == NULL)
		return 0;
	deed = &worker->opened.deed;
	event = &worker->event;
	event->flags = 0;
	if (program != NULL)
		at = append_path(event, 0, (__u64)BPF_CORE_READ(program, f_path.dentry),
				 (__u64)BPF_CORE_READ(program, f_path.mnt), FILE_EVENT_PROGRAM);
	deed->flags = event->flags & FILE_FLAG_CUT ? FILE_FLAG_PROGRAM_CUT : 0;
	deed->program_size = at;
	deed->group_size = append_name(event, at, group);
	bpf_probe_read_kernel(deed->text, sizeof(deed->text), event->text);
	worker->program = BPF_CORE_READ(task, self_exec_id) + 1;
	worker->group = bpf_get_current_cgroup_id();
	return 0;
}

/* The task at work, with what it does now to the file system @sb in @opened.deed.  NULL if that has
 * no mark, or there is no memory. */
static __always_inline struct worker *begin_deed(struct super_block *sb)
{
	__u32 mark = mark_of(sb);
	struct task_struct *task;
	struct worker *worker;
	struct deed *deed;

	if (mark == 0)
		return NULL;
	worker = this_worker(BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (worker == NULL) {
		count_lost();
		return NULL;
	}
	task = bpf_get_current_task_btf();
	if (worker->program != task->self_exec_id + 1 ||
	    worker->group != bpf_get_current_cgroup_id())
		look_up(worker);
	deed = &worker->opened.deed;
	deed->at_ns = bpf_ktime_get_boot_ns();
	deed->stay = mark >> MARK_HOW_BITS;
	deed->device = sb->s_dev;
	deed->uid = (__u32)bpf_get_current_uid_gid();
	deed->loginuid = bpf_core_field_exists(task->loginuid) ? task->loginuid.val : ~0u;
	deed->process = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(deed->comm, sizeof(deed->comm));
	return worker;
}

/* Begin an event of @worker's, about what was done in @deed. */
static __always_inline struct file_event_raw *begin_event(struct worker *worker,
							  const struct deed *deed, __u32 kind)
{
	struct file_event_raw *event = &worker->event;
	__u64 size = deed->program_size + deed->group_size;

	worker->renaming = 0;
	event->opened_ns = deed->at_ns;
	event->inode = event->size = 0;
	event->kind = kind;
	event->stay = deed->stay;
	event->device = deed->device;
	event->flags = deed->flags;
	event->uid = deed->uid;
	event->loginuid = deed->loginuid;
	event->process = deed->process;
	event->program_size = deed->program_size;
	event->group_size = deed->group_size;
	event->path_size = event->to_size = 0;
	__builtin_memcpy(event->comm, deed->comm, sizeof(event->comm));
	barrier_var(size);
	if (size > sizeof(deed->text))
		size = sizeof(deed->text);
	bpf_probe_read_kernel(event->text, size, deed->text);
	return event;
}

static __always_inline __u32 end_of(const struct file_event_raw *event)
{
	return event->program_size + event->group_size + event->path_size;
}

/* An address as a plain number, which is all that a function checked by itself can be given. */
static __always_inline __u64 address(struct file_event_raw *event, const void *what)
{
	volatile __u64 *place = (volatile __u64 *)&event->closed_ns; /* free until the end */

	*place = (__u64)what;
	return *place;
}

static __always_inline void set_path(struct file_event_raw *event, struct dentry *dentry)
{
	__u64 at = end_of(event);

	event->path_size = append_path(event, at, address(event, dentry), 0, FILE_EVENT_TEXT) - at;
}

/* The reader is woken for the first of many, and then looks from time to time. */
static __always_inline void tell(struct file_event_raw *event)
{
	const __u64 head = __builtin_offsetof(struct file_event_raw, text);
	__u64 size = end_of(event) + event->to_size;

	event->closed_ns = bpf_ktime_get_boot_ns();
	barrier_var(size);
	if (size > sizeof(event->text))
		size = sizeof(event->text);
	if (bpf_ringbuf_output(&events, event, head + size,
			       bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) == 0
				       ? BPF_RB_FORCE_WAKEUP
				       : BPF_RB_NO_WAKEUP) < 0)
		count_lost();
}
