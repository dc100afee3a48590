/* import - other products' device policies, turned into ours.
 * Pure: text in (UTF-8; the caller converts), values out.  Each importer is a file beside this one.
 *
 * What a source says and we cannot say becomes stricter, never weaker, and is noted; with
 * options->strict it is an error.  Where a product's behaviour departs from its manual, the manual
 * is followed; where the manual is silent, the stricter reading; both are noted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "policy/device.h"
#include "policy/rules_error.h"
#include "policy/verdict.h"

enum {
	IMPORT_MAX_BYTES = 64 * 1024 * 1024, /* all files together */
	IMPORT_MAX_FILES = 1024,
	IMPORT_MAX_NOTES = 10000, /* more are counted, not kept */
};

struct import_file {
	const char *name; /* for notes and errors */
	const char *text; /* UTF-8, not NUL-terminated; borrowed */
	size_t size;
};

struct import_options {
	const char *name; /* of the rules document to be made; 1 to RULES_NAME_SIZE - 1 bytes */
	bool strict;	  /* what would become stricter is an error instead */
};

enum import_effect {
	IMPORT_NOTE,	 /* said otherwise, to the same effect */
	IMPORT_STRICTER, /* permits less than the source */
	IMPORT_LEFT_OUT, /* has no effect here, and permitted nothing there (a comment, a setting)
			  */
};

/* One thing that is to be known of the import. */
struct import_note {
	enum import_effect effect;
	const char *file; /* import_file's name; borrowed */
	int line;	  /* 1-based; 0 for none */
	char *item;	  /* what of the source, "rule 12", "group {...}"; owned, may be NULL */
	char *text;	  /* what became of it and why: one English sentence; owned */
};

/* A medium for the register. */
struct import_medium {
	enum bus bus;
	uint16_t vendor, product;
	char *serial;			     /* owned, never empty */
	char *tag, *name, *custodian, *unit; /* owned; NULL for none */
	enum verdict verdict;
	modifier_set modifiers;
	function_set functions; /* ~0: all */
	int line;		/* of the source, 1-based; 0: none */
};

struct import {
	json_t *rules; /* the rules document (rules.h); owned.  NULL: the source has media only */
	size_t n_media;
	struct import_medium *media; /* owned */
	size_t n_notes, n_notes_lost;
	struct import_note *notes; /* owned */
};

/* Each fills *@ret, which import_finish() frees; on failure *@ret is untouched and *@error says
 * where (file's name first in its path) and why.  Returns 0; -EBADMSG for malformed input, and
 * under options->strict for what cannot be said; -E2BIG; -ENOMEM. */
typedef int (*import_function)(const struct import_file *files, size_t n_files,
			       const struct import_options *options, struct import *ret,
			       struct rules_error *error);

/* USBGuard 1.1 rules: rules.conf and rules.d files, in the order given (usbguard-rules.conf(5)). */
int import_usbguard(const struct import_file *files, size_t n_files,
		    const struct import_options *options, struct import *ret,
		    struct rules_error *error) __attribute__((warn_unused_result));

/* Microsoft Defender device control for macOS: one JSON document a file. */
int import_mde_json(const struct import_file *files, size_t n_files,
		    const struct import_options *options, struct import *ret,
		    struct rules_error *error) __attribute__((warn_unused_result));

/* Microsoft Defender device control for Windows: PolicyGroups and PolicyRules XML, any number of
 * files of each. */
int import_mde_xml(const struct import_file *files, size_t n_files,
		   const struct import_options *options, struct import *ret,
		   struct rules_error *error) __attribute__((warn_unused_result));

/* A list of devices with a header line: Endpoint Protector's, ManageEngine's or plain columns. */
int import_csv(const struct import_file *files, size_t n_files,
	       const struct import_options *options, struct import *ret, struct rules_error *error)
	__attribute__((warn_unused_result));

void import_finish(struct import *import);

/* Add a note; @item may be NULL; the texts are formatted and cleaned of control characters.
 * Returns 0; -EBADMSG if @effect is IMPORT_STRICTER under options->strict, with *@error filled;
 * -ENOMEM. */
__attribute__((format(printf, 8, 9), warn_unused_result)) int
import_add_note(struct import *import, const struct import_options *options,
		enum import_effect effect, const char *file, int line, const char *item,
		struct rules_error *error, const char *format, ...);

/* Take @medium, and what it owns, also on failure.  Returns 0 or -ENOMEM. */
int import_add_medium(struct import *import, const struct import_medium *medium)
	__attribute__((warn_unused_result));

/* "note", "stricter", "left-out".  Static storage. */
const char *import_effect_to_text(enum import_effect effect);
