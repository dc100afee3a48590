/* mde_xml - Defender's policies for Windows as elements.  Internal to policy/import/.
 * Expat reads them (UTF-8 or UTF-16 as the document declares or its mark says).  A document type
 * definition is refused: no entity of a policy's own means anything, and they can be made to fill
 * all memory. */
#pragma once

#include "mde.h"

enum {
	MDE_XML_MAX_LEVELS = 24,
	MDE_XML_MAX_ELEMENTS = 500000,
};

struct mde_attribute {
	const char *name, *value;
	struct mde_attribute *next;
};

struct mde_element {
	const char *name;
	const char *text; /* all of its own, without space around; never NULL */
	int line, column;
	struct mde_attribute *attributes;
	struct mde_element *parent, *first, *last, *next;
};

/* Read the file that is at work.  Returns 0; -EBADMSG with line and column; -E2BIG; -ENOMEM. */
int mde_xml_read(struct mde *mde, struct mde_element **ret) __attribute__((warn_unused_result));

/* Fill the error with the element's place; always -EBADMSG. */
__attribute__((format(printf, 3, 4))) int
mde_xml_fail(struct mde *mde, const struct mde_element *element, const char *format, ...);
/* @word, of @element, is none of @words. */
int mde_xml_fail_word(struct mde *mde, const struct mde_element *element, const char *word,
		      const char *const *words, size_t n);

/* The one child with @name, or NULL. */
const struct mde_element *mde_xml_child(const struct mde_element *element, const char *name);

/* The children and attributes must be among these, each ended by NULL, and each child there once;
 * but
 * @many may be there many times (NULL: none). */
int mde_xml_check(struct mde *mde, const struct mde_element *element, const char *const *children,
		  const char *many, const char *const *attributes)
	__attribute__((warn_unused_result));

/* The attribute's value, or NULL. */
const char *mde_xml_attribute(const struct mde_element *element, const char *name);

/* The attribute "Id", which must be a GUID. */
int mde_xml_id(struct mde *mde, const struct mde_element *element, char ret[static MDE_GUID_SIZE])
	__attribute__((warn_unused_result));

/* Read one <Group>, which mde_xml_add_group() has made known (mde_xml_groups.c). */
int mde_xml_add_group(struct mde *mde, const struct mde_element *element)
	__attribute__((warn_unused_result));
int mde_xml_read_group(struct mde *mde, const struct mde_element *element)
	__attribute__((warn_unused_result));

/* One descriptor of a group, or a <GroupId>. */
int mde_xml_descriptor(struct mde *mde, const struct mde_element *element,
		       struct mde_expression **ret) __attribute__((warn_unused_result));

/* Read one <PolicyRule> (mde_xml_rules.c). */
int mde_xml_read_rule(struct mde *mde, const struct mde_element *element, size_t *audits)
	__attribute__((warn_unused_result));
