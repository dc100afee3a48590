/* users - the processes that use a file system, as /proc shows them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Send @signal to each process that has a file of the file system with the number @number open for
 * writing; or, with @all, that has anything of it open, or stands in it.  Never to the first
 * process nor to this one.  Returns how many there were; what opendir(3) gives. */
int users_signal(dev_t number, bool all, int signal) __attribute__((warn_unused_result));
