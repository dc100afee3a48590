/* cleanup - release what a scope owns when it is left, for all of server/.
 * Header only. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

static inline void cleanup_free(void *slot)
{
	free(*(void **)slot);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_json(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_free_	__attribute__((cleanup(cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))
#define _cleanup_json_	__attribute__((cleanup(cleanup_json)))

/* Move ownership out of a variable that has a cleanup. */
#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})
