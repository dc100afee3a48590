#include "confirm.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "message.h"

bool confirm(const char *question, bool assumed)
{
	char answer[64];

	if (assumed)
		return true;
	if (!isatty(STDIN_FILENO)) {
		complain(_(
			"nobody is at the terminal to confirm; look at the above and give --yes"));
		return false;
	}
	fflush(stdout);
	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(answer, sizeof(answer), stdin))
		answer[0] = '\0';
	answer[strcspn(answer, "\r\n")] = '\0';
	if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0 ||
	    strcmp(answer, "是") == 0)
		return true;
	complain(_("not confirmed; nothing was changed"));
	return false;
}
