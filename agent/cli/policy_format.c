/* policy fmt - lay a rules document out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/common/cleanup.h"
#include "agent/common/file.h"
#include "commands.h"
#include "policy.h"
#include "policy/rules/format.h"
#include "policy_files.h"
#include "text.h"

/* Replace @file, which keeps its mode. */
static int replace(const char *file, const char *text, size_t size)
{
	struct stat stat_buffer;
	int r = stat(file, &stat_buffer) < 0 ? -errno : 0;

	if (r == 0)
		r = file_write_atomic(AT_FDCWD, file, text, size, stat_buffer.st_mode & 07777);
	if (r < 0)
		fprintf(stderr, "devgate: %s: %s\n", file, strerror(-r));
	return r;
}

/* Returns 1 if the file is laid out otherwise, 0 if not, -errno, said. */
static int format(const struct policy_arguments *arguments, const char *file)
{
	_cleanup_free_ char *text = NULL, *formatted = NULL;
	size_t size, formatted_size;
	struct rules_error error;
	int r = policy_read(file, RULES_MAX_BYTES, &text, &size);

	if (r < 0)
		return r;
	r = rules_format(text, size, &formatted, &formatted_size, &error);
	if (r < 0) {
		policy_say(file, r, &error);
		return r;
	}
	const bool changed = size != formatted_size || memcmp(text, formatted, size) != 0;
	if (arguments->check) {
		if (changed)
			puts(file);
	} else if (!arguments->write) {
		fwrite(formatted, 1, formatted_size, stdout);
	} else if (changed) {
		r = replace(file, formatted, formatted_size);
	}
	return r < 0 ? r : changed;
}

int policy_format(const struct policy_arguments *arguments)
{
	bool failed = false;

	if (arguments->check && arguments->write) {
		fputs(_("devgate: --write and --check do not go together\n"), stderr);
		return EXIT_USAGE;
	}
	for (int i = 0; i < arguments->n_words; i++) {
		int r = format(arguments, arguments->words[i]);

		failed |= r < 0 || (arguments->check && r > 0);
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
