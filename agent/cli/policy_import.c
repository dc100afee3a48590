/* policy import - another product's policy as ours. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "ask.h"
#include "commands.h"
#include "import_sources.h"
#include "policy.h"
#include "policy/rules.h"
#include "policy/rules/format.h"
#include "policy_files.h"
#include "policy_out.h"
#include "policy_register.h"
#include "text.h"

enum { N_EFFECTS = IMPORT_LEFT_OUT + 1 };

static const struct {
	const char *name;
	import_function function;
} formats[] = {
	{ "usbguard", import_usbguard },
	{ "mde-json", import_mde_json },
	{ "mde-xml", import_mde_xml },
	{ "csv", import_csv },
};

/* What is written, in this order. */
static const char *const names[] = { "rules.json", "register.csv", "report.txt", "report.json",
				     NULL };

/* An import on its way out. */
struct outgoing {
	const struct policy_arguments *arguments;
	const char *format;
	const struct import_sources *sources;
	struct import *import;
	size_t n_rules;
	size_t effects[N_EFFECTS]; /* notes of each kind */
	int fd;
};

static import_function find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].function;
	fprintf(stderr,
		_("devgate: there is no format \"%s\"; there are usbguard, mde-json, "
		  "mde-xml, csv\n"),
		name);
	return NULL;
}

/* Note the files that were not read. */
static int note_skipped(const struct import_sources *sources, const struct import_options *options,
			struct import *import, struct rules_error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sources->n_skipped; i++)
		r = import_add_note(import, options, IMPORT_LEFT_OUT, sources->skipped[i].name, 0,
				    NULL, error, "%s", sources->skipped[i].why);
	return r;
}

/* The rules as they are written: laid out, and read again, for what we would refuse ourselves must
 * not be handed over.  Gives *@ret. */
static int lay_out(struct outgoing *outgoing, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text =
		json_dumps(outgoing->import->rules, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	struct rules_error error = { 0 };
	struct rules *rules;
	int r = text == NULL ? -ENOMEM : rules_format(text, strlen(text), ret, ret_size, &error);

	if (r == 0)
		r = rules_parse(*ret, *ret_size, &rules, &error);
	if (r < 0) {
		policy_say(names[0], r, &error);
		return r;
	}
	outgoing->n_rules = rules_count(rules);
	rules_free(rules);
	return 0;
}

static int write_rules(struct outgoing *outgoing)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r;

	if (outgoing->import->rules == NULL)
		return 0;
	r = lay_out(outgoing, &text, &size);
	return r < 0 ? r
		     : policy_out_write(outgoing->fd, outgoing->arguments->out, names[0], text,
					size);
}

/* Write what @print prints as file @name. */
static int write_printed(const struct outgoing *outgoing, const char *name,
			 int (*print)(FILE *to, const struct outgoing *outgoing))
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int r = to == NULL ? -ENOMEM : print(to, outgoing);

	if (to != NULL && fclose(to) != 0)
		r = -ENOMEM;
	if (r < 0) {
		fprintf(stderr, "devgate: %s: %s\n", name, strerror(-r));
		return r;
	}
	return policy_out_write(outgoing->fd, outgoing->arguments->out, name, text, size);
}

static int print_register(FILE *to, const struct outgoing *outgoing)
{
	return policy_register_write(to, outgoing->import->media, outgoing->import->n_media);
}

static int print_notes(FILE *to, const struct outgoing *outgoing)
{
	const struct import *import = outgoing->import;

	for (size_t i = 0; i < import->n_notes; i++) {
		const struct import_note *note = &import->notes[i];

		fputs(note->file, to);
		if (note->line > 0)
			fprintf(to, ":%d", note->line);
		fprintf(to, ": %s: ", import_effect_to_text(note->effect));
		if (note->item != NULL)
			fprintf(to, "%s: ", note->item);
		fprintf(to, "%s\n", note->text);
	}
	if (import->n_notes_lost > 0)
		fprintf(to, "%zu more notes are not kept.\n", import->n_notes_lost);
	return ferror(to) ? -EIO : 0;
}

static json_t *notes_json(const struct import *import)
{
	json_t *notes = json_array();

	for (size_t i = 0; i < import->n_notes; i++) {
		const struct import_note *note = &import->notes[i];

		(void)json_array_append_new(notes,
					    json_pack("{s:s, s:s, s:i, s:s?, s:s}", "effect",
						      import_effect_to_text(note->effect), "file",
						      note->file, "line", note->line, "item",
						      note->item, "text", note->text));
	}
	return notes;
}

