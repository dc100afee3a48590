/* csv_text - import a list of devices that is a text of a test, and show what came of it.  After
 * cmocka_test.h. */
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/import/import.h"
#include "policy/rules.h"

static const struct import_options lax = { .name = "list" };
static const struct import_options strict = { .name = "list", .strict = true };

static inline int import_text(const char *text, size_t size, const struct import_options *options,
			      struct import *ret, struct rules_error *error)
{
	const struct import_file file = { "list.csv", text, size };

	return import_csv(&file, 1, options, ret, error);
}

__attribute__((format(printf, 3, 4))) static inline void append(char *ret, size_t size,
								const char *format, ...)
{
	const size_t n = strlen(ret);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret + n, size - n, format, arguments);
	va_end(arguments);
}

static inline const char *or_dash(const char *text)
{
	return text == NULL ? "-" : text;
}

/* "vvvv:pppp serial verdict modifiers functions tag name custodian unit;" for each medium, then the
 * rules, in words. */
static inline void show(const struct import *import, char *ret, size_t size)
{
	json_t *rule;
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < import->n_media; i++) {
		const struct import_medium *medium = &import->media[i];

		append(ret, size, "%04x:%04x %s %s %x %x %s %s %s %s;", medium->vendor,
		       medium->product, medium->serial, verdict_to_text(medium->verdict),
		       medium->modifiers, medium->functions, or_dash(medium->tag),
		       or_dash(medium->name), or_dash(medium->custodian), or_dash(medium->unit));
	}
	json_array_foreach (json_object_get(import->rules, "rules"), i, rule) {
		char *match =
			json_dumps(json_object_get(rule, "match"), JSON_COMPACT | JSON_SORT_KEYS);
		char *modifiers = json_dumps(json_object_get(rule, "modifiers"), JSON_COMPACT);

		append(ret, size, "%s %s %s %s;", json_string_value(json_object_get(rule, "id")),
		       json_string_value(json_object_get(rule, "verdict")), match,
		       or_dash(modifiers));
		free(match);
		free(modifiers);
	}
}

/* What the rules are must be a document that the product reads. */
static inline void check_rules(const struct import *import)
{
	struct rules_error error;
	struct rules *rules;
	char *text;

	if (import->rules == NULL)
		return;
	text = json_dumps(import->rules, 0);
	assert_non_null(text);
	if (rules_parse(text, strlen(text), &rules, &error) < 0)
		fail_msg("%s: %s\n%s", error.path, error.message, text);
	rules_free(rules);
	free(text);
}

/* The number of notes that say something other than "There is no column of verdicts". */
static inline size_t effects(const struct import *import, enum import_effect effect)
{
	size_t n = 0;

	for (size_t i = 0; i < import->n_notes; i++)
		n += import->notes[i].effect == effect &&
		     strstr(import->notes[i].text, "no column of verdicts") == NULL;
	return n;
}

#define HEADER "vendor,product,serial,tag,name,custodian,unit,verdict,modifiers,functions\n"
#define IDS    "vendor,product,serial\n"
#define RIGHTS "vendor,product,serial,verdict\n"
#define TYPES  "Device Type,Vendor ID,Product ID,Serial Number\n"
#define PATHS  "Device Type,Parent Device Instance Path,Device Instance Path\n"
#define S1     "0951:1666 S1 allow 0 2 - - - -;"

#define EACH_KIND                                                                                  \
	"\xef\xbb\xbf" HEADER "0951,1666,S1,T,N,C,U,read-only,noexec,storage phone\r\n"            \
	"0951,1666,S1,T,N,C,U,TD1+,,\n0951,1666,,,,,,charge-only,notify,\n0951,,,,,,,allow,,all\n" \
	"\"0951\",\"1666\",\"a,b\",,,,\"x\",never,,\n"
