/* mde_match - what one of our rules can say of a device in one breath: a conjunction, of which each
 * part is a set.  Internal to policy/import/.  Pure; all memory is the import's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct mde;

/* Vendor or product ids: ranges in order, no two touching. */
struct mde_ids {
	size_t n;
	struct mde_range {
		uint16_t from, to;
	} ranges[];
};

struct mde_text {
	const char *text;
	bool glob;
	bool wide; /* stands for texts that no list of ours can name, and for others */
};

/* Exact ones in order of strcmp(), then globs. */
struct mde_texts {
	size_t n, n_exact;
	struct mde_text texts[];
};

/* Put them in order. */
void mde_texts_sort(struct mde_texts *texts);

enum { MDE_PLAIN = 1, MDE_LUKS = 2, MDE_BITLOCKER = 4, MDE_ANY_ENCRYPTION = 7 };

/* NULL is every value.  No set is empty: what matches nothing is not said. */
struct mde_match {
	const struct mde_ids *vendor, *product;
	const struct mde_texts *serial, *name;
	uint8_t encryption; /* bits */
};

extern const struct mde_match mde_match_all;

/* A set of one; NULL without memory (mde_take() has said why in *@ret_error). */
int mde_ids_of(struct mde *mde, uint16_t from, uint16_t to, const struct mde_ids **ret)
	__attribute__((warn_unused_result));
int mde_texts_of(struct mde *mde, const struct mde_text *text, const struct mde_texts **ret)
	__attribute__((warn_unused_result));

/* What both match. */
enum mde_meet {
	MDE_MEET_NONE,	/* nothing does */
	MDE_MEET_EXACT, /* *@ret is it */
	MDE_MEET_WIDER, /* two globs: *@ret holds it, and more */
};

/* Returns enum mde_meet, or -errno. */
int mde_match_meet(struct mde *mde, const struct mde_match *a, const struct mde_match *b,
		   struct mde_match *ret) __attribute__((warn_unused_result));

/* True only if @b matches all that @a does. */
bool mde_match_within(const struct mde_match *a, const struct mde_match *b);

/* Add the conditions to @object.  0 or -ENOMEM. */
int mde_match_write(const struct mde_match *match, json_t *object)
	__attribute__((warn_unused_result));
