#include "media_csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "media_body.h"
#include "message.h"
#include "policy/text.h"
#include "server/pki/cleanup.h"

enum { TEXT_MAX = 128, PROGRESS_STEP = 50 };

static void complain_line(const char *path, int line, const char *what)
{
	complain("%s:%d: %s", path, line, what);
}

/* Why @medium cannot be registered, or NULL. */
static const char *fault_of(const struct import_medium *medium)
{
	const char *texts[] = { medium->name, medium->custodian, medium->unit };

	if (!medium->tag)
		return _("there is no tag, or one of more than 23 bytes");
	if (strpbrk(medium->tag, "/:"))
		return _("the tag holds a slash or a colon");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] && strlen(texts[i]) > TEXT_MAX)
			return _("a name, custodian or unit has more than 128 bytes");
	return NULL;
}

static int compare_tags(const void *a, const void *b)
{
	const struct import_medium *x = *(const struct import_medium *const *)a;
	const struct import_medium *y = *(const struct import_medium *const *)b;
	int order = strcmp(x->tag, y->tag);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* Complain of each line with a tag that a line before has. */
static size_t check_tags(const char *path, const struct import *import)
{
	_cleanup_free_ const struct import_medium **sorted =
		calloc(import->n_media + 1, sizeof(struct import_medium *));
	size_t faults = 0;

	if (!sorted) {
		complain(_("out of memory"));
		return 1;
	}
	for (size_t i = 0; i < import->n_media; i++)
		sorted[i] = &import->media[i];
	qsort(sorted, import->n_media, sizeof(struct import_medium *), compare_tags);
	for (size_t i = 1; i < import->n_media; i++) {
		if (strcmp(sorted[i - 1]->tag, sorted[i]->tag) != 0)
			continue;
		complain(_("%s:%d: the tag %s is on line %d already"), path, sorted[i]->line,
			 sorted[i]->tag, sorted[i - 1]->line);
		faults++;
	}
	return faults;
}

size_t media_csv_check(const char *path, const struct import *import)
{
	size_t faults = 0;

	for (size_t i = 0; i < import->n_media; i++) {
		const char *fault = fault_of(&import->media[i]);

		if (fault)
			complain_line(path, import->media[i].line, fault);
		faults += fault != NULL;
	}
	return faults > 0 ? faults : check_tags(path, import);
}

/* The same functions, of which "all" is written in two ways. */
static bool same_functions(function_set a, function_set b)
{
	return ((a ^ b) & (FUNCTION_BIT(_FUNCTION_MAX) - 1)) == 0;
}

enum media_csv_state media_csv_compare(const struct media_register *media,
				       const struct import_medium *medium,
				       const struct medium **ret)
{
	uint8_t key[DEVICE_KEY_SIZE];
	const struct medium *held;

	device_claim_key(&(struct device_claim){ medium->bus, medium->vendor, medium->product,
						 medium->serial },
			 key);
	held = media_register_find(media, key);
	if (!held || held->withdrawn) {
		*ret = NULL;
		return MEDIA_CSV_NEW;
	}
	*ret = held;
	return strcmp(held->spec.tag, medium->tag) == 0 && held->verdict == medium->verdict &&
			       held->modifiers == medium->modifiers &&
			       same_functions(held->functions, medium->functions)
		       ? MEDIA_CSV_KNOWN
		       : MEDIA_CSV_OTHER;
}

struct counts {
	size_t registered, known, refused;
};

/* How far it is, on a terminal; with @end the line is cleared. */
static void show_progress(size_t done, size_t all, bool end)
{
	if (!isatty(STDERR_FILENO) || (!end && done % PROGRESS_STEP != 0))
		return;
	fprintf(stderr, "\r\033[K"); /* to the beginning of the line, which is cleared */
	if (!end)
		fprintf(stderr, _("%zu of %zu"), done, all);
	fflush(stderr);
}

/* Returns 0, or what to stop for: told, as is a line that was refused. */
static int send_medium(struct api *api, const char *path, const struct import_medium *medium,
		       struct counts *counts)
{
	const struct media_body body = {
		.bus = medium->bus,
		.vendor = medium->vendor,
		.product = medium->product,
		.serial = medium->serial,
		.tag = medium->tag,
		.name = medium->name,
		.custodian = medium->custodian,
		.unit = medium->unit,
		.verdict = medium->verdict,
		.modifiers = medium->modifiers,
		.functions = medium->functions,
	};
	_cleanup_json_ json_t *json = media_body_to_json(&body);
	struct api_path to;
	int r;

	if (!json) {
		complain_line(path, medium->line, _("one of the values is not UTF-8 text"));
		counts->refused++;
		return 0;
	}
	api_path_start(&to, "/api/v1/media");
	r = api_send(api, "POST", &to, json, NULL);
	if (r < 0)
		complain_line(path, medium->line, _("was not registered"));
	counts->registered += r == 0;
	counts->refused += r == -EREMOTEIO;
	return r == -EREMOTEIO ? 0 : r;
}

static int send_all(struct api *api, const char *path, const struct import *import,
		    const struct media_register *media, struct counts *counts)
{
	int r = 0;

	for (size_t i = 0; i < import->n_media && r == 0; i++) {
		const struct import_medium *medium = &import->media[i];
		const struct medium *held;

		show_progress(i, import->n_media, false);
		switch (media_csv_compare(media, medium, &held)) {
		case MEDIA_CSV_NEW:
			r = send_medium(api, path, medium, counts);
			break;
		case MEDIA_CSV_KNOWN:
			counts->known++;
			break;
		case MEDIA_CSV_OTHER:
			complain(_("%s:%d: registered otherwise, as %s; withdraw that first"), path,
				 medium->line, held->spec.tag);
			counts->refused++;
			break;
		}
	}
	show_progress(import->n_media, import->n_media, true);
	return r;
}

static int print_counts(const struct ctl *ctl, const struct import *import,
			const struct counts *counts)
{
	size_t left = import->n_media - counts->registered - counts->known - counts->refused;
	_cleanup_json_ json_t *json = NULL;

	if (!ctl->json) {
		printf(_("%zu registered, %zu were already, %zu refused, %zu not tried\n"),
		       counts->registered, counts->known, counts->refused, left);
		return left > 0 || counts->refused > 0 ? STATUS_FAILURE : STATUS_OK;
	}
	json = json_pack("{sI sI sI sI}", "registered", (json_int_t)counts->registered, "known",
			 (json_int_t)counts->known, "refused", (json_int_t)counts->refused,
			 "not_tried", (json_int_t)left);
	int status = ctl_print_json(json);
	return left > 0 || counts->refused > 0 ? STATUS_FAILURE : status;
}

/* Read and check the list.  What cannot be a register's entry is told, and nothing is taken. */
static int read_list(const char *path, struct import *ret)
{
	const struct import_options options = { .name = "register", .strict = false };
	struct import import = { 0 };
	struct rules_error error = { 0 };
	_cleanup_free_ char *text = NULL;
	struct import_file file = { .name = path };
	int r = file_read(path, IMPORT_MAX_BYTES, &text, &file.size);

	if (r < 0)
		return r;
	file.text = text;
	r = import_csv(&file, 1, &options, &import, &error);
	if (r == -EBADMSG)
		complain_line(path, error.line, error.message);
	else if (r < 0)
		complain(_("%s: cannot be read: %s"), path, strerror(-r));
	if (r < 0)
		return r;
	for (size_t i = 0; i < import.n_notes; i++)
		complain_line(path, import.notes[i].line, import.notes[i].text);
	if (import.rules)
		complain(_("%s: the register has single devices only: lines without a serial, or "
			   "with "
			   "a pattern, are for 'devgate policy import'"),
			 path);
	if (import.rules || media_csv_check(path, &import) > 0) {
		complain(_("%s: nothing was registered"), path);
		import_finish(&import);
		return -EBADMSG;
	}
	*ret = import;
	return 0;
}

int media_csv_register(const struct ctl *ctl, const char *path)
{
	_cleanup_media_ struct media_register media = { 0 };
	_cleanup_api_ struct api *api = NULL;
	struct counts counts = { 0 };
	struct import import;
	int r = read_list(path, &import);

	if (r < 0)
		return STATUS_FAILURE;
	r = api_open(&api, ctl);
	if (r == 0)
		r = media_register_fetch(&media, api);
	if (r == 0)
		r = send_all(api, path, &import, &media, &counts);
	int status = print_counts(ctl, &import, &counts);
	import_finish(&import);
	return r < 0 ? STATUS_FAILURE : status;
}
