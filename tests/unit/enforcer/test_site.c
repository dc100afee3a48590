/* Which addresses mean that the machine is on site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "agent/enforcer/site.h"

static void test_among(void **state)
{
	static const struct {
		const char *address; /* NULL: an interface without one */
		bool up, on;
	} cases[] = {
		{ "10.1.2.3", true, true },	{ "10.1.2.3", false, false },
		{ "10.2.2.3", true, false },	{ "2001:db8::7", true, true },
		{ "2001:db9::7", true, false }, { NULL, true, false },
	};
	struct network networks[2];

	(void)state;
	assert_int_equal(network_parse("10.1.0.0/16", &networks[0]), 0);
	assert_int_equal(network_parse("2001:db8::/32", &networks[1]), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
		struct ifaddrs first = { .ifa_flags = IFF_UP }, second = { 0 };

		first.ifa_next = &second;
		second.ifa_flags = cases[i].up ? IFF_UP : 0;
		if (cases[i].address != NULL && strchr(cases[i].address, ':') != NULL) {
			assert_int_equal(inet_pton(AF_INET6, cases[i].address, &in6.sin6_addr), 1);
			second.ifa_addr = (struct sockaddr *)&in6;
		} else if (cases[i].address != NULL) {
			assert_int_equal(inet_pton(AF_INET, cases[i].address, &in.sin_addr), 1);
			second.ifa_addr = (struct sockaddr *)&in;
		}
		assert_int_equal(site_among(&first, networks, 2), cases[i].on);
		assert_false(site_among(&first, networks, 0));
	}
	assert_false(site_among(NULL, networks, 2));
}

static void test_look(void **state)
{
	struct network networks[2];

	(void)state;
	assert_int_equal(site_look(NULL, 0), SITE_UNKNOWN);
	assert_int_equal(network_parse("0.0.0.0/0", &networks[0]), 0);
	assert_int_equal(network_parse("::/0", &networks[1]), 0);
	assert_int_not_equal(site_look(networks, 2), SITE_UNKNOWN);
}

static void on_change(void *userdata)
{
	(void)userdata;
}

static void test_watch(void **state)
{
	struct site_watch watch;
	sd_event *loop;

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	site_watch_init(&watch, on_change, NULL);
	assert_int_equal(site_watch_start(&watch, loop), 0);
	assert_int_equal(site_watch_start(&watch, loop), 0);
	site_watch_stop(&watch);
	site_watch_stop(&watch);
	assert_int_equal(watch.fd, -1);
	sd_event_unref(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_among),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
