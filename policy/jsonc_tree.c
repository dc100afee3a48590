#include "jsonc_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jsonc.h"

/* What stands between two tokens. */
struct gap {
	struct jsonc_comments same_line; /* up to the first line break */
	struct jsonc_comments rest;
	bool line_break;   /* there is one, outside of comments */
	bool blank_before; /* an empty line before the token at its end */
};

static int grow(void **array, uint32_t n, uint32_t *room, size_t size)
{
	if (n < *room)
		return 0;
	const uint32_t wanted = *room == 0 ? 64 : *room * 2;
	void *bigger = realloc(*array, wanted * size);
	if (bigger == NULL)
		return -ENOMEM;
	*array = bigger;
	*room = wanted;
	return 0;
}

static int add_node(struct jsonc_tree *tree, uint32_t *ret)
{
	int r = grow((void **)&tree->nodes, tree->n_nodes, &tree->nodes_room, sizeof(*tree->nodes));

	if (r < 0)
		return r;
	*ret = tree->n_nodes;
	tree->nodes[tree->n_nodes++] = (struct jsonc_node){ 0 };
	return 0;
}

static int add_comment(struct jsonc_tree *tree, const struct jsonc_comment *comment,
		       struct jsonc_comments *list)
{
	int r = grow((void **)&tree->comments, tree->n_comments, &tree->comments_room,
		     sizeof(*tree->comments));

	if (r < 0)
		return r;
	const uint32_t at = tree->n_comments++;
	tree->comments[at] = *comment;
	if (list->first == 0)
		list->first = at;
	else
		tree->comments[list->last].next = at;
	list->last = at;
	return 0;
}

