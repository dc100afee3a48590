#include "route.h"

#include <string.h>

/* The methods a path can have here, as the Allow header of each combination that occurs. */
static const char *allow_of(bool get, bool post, bool put, bool delete)
{
	if (get && post)
		return "GET, POST";
	if (get && put)
		return "GET, PUT";
	if (get)
		return "GET";
	if (post)
		return "POST";
	if (put)
		return "PUT";
	return delete ? "DELETE" : "";
}

static bool matches(const char *pattern, const char *path, char ret[static ROUTE_SEGMENT_SIZE])
{
	const char *star = strchr(pattern, '*');

	if (!star)
		return strcmp(pattern, path) == 0;
	size_t before = (size_t)(star - pattern);
	if (strncmp(pattern, path, before) != 0)
		return false;
	const char *segment = path + before;
	size_t size = strcspn(segment, "/");
	if (size == 0 || size >= ROUTE_SEGMENT_SIZE || strcmp(segment + size, star + 1) != 0)
		return false;
	memcpy(ret, segment, size);
	ret[size] = '\0';
	return true;
}

const struct route *route_find(const struct route *routes, size_t n, const char *method,
			       const char *path, char ret_segment[static ROUTE_SEGMENT_SIZE],
			       struct problem *ret_problem)
{
	bool get = false, post = false, put = false, delete = false;

	for (size_t i = 0; i < n; i++) {
		if (!matches(routes[i].pattern, path, ret_segment))
			continue;
		if (strcmp(routes[i].method, method) == 0)
			return &routes[i];
		get = get || strcmp(routes[i].method, "GET") == 0;
		post = post || strcmp(routes[i].method, "POST") == 0;
		put = put || strcmp(routes[i].method, "PUT") == 0;
		delete = delete || strcmp(routes[i].method, "DELETE") == 0;
	}
	const char *allow = allow_of(get, post, put, delete);
	if (!*allow) {
		problem_set(ret_problem, MHD_HTTP_NOT_FOUND, "not-found",
			    "There is nothing at this address.");
		return NULL;
	}
	problem_set(ret_problem, MHD_HTTP_METHOD_NOT_ALLOWED, "method-not-allowed",
		    "This address takes %s.", allow);
	ret_problem->allow = allow;
	return NULL;
}
