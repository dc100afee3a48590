/* mde_model - Defender's device control policies as plain values: made up from a seed, written in
 * either language, and judged in the plainest way by what Microsoft documents.  It shares no code
 * with policy/import/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/circumstances.h"
#include "policy/device.h"
#include "policy/import/import.h"
#include "policy/rules.h"

enum model_family { REMOVABLE, OPTICAL, PORTABLE, APPLE, PRINTER, BLUETOOTH, N_FAMILIES };

enum {
	MAX_CLAUSES = 3,
	MAX_GROUPS = 6,
	MAX_RULES = 5,
	MAX_ENTRIES = 4,
	TEXT_ROOM = 64 * 1024,
};

enum clause_kind {
	CLAUSE_FAMILY,
	CLAUSE_VENDOR,
	CLAUSE_PRODUCT,
	CLAUSE_PAIR,
	CLAUSE_SERIAL,
	CLAUSE_SERIAL_BEGIN,
	CLAUSE_ENCRYPTED,
	CLAUSE_PLAIN,
	CLAUSE_HIDDEN,
	CLAUSE_GROUP,
	N_CLAUSE_KINDS
};

struct model_clause {
	enum clause_kind kind;
	unsigned value; /* place in the lists of mde_model.c, or of the group */
};

struct model_group {
	bool any, negated;
	size_t n;
	struct model_clause clauses[MAX_CLAUSES];
};

struct model_entry {
	bool allow, audit;
	bool conditional; /* Windows: for somebody or some files only */
	unsigned type;	  /* macOS: place of its type */
	uint8_t words;	  /* macOS: bits of the type's words; Windows: the access mask */
};

struct model_rule {
	size_t n_included, n_excluded, n_entries;
	size_t included[2], excluded[2];
	struct model_entry entries[MAX_ENTRIES];
};

struct model {
	bool windows, default_allow;
	unsigned governed; /* macOS: set of families */
	size_t n_groups, n_rules;
	struct model_group groups[MAX_GROUPS];
	struct model_rule rules[MAX_RULES];
};

/* What is so, and not to be seen from a device. */
struct model_truth {
	bool hidden;		  /* each clause that cannot be told */
	bool conditions;	  /* each entry's */
	bool letters_matter;	  /* serials are compared with their case */
	bool default_allow;	  /* Windows */
	enum model_family family; /* of a drive that may be of two */
	enum encryption encryption;
};

struct model_subject {
	struct device device;
	enum function function;
	enum model_family family;
	bool ambiguous; /* removable or optical: truth.family says */
};

uint32_t model_random(uint64_t *state, uint32_t below);

/* @hidden: with clauses and conditions that we cannot tell. */
void model_make(uint64_t *state, bool windows, bool hidden, struct model *ret);
void model_subject(uint64_t *state, bool windows, struct model_subject *ret);

/* A device of that family; texts may be NULL. */
void model_device(enum model_family family, uint16_t vendor, uint16_t product, const char *serial,
		  const char *name, struct model_subject *ret);
/* A USB drive that says it is ATAPI. */
void model_drive(uint16_t vendor, uint16_t product, const char *serial, struct model_subject *ret);

/* Write the model in its language. */
void model_write(const struct model *model, char ret[static TEXT_ROOM]);

/* Kinds of access that the product permits: of media bits 1 to 32 as Windows has them; of others
 * bits by kind. */
uint8_t model_permits(const struct model *model, const struct model_subject *subject,
		      const struct model_truth *truth);

/* All kinds that there are for the family. */
uint8_t model_access(bool windows, enum model_family family);

/* What a verdict of ours permits of that. */
uint8_t model_of_verdict(bool windows, enum model_family family, enum verdict verdict,
			 modifier_set modifiers);

/* The imported rules as the product reads them, freed with rules_free(). */
struct rules *model_rules(const struct import *import);

/* What they say of the subject: its one interface. */
struct outcome model_decide(const struct rules *rules, const struct model_subject *subject,
			    enum encryption encryption);

/* Import one text, which must be good. */
struct import model_import(bool windows, const char *text);
bool model_has_note(const struct import *import, enum import_effect effect, const char *part);
