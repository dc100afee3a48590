/* host - the workstations that the collector knows. */
#pragma once

#include "api.h"

/* Fetch {"hosts":[...]}.  Gives *@ret.  0 or -errno, told. */
int host_list(struct api *api, json_t **ret) __attribute__((warn_unused_result));

/* The host that @name means in @list: an id, or a hostname that only one has.  Owned by @list;
 * NULL, told, if there is none or more than one. */
const json_t *host_find(const json_t *list, const char *name) __attribute__((warn_unused_result));

/* The id of the host that @name means, fetched; NULL @name gives NULL.  Gives *@ret, to be freed.
 */
int host_id(struct api *api, const char *name, char **ret) __attribute__((warn_unused_result));
