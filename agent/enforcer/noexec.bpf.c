/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * noexec.bpf - the kernel's side of noexec.h: a program for each way in which the bytes of a file
 * become a program.
 *
 * Made for the machine "bpf" and loaded by lsm_object.c; the host's compiler never sees it.  The
 * kernel takes programs of this kind only under a licence that agrees with its own
 * (kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog()). */

enum { EPERM = 1, EACCES = 13, PROT_EXEC = 4, EVENTS_SIZE = 64 * 1024 };

#include "kernel_file.h"

struct linux_binprm {
	struct file *file;
} KERNEL;

struct vm_area_struct {
	struct file *vm_file;
} KERNEL;

/* Is @file on a marked disk?  Then it is told that it was refused to run it. */
static __always_inline int is_refused(struct file *file)
{
	struct inode *inode = file->f_inode;
	struct worker *worker;

	if (mark_of(inode->i_sb) == 0)
		return 0;
	worker = begin_deed(inode->i_sb);
	if (worker != NULL) {
		struct file_event_raw *event =
			begin_event(worker, &worker->opened.deed, FILE_BLOCKED);

		event->inode = inode->i_ino;
		event->size = inode->i_size;
		set_path(event, file->f_path.dentry);
		tell(event);
	}
	return 1;
}

/* execve(2), of scripts too. */
SEC("lsm/bprm_check_security")
int BPF_PROG(noexec_exec, struct linux_binprm *bprm, int ret)
{
	return ret != 0 ? ret : is_refused(bprm->file) ? -EACCES : 0;
}

/* mmap(2) of code: shared libraries, and programs given to the dynamic linker. */
SEC("lsm/mmap_file")
int BPF_PROG(noexec_mmap, struct file *file, unsigned long asked, unsigned long prot,
	     unsigned long flags, int ret)
{
	if (ret != 0 || file == NULL || !(prot & PROT_EXEC))
		return ret;
	return is_refused(file) ? -EPERM : 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(noexec_mprotect, struct vm_area_struct *area, unsigned long asked, unsigned long prot,
	     int ret)
{
	struct file *file;

	if (ret != 0 || !(prot & PROT_EXEC))
		return ret;
	file = area->vm_file;
	return file != NULL && is_refused(file) ? -EPERM : 0;
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
	return is_refused(file) ? -EACCES : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
