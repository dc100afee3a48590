#include "move_site.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "server/store/move.h"

static void on_progress(void *context, bool checked, uint64_t done, uint64_t total)
{
	(void)context;
	fprintf(stderr, "\r%s %" PRIu64 " of %" PRIu64 " events", checked ? "checked" : "copied ",
		done, total);
	if (done == total)
		fputc('\n', stderr);
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "devgate-collector: %s: %s\n", what, why);
	return EXIT_FAILURE;
}

/* The old file is complete, since its log is folded in when it is closed. */
static int set_aside(const char *directory)
{
	char old[PATH_MAX], new[PATH_MAX];

	if (snprintf(old, sizeof(old), "%s/devgate.db", directory) >= (int)sizeof(old) ||
	    snprintf(new, sizeof(new), "%s.moved", old) >= (int)sizeof(new))
		return -ENAMETOOLONG;
	return rename(old, new) < 0 ? -errno : 0;
}

static int move_records(const struct options *options, struct store *from)
{
	struct move_watch watch = { .progress = on_progress };
	struct move_result result;
	struct note_key key;
	char error[256];
	struct store *to;
	int r = store_open(&to, options->move_to, options->data, error);

	if (r < 0)
		return refuse("the new store cannot be opened", error);
	if (config_read_verifier(options->data, &key) == 0)
		watch.key = &key;
	r = store_move(from, to, &watch, &result);
	if (r < 0)
		snprintf(error, sizeof(error), "%s", *result.text ? result.text : store_error());
	store_close(to);
	if (r < 0)
		return refuse("nothing was moved", error);
	fprintf(stderr,
		"%" PRIu64 " machines, %" PRIu64 " ledgers of %" PRIu64 " events and %" PRIu64
		" checkpoints were moved, and every chain was checked there, and every "
		"checkpoint.\n",
		result.hosts, result.ledgers, result.events, result.checkpoints);
	return EXIT_SUCCESS;
}

/* Gives where the old file is. */
static int move_file(const struct options *options, char path[static PATH_MAX])
{
	struct store *from;
	char error[256];
	int status, r;

	if (snprintf(path, PATH_MAX, "%s/devgate.db", options->data) >= PATH_MAX)
		return refuse(options->data, strerror(ENAMETOOLONG));
	if (access(path, F_OK) < 0)
		return refuse(path, strerror(errno));
	r = store_open(&from, NULL, options->data, error);
	if (r < 0)
		return refuse(path, error);
	status = move_records(options, from);
	store_close(from);
	return status;
}

static void say_how_to_start(void)
{
	fputs("Start devgate-collector with --store and the same URL from now on.\n", stderr);
}

int move_site(const struct options *options)
{
	char path[PATH_MAX];
	int status = move_file(options, path), r;

	if (status != EXIT_SUCCESS)
		return status;
	r = set_aside(options->data);
	if (r < 0)
		return refuse("the old file could not be set aside; rename it", strerror(-r));
	fprintf(stderr, "The old file is %s.moved.  ", path);
	say_how_to_start();
	return EXIT_SUCCESS;
}

int move_restored(const struct options *options)
{
	char path[PATH_MAX];
	int status = move_file(options, path);

	if (status != EXIT_SUCCESS)
		return status;
	/* It was closed, so it is one file. */
	if (unlink(path) < 0)
		return refuse("the records are moved, and their first copy could not be removed",
			      strerror(errno));
	say_how_to_start();
	return EXIT_SUCCESS;
}