static void join(struct jsonc_tree *tree, struct jsonc_comments *list,
		 const struct jsonc_comments *more)
{
	if (more->first == 0)
		return;
	if (list->first == 0)
		list->first = more->first;
	else
		tree->comments[list->last].next = more->first;
	list->last = more->last;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Skip white space; returns how many line breaks there were. */
static unsigned skip_space(const struct jsonc_tree *tree, uint32_t *at)
{
	unsigned breaks = 0;

	for (; *at < tree->size && is_space(tree->text[*at]); ++*at)
		breaks += tree->text[*at] == '\n';
	return breaks;
}

static int read_gap(struct jsonc_tree *tree, uint32_t *at, struct gap *ret)
{
	*ret = (struct gap){ 0 };
	for (;;) {
		const unsigned breaks = skip_space(tree, at);

		ret->line_break = ret->line_break || breaks > 0;
		ret->blank_before = breaks > 1;
		if (*at + 1 >= tree->size || tree->text[*at] != '/')
			return 0;

		const size_t end = jsonc_comment_end(tree->text, tree->size, *at);
		const struct jsonc_comment comment = {
			.at = *at,
			.end = (uint32_t)end,
			.block = tree->text[*at + 1] == '*',
			.blank_before = ret->blank_before,
		};
		if (end == 0)
			return -EBADMSG;
		int r = add_comment(tree, &comment, ret->line_break ? &ret->rest : &ret->same_line);
		if (r < 0)
			return r;
		*at = (uint32_t)end;
	}
}

static char peek(const struct jsonc_tree *tree, uint32_t at)
{
	return at < tree->size ? tree->text[at] : '\0';
}

static int read_value(struct jsonc_tree *tree, uint32_t *at, uint32_t node);

/* "key" : with what stands before the value. */
static int read_key(struct jsonc_tree *tree, uint32_t *at, uint32_t node)
{
	struct jsonc_node *member = &tree->nodes[node];
	struct gap gap;

	if (peek(tree, *at) != '"')
		return -EBADMSG;
	member->key_at = *at;
	member->key_end = (uint32_t)jsonc_string_end(tree->text, tree->size, *at);
	*at = member->key_end;
	for (int side = 0; side < 2; side++) {
		int r = read_gap(tree, at, &gap);
		if (r < 0)
			return r;
		join(tree, &member->inner, &gap.same_line);
		join(tree, &member->inner, &gap.rest);
		if (side == 0 && peek(tree, *at) != ':')
			return -EBADMSG;
		*at += side == 0;
	}
	return 0;
}

/* One member or element, and what follows it up to the next one or the end of its container.  *@gap
 * stands before it, then before what comes next.  Returns 1 if another one follows. */
static int read_child(struct jsonc_tree *tree, uint32_t *at, uint32_t node, bool has_key,
		      struct gap *gap)
{
	struct gap after_value, after_comma = { 0 };

	tree->nodes[node].leading = gap->rest;
	tree->nodes[node].blank_before = gap->blank_before;
	int r = has_key ? read_key(tree, at, node) : 0;
	if (r == 0)
		r = read_value(tree, at, node);
	if (r == 0)
		r = read_gap(tree, at, &after_value);
	if (r < 0)
		return r;

	const bool comma = peek(tree, *at) == ',';
	if (comma) {
		++*at;
		r = read_gap(tree, at, &after_comma);
		if (r < 0)
			return r;
	}
	struct jsonc_node *child = &tree->nodes[node];
	join(tree, &child->trailing, &after_value.same_line);
	*gap = after_comma;
	if (!comma)
		gap->blank_before = after_value.blank_before;
	gap->rest = after_value.rest;
	join(tree, after_comma.line_break ? &child->trailing : &gap->rest, &after_comma.same_line);
	join(tree, &gap->rest, &after_comma.rest);
	return comma;
}

static int read_container(struct jsonc_tree *tree, uint32_t *at, uint32_t node)
{
	const char open = tree->text[*at], close = open == '{' ? '}' : ']';
	struct gap gap;
	uint32_t last = 0, child;

	++*at;
	int r = read_gap(tree, at, &gap);
	if (r < 0)
		return r;
	if (gap.line_break)
		tree->nodes[node].head = gap.same_line;
	else
		gap.rest = gap.same_line;
	bool more = peek(tree, *at) != close;
	while (more) {
		r = add_node(tree, &child);
		if (r < 0)
			return r;
		*(last == 0 ? &tree->nodes[node].first : &tree->nodes[last].next) = child;
		last = child;
		r = read_child(tree, at, child, open == '{', &gap);
		if (r < 0)
			return r;
		more = r > 0;
	}
	if (peek(tree, *at) != close)
		return -EBADMSG;
	++*at;
	tree->nodes[node].kind = open;
	tree->nodes[node].foot = gap.rest;
	return 0;
}

static bool ends_scalar(char c)
{
	return is_space(c) || c == ',' || c == ']' || c == '}' || c == '/';
}

static int read_value(struct jsonc_tree *tree, uint32_t *at, uint32_t node)
{
	const char first = peek(tree, *at);
	int r = 0;

	tree->nodes[node].at = *at;
	if (first == '{' || first == '[') {
		r = read_container(tree, at, node);
	} else if (first == '"') {
		*at = (uint32_t)jsonc_string_end(tree->text, tree->size, *at);
	} else {
		while (*at < tree->size && !ends_scalar(tree->text[*at]))
			++*at;
		r = *at == tree->nodes[node].at ? -EBADMSG : 0;
	}
	tree->nodes[node].end = *at;
	return r;
}

static int read_text(struct jsonc_tree *tree)
{
	uint32_t at = 0, text, root;
	struct gap gap;

	if (tree->size >= 3 && memcmp(tree->text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	int r = add_comment(tree, &(struct jsonc_comment){ 0 }, &(struct jsonc_comments){ 0 });
	if (r == 0)
		r = add_node(tree, &text);
	if (r == 0)
		r = add_node(tree, &root);
	if (r == 0)
		r = read_gap(tree, &at, &gap);
	if (r < 0)
		return r;
	join(tree, &tree->nodes[root].leading, &gap.same_line);
	join(tree, &tree->nodes[root].leading, &gap.rest);
	tree->nodes[root].blank_before = gap.blank_before;
	tree->nodes[text].first = root;
	r = read_value(tree, &at, root);
	if (r == 0)
		r = read_gap(tree, &at, &gap);
	if (r < 0)
		return r;
	tree->nodes[root].trailing = gap.same_line;
	tree->nodes[text].foot = gap.rest;
	return at == tree->size ? 0 : -EBADMSG;
}

int jsonc_tree_parse(struct jsonc_tree *ret, const char *text, size_t size)
{
	struct jsonc_tree tree = { .text = text, .size = (uint32_t)size };

	int r = read_text(&tree);
	if (r < 0) {
		jsonc_tree_finish(&tree);
		return r;
	}
	*ret = tree;
	return 0;
}

void jsonc_tree_finish(struct jsonc_tree *tree)
{
	free(tree->nodes);
	free(tree->comments);
	*tree = (struct jsonc_tree){ 0 };
}

const struct jsonc_node *jsonc_tree_first(const struct jsonc_tree *tree,
					  const struct jsonc_node *node)
{
	return node->first == 0 ? NULL : &tree->nodes[node->first];
}

const struct jsonc_node *jsonc_tree_next(const struct jsonc_tree *tree,
					 const struct jsonc_node *node)
{
	return node->next == 0 ? NULL : &tree->nodes[node->next];
}

bool jsonc_tree_is_called(const struct jsonc_tree *tree, const struct jsonc_node *node,
			  const char *name)
{
	const size_t size = strlen(name);

	return node->key_end - node->key_at == size + 2 &&
	       memcmp(tree->text + node->key_at + 1, name, size) == 0;
}

const struct jsonc_node *jsonc_tree_member(const struct jsonc_tree *tree,
					   const struct jsonc_node *node, const char *name)
{
	for (node = jsonc_tree_first(tree, node); node != NULL; node = jsonc_tree_next(tree, node))
		if (jsonc_tree_is_called(tree, node, name))
			return node;
	return NULL;
}
