/* data_folder - the collector's data folder while `devgatectl init` makes it: built beside its
 * place under another name, and put there by rename(2) when it is whole. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct data_folder {
	char *place;	/* owned; where it shall be */
	char *building; /* owned; where it is being made */
	uid_t uid;	/* who gets it: the owner of an empty folder that is at @place, else us */
	gid_t gid;
};

/* Begin: @place must be absent or an empty folder.  Complains of a failure.  0 or -errno. */
int data_folder_begin(struct data_folder *ret, const char *place)
	__attribute__((warn_unused_result));

/* Write @name in it.  0 or -errno, told. */
int data_folder_write(const struct data_folder *folder, const char *name, const void *bytes,
		      size_t size, mode_t mode) __attribute__((warn_unused_result));

/* Give it to its owner and put it in its place.  0 or -errno, told. */
int data_folder_commit(struct data_folder *folder) __attribute__((warn_unused_result));

/* Free; what was not committed is removed. */
void data_folder_finish(struct data_folder *folder);
