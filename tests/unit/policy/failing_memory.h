/* failing_memory - let the n-th allocation fail, for n = 1, 2, 3 ... until all succeed.
 * The sources that allocate are compiled into a test between failing_memory_begin.h and
 * failing_memory_end.h; Jansson is given failing_malloc_for_jansson(). */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cmocka_test.h"

static size_t countdown; /* allocations until one fails; 0: none does */

static inline bool fails(void)
{
	return countdown > 0 && --countdown == 0;
}

static inline void *failing_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static inline void *failing_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

static inline void *failing_realloc(void *old, size_t size)
{
	return fails() ? NULL : realloc(old, size);
}

static inline void *failing_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : reallocarray(old, n, size);
}

static inline char *failing_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

/* Jansson 2.14 does not look whether its token buffer could grow (lex_save() in load.c) and goes on
 * with less than it read.  That is not for these tests to find: the buffer, and whatever else is
 * 32, 64, 128 ... bytes, is always had. */
static inline void *failing_malloc_for_jansson(size_t size)
{
	return size >= 32 && (size & (size - 1)) == 0 ? malloc(size) : failing_malloc(size);
}

/* Run @task until no allocation of it fails.  It returns 0 or an error, and asserts that it left
 * nothing behind; that takes more than @least allocations. */
static inline void fail_each_allocation(const char *name, int (*task)(void), size_t least)
{
	size_t n = 0;
	int r;

	do {
		countdown = ++n;
		r = task();
		/* Jansson calls a token without memory an invalid one. */
		if (r != 0 && r != -ENOMEM && r != -EBADMSG)
			fail_msg("%s, allocation %zu: %d", name, n, r);
		/* It failed because an allocation did, and not for another reason. */
		if (r != 0)
			assert_int_equal(countdown, 0);
	} while (r != 0);
	assert_true(countdown > 0);
	countdown = 0;
	assert_in_range(n, least, 20000);
}
