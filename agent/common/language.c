#include "language.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void language_start(void)
{
	setlocale(LC_ALL, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	bindtextdomain("devgate", DEVGATE_LOCALEDIR);
	bind_textdomain_codeset("devgate", "UTF-8");
	textdomain("devgate");
}

/* The environment, not setlocale(3), is asked: the records have both languages whether or not the
 * machine has the locale's other data. */
bool language_is_chinese(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value)
			return strncmp(value, "zh_TW", 5) == 0;
	}
	return false;
}
