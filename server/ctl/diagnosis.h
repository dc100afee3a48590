/* diagnosis - what is wrong with a site, in lines: how bad each is, what it is about, and what to
 * do. It fetches nothing: doctor.c does, and gives what it got to judge.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

enum grade { GRADE_OK, GRADE_LOOK, GRADE_WRONG, _GRADE_MAX };

enum { DIAGNOSIS_TEXT_SIZE = 1536 };

struct diagnosis {
	json_t *lines; /* owned: [{"grade", "subject", "text"}] */
	enum grade worst;
	bool failed; /* out of memory: a line is missing */
};

/* -ENOMEM, told, or 0. */
int diagnosis_init(struct diagnosis *diagnosis) __attribute__((warn_unused_result));
void diagnosis_finish(struct diagnosis *diagnosis);

/* Add a line about @subject, an N_() word; the text is translated by the caller. */
void diagnose(struct diagnosis *diagnosis, enum grade grade, const char *subject,
	      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Print it for people, or as JSON.  Returns a STATUS_: good only if nothing is wrong. */
int diagnosis_print(const struct diagnosis *diagnosis, bool json);
