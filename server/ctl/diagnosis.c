#include "diagnosis.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "message.h"
#include "server/pki/cleanup.h"
#include "table.h"

static const struct {
	const char *word; /* in JSON */
	const char *shown;
} GRADES[] = {
	[GRADE_OK] = { "ok", N_("OK") },
	[GRADE_LOOK] = { "look", N_("look") },
	[GRADE_WRONG] = { "wrong", N_("WRONG") },
};

int diagnosis_init(struct diagnosis *diagnosis)
{
	*diagnosis = (struct diagnosis){ .lines = json_array() };
	if (diagnosis->lines)
		return 0;
	complain(_("out of memory"));
	return -ENOMEM;
}

void diagnosis_finish(struct diagnosis *diagnosis)
{
	json_decref(diagnosis->lines);
	*diagnosis = (struct diagnosis){ 0 };
}

void diagnose(struct diagnosis *diagnosis, enum grade grade, const char *subject,
	      const char *format, ...)
{
	char text[DIAGNOSIS_TEXT_SIZE], clean[2 * DIAGNOSIS_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	message_clean(text, clean, sizeof(clean));
	if (grade > diagnosis->worst)
		diagnosis->worst = grade;
	if (json_array_append_new(diagnosis->lines,
				  json_pack("{ss ss ss}", "grade", GRADES[grade].word, "subject",
					    subject, "text", clean)) < 0)
		diagnosis->failed = true;
}

static const char *member(const json_t *line, const char *name)
{
	return json_string_value(json_object_get(line, name));
}

static void print_line(const json_t *line)
{
	enum { GRADE_COLUMNS = 7, SUBJECT_COLUMNS = 16 };
	const char *shown = "", *subject = _(member(line, "subject"));

	for (size_t i = 0; i < _GRADE_MAX; i++) {
		if (strcmp(GRADES[i].word, member(line, "grade")) == 0)
			shown = _(GRADES[i].shown);
	}
	size_t wide = table_text_width(shown), about = table_text_width(subject);
	printf("%s%*s%s%*s%s\n", shown, wide < GRADE_COLUMNS ? (int)(GRADE_COLUMNS - wide) : 1, "",
	       subject, about < SUBJECT_COLUMNS ? (int)(SUBJECT_COLUMNS - about) : 1, "",
	       member(line, "text"));
}

int diagnosis_print(const struct diagnosis *diagnosis, bool json)
{
	const json_t *line;
	size_t i;
	int status = diagnosis->worst == GRADE_WRONG ? STATUS_FAILURE : STATUS_OK;

	if (diagnosis->failed) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	if (json) {
		_cleanup_json_ json_t *all = json_pack(
			"{sb sO}", "good", (int)(status == STATUS_OK), "lines", diagnosis->lines);
		int printed = ctl_print_json(all);
		return status == STATUS_OK ? printed : status;
	}
	json_array_foreach (diagnosis->lines, i, line) {
		print_line(line);
	}
	return status;
}
