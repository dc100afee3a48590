/* decision_table_internal - how a decision table is held in memory, and what reads its parts.
 * Between the files of decision_table*.c. */
#pragma once

#include "circumstances_json.h"
#include "decision_table.h"
#include "device_json.h"
#include "json_document.h"
#include "json_fields.h"

/* A register or a list of revoked devices, as the document has it. */
struct table_register {
	bool given;
	uint8_t *bytes; /* owned */
	struct registered view;
};

struct table_device {
	const char *name; /* "" for one in a row; owned by the document */
	struct device_given given;
};

/* Grants in force, for devices of the table. */
struct table_grants {
	bool given;
	size_t n;
	struct grant *grants;	    /* owned */
	const struct grant **views; /* of them; owned */
};

/* The texts are owned by the document, as is @more. */
struct table_row {
	size_t device;
	json_t *circumstances;	  /* with those of every row; NULL: none; owned */
	const char *verdict, *by; /* as they are compared; @by NULL: it is not */
	json_t *more;		  /* an object, or NULL */
};

struct decision_table {
	char name[DECISION_TABLE_NAME_SIZE];
	struct json_document document;
	json_t *resolved;      /* "devices" without "like"; owned */
	json_t *circumstances; /* of every row; NULL: none; owned by the document */
	bool has_rules;
	struct rules *rules; /* owned */
	struct risk *risk;   /* owned */
	struct table_register registered, revoked;
	struct table_grants grants;
	size_t n_devices, devices_room;
	struct table_device *devices; /* owned */
	size_t n_rows;
	struct table_row *rows; /* owned */
};

/* What follows reads parts of the document, as json_fields.h's functions do. */

/* "The member ... is missing here."  Always -EBADMSG. */
int decision_table_missing(struct rules_reader *reader, const char *path, const char *name);

/* Returns the place of the device called @name. */
int decision_table_find_device(struct rules_reader *reader, const char *path, const char *name,
			       const struct decision_table *table)
	__attribute__((warn_unused_result));

/* Read a device to the end of the table's; "like" is another that has a name.  Returns its place.
 */
int decision_table_add_device(struct rules_reader *reader, const char *path, json_t *value,
			      struct decision_table *table) __attribute__((warn_unused_result));

/* A list of words: bit n of *@ret is set for the n-th. */
int decision_table_set(struct rules_reader *reader, const char *path, json_t *value,
		       const struct json_words *words, uint32_t *ret)
	__attribute__((warn_unused_result));

/* The same for bits of enum modifier and of enum fact. */
int decision_table_modifiers(struct rules_reader *reader, const char *path, json_t *value,
			     uint32_t *ret) __attribute__((warn_unused_result));
int decision_table_facts(struct rules_reader *reader, const char *path, json_t *value,
			 uint32_t *ret) __attribute__((warn_unused_result));

/* Circumstances must be such. */
int decision_table_circumstances(struct rules_reader *reader, const char *path, json_t *value)
	__attribute__((warn_unused_result));

/* As a json_field's read, into a struct decision_table that has its devices. */
int decision_table_registered(struct rules_reader *reader, const char *path, json_t *value,
			      void *ret) __attribute__((warn_unused_result));
int decision_table_revoked(struct rules_reader *reader, const char *path, json_t *value, void *ret)
	__attribute__((warn_unused_result));
int decision_table_grants(struct rules_reader *reader, const char *path, json_t *value, void *ret)
	__attribute__((warn_unused_result));
int decision_table_rows(struct rules_reader *reader, const char *path, json_t *value, void *ret)
	__attribute__((warn_unused_result));
