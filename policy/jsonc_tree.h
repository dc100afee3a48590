/* jsonc_tree - JSON with comments as a tree of places in its text, comments included.
 * Internal to policy/.  Pure.  For what looks at the text itself, as a formatter or a message with
 * a line number does; what a document means is read with Jansson.
 *
 * A comment belongs to the member or element that it stands beside:
 *
 *   {                 // head of the object
 *     // leading of "a"
 *     "a":            // inner of "a"
 *       1,            // trailing of "a"
 *     "b": 2
 *     // foot of the object
 *   }
 *
 * On one line with what is before it and with what is after it, it belongs to what is after it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of comments: the first and the last; 0 for none. */
struct jsonc_comments {
	uint32_t first, last;
};

struct jsonc_comment {
	uint32_t at, end; /* a line comment's end is before the line break */
	uint32_t next;	  /* 0: the last */
	bool block;
	bool blank_before; /* an empty line */
};

struct jsonc_node {
	uint32_t at, end;	  /* of the value */
	uint32_t key_at, key_end; /* with the quotes; both 0 for an element */
	uint32_t first, next;	  /* child and sibling; 0 for none */
	struct jsonc_comments leading, inner, trailing, head, foot;
	char kind;	   /* '{', '[', or 0 for a scalar */
	bool blank_before; /* an empty line between it and what is before it */
};

/* Node 0 stands for the text, node 1 for the document's value, its only child. */
struct jsonc_tree {
	const char *text; /* borrowed */
	uint32_t size;
	uint32_t n_nodes, nodes_room;
	struct jsonc_node *nodes; /* owned */
	uint32_t n_comments, comments_room;
	struct jsonc_comment *comments; /* owned; the first is not used */
};

/* Read @text, which jsonc_strip() has taken and Jansson has found to be JSON once it was stripped:
 * so its depth is bounded, too.  @size is at most RULES_MAX_BYTES.  Borrows it.  Gives *@ret, freed
 * with jsonc_tree_finish().  Returns 0; -ENOMEM; -EBADMSG if it is no JSON all the same. */
int jsonc_tree_parse(struct jsonc_tree *ret, const char *text, size_t size)
	__attribute__((warn_unused_result));
void jsonc_tree_finish(struct jsonc_tree *tree);

/* The member of @node called @name, or NULL.  Owned by @tree, as is what the next one gives. */
const struct jsonc_node *jsonc_tree_member(const struct jsonc_tree *tree,
					   const struct jsonc_node *node, const char *name);

/* The first member or element of @node, and the one after @node; NULL if there is none. */
const struct jsonc_node *jsonc_tree_first(const struct jsonc_tree *tree,
					  const struct jsonc_node *node);
const struct jsonc_node *jsonc_tree_next(const struct jsonc_tree *tree,
					 const struct jsonc_node *node);

/* True if the key of @node is @name. */
bool jsonc_tree_is_called(const struct jsonc_tree *tree, const struct jsonc_node *node,
			  const char *name);
