#include "package.h"

#include <stdio.h>
#include <string.h>

#define FLATPAK "app-flatpak-"
#define SNAP	"snap."

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* systemd's escapes, "\xHH" (systemd-escape(1)), undone. */
static void unescape(const char *text, size_t size, char *ret)
{
	for (size_t i = 0; i < size; i++) {
		int high, low;

		if (size - i >= 4 && text[i] == '\\' && text[i + 1] == 'x' &&
		    (high = hex_digit(text[i + 2])) >= 0 && (low = hex_digit(text[i + 3])) >= 0 &&
		    high * 16 + low != 0) {
			*ret++ = (char)(high * 16 + low);
			i += 3;
		} else {
			*ret++ = text[i];
		}
	}
	*ret = '\0';
}

static void say(const char *kind, const char *name, size_t size, char ret[static PACKAGE_SIZE])
{
	char clean[PACKAGE_SIZE - sizeof("flatpak:")];

	if (size == 0 || size >= sizeof(clean))
		return;
	unescape(name, size, clean);
	snprintf(ret, PACKAGE_SIZE, "%s:%s", kind, clean);
}

void package_of_group(const char *group, char ret[static PACKAGE_SIZE])
{
	const char *name, *end;

	ret[0] = '\0';
	if (strncmp(group, FLATPAK, strlen(FLATPAK)) == 0) {
		name = group + strlen(FLATPAK);
		end = strrchr(name, '-');
		if (end != NULL)
			say("flatpak", name, (size_t)(end - name), ret);
	} else if (strncmp(group, SNAP, strlen(SNAP)) == 0) {
		name = group + strlen(SNAP);
		end = strchr(name, '.');
		if (end != NULL)
			say("snap", name, (size_t)(end - name), ret);
	}
}
