/* api_path - a path of the collector's people's port, with its query, percent-encoded (RFC 3986).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { API_PATH_SIZE = 4096 };

struct api_path {
	size_t size;
	bool overflow; /* something did not fit; api refuses the path */
	bool query;
	char text[API_PATH_SIZE];
};

/* Start with @prefix, e.g. "/api/v1/hosts", taken as it is. */
void api_path_start(struct api_path *path, const char *prefix);
/* Add "/" and @segment, encoded. */
void api_path_segment(struct api_path *path, const char *segment);
/* Add the parameter @name=@value, encoded; nothing if @value is NULL. */
void api_path_query(struct api_path *path, const char *name, const char *value);
