/* An address has one handler, and a refusal says what there is. */
#include <string.h>

#include "server/collector/agents_api.h"
#include "server/collector/people_api.h"
#include "tests/unit/policy/cmocka_test.h"

struct expectation {
	const char *method, *path;
	const char *pattern; /* NULL: refused */
	const char *segment;
	unsigned status;
	const char *allow;
};

static void check(const struct route *routes, size_t n, const struct expectation *want)
{
	char segment[ROUTE_SEGMENT_SIZE] = "";
	struct problem problem = { 0 };
	const struct route *route =
		route_find(routes, n, want->method, want->path, segment, &problem);

	if (want->pattern) {
		assert_non_null(route);
		assert_string_equal(route->pattern, want->pattern);
		assert_string_equal(route->method, want->method);
		if (want->segment)
			assert_string_equal(segment, want->segment);
		return;
	}
	assert_null(route);
	assert_int_equal(problem.status, want->status);
	if (want->allow)
		assert_string_equal(problem.allow, want->allow);
}

static void test_people(void **state)
{
	char long_path[300] = "/api/v1/media/";
	const struct expectation cases[] = {
		{ "GET", "/healthz", "/healthz" },
		{ "GET", "/api/v1/events", "/api/v1/events" },
		{ "GET", "/api/v1/events/raw", "/api/v1/events/raw" },
		{ "POST", "/api/v1/hosts/abc/revoke", "/api/v1/hosts/*/revoke", "abc" },
		{ "DELETE", "/api/v1/media/A-001", "/api/v1/media/*", "A-001" },
		{ "GET", "/", NULL, NULL, 404 },
		{ "GET", "", NULL, NULL, 404 },
		{ "GET", "/api/v1/hosts/", NULL, NULL, 404 },
		{ "POST", "/api/v1/hosts//revoke", NULL, NULL, 404 },
		{ "POST", "/api/v1/hosts/a/b/revoke", NULL, NULL, 404 },
		{ "POST", "/api/v1/hosts/a/revoke/", NULL, NULL, 404 },
		{ "PUT", "/api/v1/media", NULL, NULL, 405, "GET, POST" },
		{ "POST", "/api/v1/sections/x", NULL, NULL, 405, "GET, PUT" },
		{ "HEAD", "/healthz", NULL, NULL, 405, "GET" },
		{ "get", "/healthz", NULL, NULL, 405, "GET" },
		{ "DELETE", long_path, NULL, NULL, 404 },
	};
	size_t n;
	const struct route *routes = people_routes(&n);

	(void)state;
	memset(long_path + strlen(long_path), 'a', ROUTE_SEGMENT_SIZE);
	for (size_t i = 0; i < COUNT(cases); i++)
		check(routes, n, &cases[i]);
}

/* Only enrolment and the two health checks are open, and nobody but officers changes anything. */
static void test_access(void **state)
{
	size_t n;
	const struct route *routes = agents_routes(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(routes[i].access, strcmp(routes[i].pattern, "/v1/enroll") == 0
							   ? ACCESS_OPEN
							   : ACCESS_HOST);
	routes = people_routes(&n);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(routes[i].pattern, "/healthz") == 0 ||
		    strcmp(routes[i].pattern, "/readyz") == 0)
			assert_int_equal(routes[i].access, ACCESS_OPEN);
		else if (strcmp(routes[i].method, "GET") == 0)
			assert_int_equal(routes[i].access, ACCESS_AUDITOR);
		else
			assert_int_equal(routes[i].access, ACCESS_OFFICER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
