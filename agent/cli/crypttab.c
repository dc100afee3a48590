#include "crypttab.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FIELD_SIZE = 512 };

/* Is @name, or name=..., among the options, which are separated by commas? */
static bool has_option(const char *options, const char *name)
{
	const size_t size = strlen(name);

	while (*options != '\0') {
		size_t n = strcspn(options, ",");

		if (n >= size && memcmp(options, name, size) == 0 &&
		    (n == size || options[size] == '='))
			return true;
		options += n;
		options += *options == ',';
	}
	return false;
}

static enum crypttab_unlock unlock_of(const char *key, const char *options)
{
	if (has_option(options, "noauto"))
		return CRYPTTAB_LATER;
	if (has_option(options, "fido2-device") || has_option(options, "pkcs11-uri") ||
	    has_option(options, "keyscript") || strchr(key, ':') != NULL)
		return CRYPTTAB_DEVICE;
	if (has_option(options, "tpm2-device"))
		return CRYPTTAB_BY_ITSELF;
	return key[0] == '/' ? CRYPTTAB_BY_ITSELF : CRYPTTAB_PASSPHRASE;
}

int crypttab_parse_line(const char *line, struct crypttab_entry *ret)
{
	char name[FIELD_SIZE], device[FIELD_SIZE], key[FIELD_SIZE] = "none",
						   options[FIELD_SIZE] = "";
	int n;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return 0;
	if (strlen(line) >= FIELD_SIZE)
		return -EBADMSG;
	n = sscanf(line, "%511s %511s %511s %511s", name, device, key, options);
	if (n < 2 || strlen(name) >= sizeof(ret->name))
		return -EBADMSG;
	ret->unlock = unlock_of(key, options);
	strcpy(ret->name, name);
	return 1;
}
