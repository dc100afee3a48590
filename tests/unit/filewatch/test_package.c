/* Control groups as systemd, Flatpak and snapd name them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "agent/filewatch/package.h"

static void test_names(void **state)
{
	static const struct {
		const char *group, *package;
	} cases[] = {
		{ "app-flatpak-org.gnome.TextEditor-12345.scope", "flatpak:org.gnome.TextEditor" },
		{ "app-flatpak-org.example.a\\x2db-7.scope", "flatpak:org.example.a-b" },
		{ "snap.firefox.firefox-0d1bd7ae-9c1f.scope", "snap:firefox" },
		{ "snap.vlc.vlc.6a02b5a2-1b6f.scope", "snap:vlc" },
		{ "app-gnome-org.gnome.Nautilus-991.scope", "" },
		{ "session-1.scope", "" },
		{ "app-flatpak-", "" },
		{ "app-flatpak--1.scope", "" },
		{ "snap..x", "" },
		{ "snap.", "" },
		{ "", "" },
		{ "snap.a\\x00b.c.scope", "snap:a\\x00b" },
	};
	char package[PACKAGE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		package_of_group(cases[i].group, package);
		assert_string_equal(package, cases[i].package);
	}
}

static void test_too_long(void **state)
{
	char group[300] = "snap.", package[PACKAGE_SIZE];

	(void)state;
	memset(group + 5, 'x', 250);
	strcpy(group + 255, ".y.scope");
	package_of_group(group, package);
	assert_string_equal(package, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
