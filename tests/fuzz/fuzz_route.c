/* A path that somebody asks for: the segment that is kept never runs over, and what is refused says
 * why. */
#include "fuzz.h"

#include "server/collector/agents_api.h"
#include "server/collector/people_api.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void find(const struct route *routes, size_t n, const char *method, const char *path)
{
	char segment[ROUTE_SEGMENT_SIZE] = "";
	struct problem problem = { 0 };
	const struct route *route = route_find(routes, n, method, path, segment, &problem);

	assert(strlen(segment) < ROUTE_SEGMENT_SIZE);
	assert(!strchr(segment, '/'));
	assert((route == NULL) == (problem.status == 404 || problem.status == 405));
	assert(route == NULL || strcmp(route->method, method) == 0);
	assert(problem.status != 405 || *problem.allow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "HEAD" };
	char *path = strndup((const char *)data, size);
	const struct route *routes;
	size_t n;

	assert(path != NULL);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		routes = agents_routes(&n);
		find(routes, n, methods[i], path);
		routes = people_routes(&n);
		find(routes, n, methods[i], path);
	}
	free(path);
	return 0;
}