static json_t *report_json(const struct outgoing *outgoing)
{
	const struct import *import = outgoing->import;
	json_t *files = json_array();

	for (size_t i = 0; i < outgoing->sources->n; i++)
		(void)json_array_append_new(files, json_string(outgoing->sources->files[i].name));
	return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "format",
			 outgoing->format, "files", files, "rules", (json_int_t)outgoing->n_rules,
			 "media", (json_int_t)import->n_media, "note",
			 (json_int_t)outgoing->effects[IMPORT_NOTE], "stricter",
			 (json_int_t)outgoing->effects[IMPORT_STRICTER], "left-out",
			 (json_int_t)outgoing->effects[IMPORT_LEFT_OUT], "lost",
			 (json_int_t)import->n_notes_lost, "notes", notes_json(import));
}

static int print_report(FILE *to, const struct outgoing *outgoing)
{
	_cleanup_json_ json_t *report = report_json(outgoing);

	if (report == NULL || json_dumpf(report, to, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0)
		return -ENOMEM;
	fputc('\n', to);
	return 0;
}

static void print_summary(const struct outgoing *outgoing)
{
	const char *out = outgoing->arguments->out;
	_cleanup_json_ json_t *report = NULL;

	if (outgoing->arguments->json) {
		report = report_json(outgoing);
		ask_print_json(report);
		return;
	}
	printf(_("Imported: %zu rules and %zu media.\n"), outgoing->n_rules,
	       outgoing->import->n_media);
	printf(_("Noted: %zu said otherwise, %zu stricter than before, %zu left out.\n"),
	       outgoing->effects[IMPORT_NOTE], outgoing->effects[IMPORT_STRICTER],
	       outgoing->effects[IMPORT_LEFT_OUT]);
	if (outgoing->import->n_notes_lost > 0)
		printf(_("%zu more notes are not kept.\n"), outgoing->import->n_notes_lost);
	for (size_t i = outgoing->import->rules == NULL; names[i] != NULL; i++)
		printf(_("Written: %s/%s\n"), out, names[i]);
}

static int write_all(struct outgoing *outgoing)
{
	_cleanup_close_ int fd = -1;
	int r = policy_out_open(outgoing->arguments->out, names, &fd);

	if (r < 0)
		return r;
	outgoing->fd = fd;
	for (size_t i = 0; i < outgoing->import->n_notes; i++)
		outgoing->effects[outgoing->import->notes[i].effect]++;
	r = write_rules(outgoing);
	if (r == 0)
		r = write_printed(outgoing, names[1], print_register);
	if (r == 0)
		r = write_printed(outgoing, names[2], print_notes);
	if (r == 0)
		r = write_printed(outgoing, names[3], print_report);
	if (r == 0)
		print_summary(outgoing);
	return r;
}

static int import_all(const struct policy_arguments *arguments, import_function function,
		      const struct import_sources *sources)
{
	const struct import_options options = {
		.name = arguments->name == NULL ? "imported" : arguments->name,
		.strict = arguments->strict,
	};
	struct rules_error error = { 0 };
	struct import import;
	struct outgoing outgoing = { arguments, arguments->words[0], sources, &import };
	int r = function(sources->files, sources->n, &options, &import, &error);

	if (r < 0) {
		policy_say(error.path[0] == '\0' ? arguments->words[0] : NULL, r, &error);
		return r;
	}
	r = note_skipped(sources, &options, &import, &error);
	if (r == 0)
		r = write_all(&outgoing);
	import_finish(&import);
	return r;
}

int policy_import(const struct policy_arguments *arguments)
{
	const import_function function = find_format(arguments->words[0]);
	_cleanup_free_ struct import_sources *sources = NULL;
	int r = 0;

	if (function == NULL)
		return EXIT_USAGE;
	if (arguments->out == NULL) {
		fputs(_("devgate: give --out DIR\n"), stderr);
		return EXIT_USAGE;
	}
	if (!policy_name_good(arguments->name))
		return EXIT_USAGE;
	sources = calloc(1, sizeof(*sources));
	if (sources == NULL) {
		fputs(_("devgate: out of memory\n"), stderr);
		return EXIT_FAILURE;
	}
	for (int i = 1; r == 0 && i < arguments->n_words; i++)
		r = import_sources_add(sources, arguments->words[i], arguments->encoding);
	if (r == 0)
		r = import_all(arguments, function, sources);
	import_sources_finish(sources);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
