/* Networks: how they are written, and what lies in them. */
#include "cmocka_test.h"

#include <errno.h>
#include <string.h>

#include "policy/network.h"

static void parses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		struct network network;
	} table[] = {
		{ "0.0.0.0/0", { 4, 0, { 0 } } },
		{ "10.1.0.0/16", { 4, 16, { 10, 1 } } },
		{ "192.168.255.1/32", { 4, 32, { 192, 168, 255, 1 } } },
		{ "10.128.0.0/9", { 4, 9, { 10, 128 } } },
		{ "::/0", { 16, 0, { 0 } } },
		{ "::1/128", { 16, 128, { [15] = 1 } } },
		{ "2001:db8::/32", { 16, 32, { 0x20, 0x01, 0x0d, 0xb8 } } },
		{ "2001:DB8::/32", { 16, 32, { 0x20, 0x01, 0x0d, 0xb8 } } },
		{ "fe80::1:2/128", { 16, 128, { 0xfe, 0x80, [13] = 1, [15] = 2 } } },
		{ "1:2:3:4:5:6:7:8/128",
		  { 16, 128, { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8 } } },
		{ "1:2:3:4:5:6:7::/112",
		  { 16, 112, { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0 } } },
		{ "::2:3:4:5:6:7:8/128",
		  { 16, 128, { 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8 } } },
		{ "abcd:ef01::/33", { 16, 33, { 0xab, 0xcd, 0xef, 0x01 } } },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct network network = { 0 };

		if (network_parse(table[i].text, &network) < 0 ||
		    network.size != table[i].network.size ||
		    network.bits != table[i].network.bits ||
		    memcmp(network.address, table[i].network.address, network.size) != 0)
			fail_msg("%s", table[i].text);
	}
}

static void refuses(void **state)
{
	(void)state;
	static const char *const table[] = {
		"",
		"/",
		"/8",
		"10.1.0.0",
		"10.1.0/16",
		"10.1.0.0.0/16",
		"10.1.0.0/",
		"10.1.0.0/33",
		"10.1.0.0/016",
		"10.1.0.0/-1",
		"10.1.0.0/16 ",
		" 10.1.0.0/16",
		"10.1.0.256/32",
		"10.01.0.0/16",
		"10.1.0.1/16",
		"10.192.0.0/9",
		"10.1.x.0/16",
		"10,1,0,0/16",
		"10.1.0.0/1x",
		"10.1.0.0/99999999999999999999",
		":/0",
		":::/0",
		"1::2::3/128",
		"::1/127",
		"1:2:3:4:5:6:7/128",
		"1:2:3:4:5:6:7:8:9/128",
		"1:2:3:4:5:6:7:8::/128",
		"1:2:3:4::5:6:7:8/128",
		"1:2:3:4:5:6:7:/128",
		":1:2:3:4:5:6:7/128",
		"12345::/32",
		"2001:db8::/129",
		"2001:db8::1%eth0/128",
		"2001:db8:::/32",
		"2001:db8::",
		"2001:dg8::/32",
		"::10.1.0.0/128",
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct network network = { .bits = 77 };

		if (network_parse(table[i], &network) != -EINVAL || network.bits != 77)
			fail_msg("'%s'", table[i]);
	}
}

static void contains(void **state)
{
	(void)state;
	static const struct {
		const char *network;
		uint8_t address[NETWORK_IPV6_SIZE];
		size_t size;
		bool contains;
	} table[] = {
		{ "10.1.0.0/16", { 10, 1, 255, 255 }, 4, true },
		{ "10.1.0.0/16", { 10, 2, 0, 0 }, 4, false },
		{ "10.1.0.0/16", { 10, 1 }, 16, false },
		{ "10.128.0.0/9", { 10, 255, 1, 1 }, 4, true },
		{ "10.128.0.0/9", { 10, 127, 1, 1 }, 4, false },
		{ "0.0.0.0/0", { 1, 2, 3, 4 }, 4, true },
		{ "0.0.0.0/0", { 0 }, 16, false },
		{ "10.1.2.3/32", { 10, 1, 2, 3 }, 4, true },
		{ "10.1.2.3/32", { 10, 1, 2, 2 }, 4, false },
		{ "2001:db8::/32", { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 }, 16, true },
		{ "2001:db8::/32", { 0x20, 0x01, 0x0d, 0xb9 }, 16, false },
		{ "::/0", { 0 }, 4, false },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct network network;

		assert_int_equal(network_parse(table[i].network, &network), 0);
		if (network_contains(&network, table[i].address, table[i].size) !=
		    table[i].contains)
			fail_msg("%zu: %s", i, table[i].network);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
		cmocka_unit_test(contains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
