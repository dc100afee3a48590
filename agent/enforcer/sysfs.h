/* sysfs - read and write the kernel's attributes, relative to directory descriptors.
 * A device's directory is opened once and kept: when the device goes, what is written through it
 * fails, even if another device has come to the same port.  Nothing here knows what a value means.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Open the directory @path under @dirfd for use as a dirfd only (O_PATH).  Gives *@ret_fd.
 * Returns 0 or what openat(2) gives. */
int sysfs_open(int dirfd, const char *path, int *ret_fd) __attribute__((warn_unused_result));

/* The inode of an open directory, or of that at @path: sysfs does not give one twice in a boot
 * (fs/kernfs). Returns 0 or what fstat(2) gives. */
int sysfs_inode(int fd, uint64_t *ret) __attribute__((warn_unused_result));
int sysfs_inode_at(int dirfd, const char *path, uint64_t *ret) __attribute__((warn_unused_result));

/* Read attribute @name into @ret, without its final '\n', NUL-terminated; it may hold any bytes.
 * Returns its length; -E2BIG if @ret_size is too small; what openat(2), read(2) give. */
int sysfs_read(int dirfd, const char *name, char *ret, size_t ret_size)
	__attribute__((warn_unused_result));

/* From start to stop, sysfs_read() gives -ETIME once @timeout_ms have passed.  For attributes that
 * the kernel guards with the device's lock, which is held while a driver waits for the device
 * ("serial", "product", "manufacturer": usb_string_attr() in drivers/usb/core/sysfs.c).  Uses
 * SIGALRM; one thread at a time.  Gives *@ret, for the stop.  Returns 0 or what timer_create(2)
 * gives. */
int sysfs_alarm_start(unsigned timeout_ms, timer_t *ret) __attribute__((warn_unused_result));
void sysfs_alarm_stop(timer_t timer);

/* Read a number in @base, 0 to @max.  Returns 0; -EBADMSG if it is none; as sysfs_read(). */
int sysfs_read_number(int dirfd, const char *name, int base, uint64_t max, uint64_t *ret)
	__attribute__((warn_unused_result));

/* Write @value to attribute @name in one write(2).  Returns 0 or what openat(2), write(2) give. */
int sysfs_write(int dirfd, const char *name, const char *value) __attribute__((warn_unused_result));

/* Names in directory @path under @dirfd that @wanted accepts, sorted shorter first, then by bytes:
 * a hub before what hangs on it.  Gives *@ret, freed with sysfs_names_free().
 * Returns how many; -E2BIG above SYSFS_MAX_NAMES; -ENOMEM; what openat(2), readdir(3) give. */
enum { SYSFS_MAX_NAMES = 65536 };
int sysfs_list(int dirfd, const char *path, bool (*wanted)(const char *name), char ***ret)
	__attribute__((warn_unused_result));
void sysfs_names_free(char ***names);
