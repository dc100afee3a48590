/* users - the names of the users whose numbers the kernel tells, asked for once each. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/common/trail_record.h"

enum { USERS_MAX = 16 };

struct users {
	size_t n;
	struct {
		uint32_t uid;
		char name[TRAIL_USER_SIZE];
	} items[USERS_MAX]; /* the latest first */
};

/* The name of @uid, or "" if it has none, or a longer one.  Valid until the next call. */
const char *users_name(struct users *users, uint32_t uid);
