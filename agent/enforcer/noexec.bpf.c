/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * noexec.bpf - the kernel's side of noexec.h: a program for each way in which the bytes of a file
 * become a program.
 *
 * Made for the machine "bpf" and loaded by noexec_load.c; the host's compiler never sees it.  The
 * kernel takes programs of this kind only under a licence that agrees with its own
 * (kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog()).  Of the kernel's structures only the members that
 * are read are named here; where they lie is found out when the program is loaded. */

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

/* As far as bpf_helpers.h and this file name them: linux/bpf.h, asm-generic/errno-base.h,
 * asm-generic/mman-common.h, linux/fs.h. */
enum { BPF_MAP_TYPE_HASH = 1, EPERM = 1, EACCES = 13, PROT_EXEC = 4, FS_REQUIRES_DEV = 1 };
enum { MINOR_BITS = 20, NAME_SIZE = 32 };

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "noexec_maps.h"

#define KERNEL __attribute__((preserve_access_index))

struct file_system_type {
	int fs_flags;
} KERNEL;

struct super_block {
	__u32 s_dev;
	struct file_system_type *s_type;
	char s_id[NAME_SIZE];
} KERNEL;

struct inode {
	struct super_block *i_sb;
} KERNEL;

struct dentry {
	struct super_block *d_sb;
} KERNEL;

struct path {
	struct dentry *dentry;
} KERNEL;

struct file {
	struct path f_path;
	struct inode *f_inode;
	__u32 f_mode;
} KERNEL;

struct linux_binprm {
	struct file *file;
} KERNEL;

struct vm_area_struct {
	struct file *vm_file;
} KERNEL;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NOEXEC_MAX_MARKS);
	__type(key, struct noexec_number);
	__type(value, __u32);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NOEXEC_MAX_MARKS);
	__type(key, struct noexec_name);
	__type(value, __u32);
} names SEC(".maps");

/* Some file systems that lie on a disk have a number of their own all the same (btrfs); they are
 * known by the disk's name, which the kernel itself has written there. */
static __always_inline int is_marked(struct super_block *sb)
{
	struct noexec_number number = { .number = sb->s_dev };
	struct noexec_name name = {};

	if (bpf_map_lookup_elem(&numbers, &number) != 0)
		return 1;
	if (number.number >> MINOR_BITS != 0 || !(sb->s_type->fs_flags & FS_REQUIRES_DEV))
		return 0;
	bpf_probe_read_kernel_str(name.name, sizeof(name.name), sb->s_id);
	return bpf_map_lookup_elem(&names, &name) != 0;
}

/* execve(2), of scripts too. */
SEC("lsm/bprm_check_security")
int BPF_PROG(noexec_exec, struct linux_binprm *bprm, int ret)
{
	return ret != 0 ? ret : is_marked(bprm->file->f_inode->i_sb) ? -EACCES : 0;
}

/* mmap(2) of code: shared libraries, and programs given to the dynamic linker. */
SEC("lsm/mmap_file")
int BPF_PROG(noexec_mmap, struct file *file, unsigned long asked, unsigned long prot,
	     unsigned long flags, int ret)
{
	if (ret != 0 || file == 0 || !(prot & PROT_EXEC))
		return ret;
	return is_marked(file->f_inode->i_sb) ? -EPERM : 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(noexec_mprotect, struct vm_area_struct *area, unsigned long asked, unsigned long prot,
	     int ret)
{
	struct file *file;

	if (ret != 0 || !(prot & PROT_EXEC))
		return ret;
	file = area->vm_file;
	return file != 0 && is_marked(file->f_inode->i_sb) ? -EPERM : 0;
}

/* A file system stacked on a marked one (overlay, which anybody may mount in a user namespace)
 * would show its files as its own, and run them.  It opens the file below by a path that is not on
 * the file system that the file is on; since 6.5 with a mode of its own. */
SEC("lsm/file_open")
int BPF_PROG(noexec_open, struct file *file, int ret)
{
	enum { FMODE_BACKING = 0x2000000 };
	struct super_block *sb;

	if (ret != 0)
		return ret;
	sb = file->f_inode->i_sb;
	if (file->f_path.dentry->d_sb == sb && !(file->f_mode & FMODE_BACKING))
		return 0;
	return is_marked(sb) ? -EACCES : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
