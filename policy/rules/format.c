#include "format.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "policy/json_document.h"
#include "policy/jsonc_tree.h"
#include "policy/rules.h"
#include "policy/text.h"

enum { COLUMNS = 100, INDENT = 2, DEPTH_MAX = 32, WORD_SIZE = 64 };

struct writer {
	struct jsonc_tree tree;
	char *bytes; /* owned */
	size_t n, room;
	size_t column; /* characters since the line break */
	bool failed;   /* out of memory */
};

/* How many characters; no byte of a UTF-8 character but the first counts. */
static size_t width(const char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

static void put(struct writer *w, const char *text, size_t size)
{
	if (w->n + size + 1 > w->room) {
		const size_t room = (w->n + size + 1) * 2;
		char *bytes = w->failed ? NULL : realloc(w->bytes, room);

		if (bytes == NULL) {
			w->failed = true;
			return;
		}
		w->bytes = bytes;
		w->room = room;
	}
	memcpy(w->bytes + w->n, text, size);
	w->n += size;
	w->column += width(text, size);
}

static void put_text(struct writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static void break_line(struct writer *w, unsigned depth)
{
	put(w, "\n", 1);
	w->column = 0;
	for (unsigned i = 0; i < depth * INDENT; i++)
		put(w, " ", 1);
}

/* A blank line, unless at the beginning. */
static void put_blank(struct writer *w)
{
	if (w->n > 0)
		put(w, "\n", 1);
}

/* A comment as it is, but for white space at the end of its lines. */
static void put_comment(struct writer *w, const struct jsonc_comment *comment)
{
	const char *line = w->tree.text + comment->at, *end = w->tree.text + comment->end;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *last = stop == NULL ? end : stop;

		while (last > line && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
			last--;
		put(w, line, (size_t)(last - line));
		if (stop != NULL)
			put(w, "\n", 1);
		line = stop == NULL ? end : stop + 1;
	}
}

/* Comments on lines of their own: each begins a line.  @blank: a blank line may stand before. */
static void put_lines(struct writer *w, struct jsonc_comments list, unsigned depth, bool blank)
{
	for (uint32_t i = list.first; i != 0; i = w->tree.comments[i].next) {
		if (w->tree.comments[i].blank_before && blank)
			put_blank(w);
		if (w->n > 0)
			break_line(w, depth);
		put_comment(w, &w->tree.comments[i]);
		blank = true;
	}
}

/* Comments at the end of a line. */
static void put_behind(struct writer *w, struct jsonc_comments list, unsigned depth)
{
	bool line = false; /* a line comment was the last that this line can have */

	for (uint32_t i = list.first; i != 0; i = w->tree.comments[i].next) {
		if (line)
			break_line(w, depth);
		else
			put(w, " ", 1);
		put_comment(w, &w->tree.comments[i]);
		line = line || !w->tree.comments[i].block;
	}
}

/* Comments between a key and its value.  Ends with what must stand before the value. */
static void put_inner(struct writer *w, struct jsonc_comments list, unsigned depth)
{
	for (uint32_t i = list.first; i != 0; i = w->tree.comments[i].next) {
		put_comment(w, &w->tree.comments[i]);
		if (w->tree.comments[i].block)
			put(w, " ", 1);
		else
			break_line(w, depth);
	}
}

static const struct rules_layout *layout_of(const struct writer *w, const struct jsonc_node *node,
					    const struct rules_layout *container)
{
	char name[WORD_SIZE] = "";
	const size_t size = node->key_end - node->key_at;

	if (size >= 2 && size - 2 < sizeof(name))
		memcpy(name, w->tree.text + node->key_at + 1, size - 2);
	return rules_layout_member(container, name);
}

static size_t key_width(const struct writer *w, const struct jsonc_node *node)
{
	if (node->key_end == 0)
		return 0;
	return width(w->tree.text + node->key_at, node->key_end - node->key_at) + strlen(": ");
}

/* How wide @node is on one line, without its key; more than @room if it is wider or cannot be. */
static size_t inline_width(const struct writer *w, const struct jsonc_node *node,
			   const struct rules_layout *layout, size_t room)
{
	const size_t never = room + 1;
	const struct jsonc_node *child = jsonc_tree_first(&w->tree, node);

	if (node->head.first != 0 || node->foot.first != 0)
		return never;
	if (node->kind == 0)
		return width(w->tree.text + node->at, node->end - node->at);
	if (child == NULL)
		return 2;
	if (layout->broken)
		return never;
	size_t sum = node->kind == '{' ? 2 : 0; /* with the spaces inside of the braces */
	for (; child != NULL && sum <= room; child = jsonc_tree_next(&w->tree, child)) {
		if (child->leading.first != 0 || child->inner.first != 0 ||
		    child->trailing.first != 0)
			return never;
		sum += 2 + key_width(w, child) +
		       inline_width(w, child, layout_of(w, child, layout), room);
	}
	return sum;
}

static void put_key(struct writer *w, const struct jsonc_node *node)
{
	if (node->key_end == 0)
		return;
	put(w, w->tree.text + node->key_at, node->key_end - node->key_at);
	put_text(w, ": ");
}

static void put_inline(struct writer *w, const struct jsonc_node *node)
{
	const struct jsonc_node *child = jsonc_tree_first(&w->tree, node);

	if (node->kind == 0) {
		put(w, w->tree.text + node->at, node->end - node->at);
		return;
	}
	if (child == NULL) {
		put_text(w, node->kind == '{' ? "{}" : "[]");
		return;
	}
	put_text(w, node->kind == '{' ? "{ " : "[");
	for (; child != NULL; child = jsonc_tree_next(&w->tree, child)) {
		put_key(w, child);
		put_inline(w, child);
		if (child->next != 0)
			put_text(w, ", ");
	}
	put_text(w, node->kind == '{' ? " }" : "]");
}

static void put_value(struct writer *w, const struct jsonc_node *node,
		      const struct rules_layout *layout, unsigned depth);

static void put_child(struct writer *w, const struct jsonc_node *child,
		      const struct rules_layout *layout, unsigned depth, bool first)
{
	put_lines(w, child->leading, depth, !first);
	if (child->blank_before && !(first && child->leading.first == 0))
		put_blank(w);
	break_line(w, depth);
	put_key(w, child);
	put_inner(w, child->inner, depth + 1);
	put_value(w, child, layout, depth);
	if (child->next != 0)
		put(w, ",", 1);
	put_behind(w, child->trailing, depth);
}

static void put_value(struct writer *w, const struct jsonc_node *node,
		      const struct rules_layout *layout, unsigned depth)
{
	const struct jsonc_node *child = jsonc_tree_first(&w->tree, node);
	const size_t taken = w->column + (node->next != 0 ? 1 : 0); /* a comma follows */
	const size_t room = taken < COLUMNS ? COLUMNS - taken : 0;
	bool first = true;

	if (node->kind == 0 || inline_width(w, node, layout, room) <= room) {
		put_inline(w, node);
		return;
	}
	put(w, node->kind == '{' ? "{" : "[", 1);
	put_behind(w, node->head, depth + 1);
	for (; child != NULL; child = jsonc_tree_next(&w->tree, child)) {
		put_child(w, child, layout_of(w, child, layout), depth + 1, first);
		first = false;
	}
	put_lines(w, node->foot, depth + 1, !first);
	break_line(w, depth);
	put(w, node->kind == '{' ? "}" : "]", 1);
}

static void put_document(struct writer *w)
{
	const struct jsonc_node *root = &w->tree.nodes[1];

	put_lines(w, root->leading, 0, false);
	if (root->leading.first != 0) {
		if (root->blank_before)
			put_blank(w);
		break_line(w, 0);
	}
	put_value(w, root, &rules_layout_document, 0);
	put_behind(w, root->trailing, 0);
	put_lines(w, w->tree.nodes[0].foot, 0, true);
	put(w, "\n", 1);
}

static size_t rank_of(const struct jsonc_tree *tree, const struct jsonc_node *node,
		      const struct rules_layout *layout)
{
	size_t rank = 0;

	while (layout->names[rank] != NULL &&
	       !jsonc_tree_is_called(tree, node, layout->names[rank]))
		rank++;
	return rank;
}

/* Put the members of every object in order, those that the layout does not name last. */
static void sort_members(struct writer *w, struct jsonc_node *node,
			 const struct rules_layout *layout)
{
	struct {
		uint32_t first, last;
	} ranks[RULES_LAYOUT_NAMES + 1] = { { 0, 0 } };
	struct jsonc_node *nodes = w->tree.nodes;
	uint32_t *end = &node->first;

	for (uint32_t i = node->first, next; i != 0; i = next) {
		const size_t rank = node->kind == '{' ? rank_of(&w->tree, &nodes[i], layout) : 0;

		next = nodes[i].next;
		sort_members(w, &nodes[i], layout_of(w, &nodes[i], layout));
		if (ranks[rank].first == 0)
			ranks[rank].first = i;
		else
			nodes[ranks[rank].last].next = i;
		ranks[rank].last = i;
	}
	for (size_t rank = 0; rank <= RULES_LAYOUT_NAMES; rank++) {
		if (ranks[rank].first == 0)
			continue;
		*end = ranks[rank].first;
		end = &nodes[ranks[rank].last].next;
	}
	*end = 0;
}

static int too_large(struct rules_error *error)
{
	snprintf(error->message, sizeof(error->message),
		 "The document is larger than %d bytes, or would be.", RULES_MAX_BYTES);
	return -E2BIG;
}

/* Whether @text is JSON with comments. */
static int check(const char *text, size_t size, struct rules_error *error)
{
	static const struct json_limits limits = { RULES_MAX_BYTES, DEPTH_MAX };
	struct json_document document;
	int r = json_document_load(text, size, &limits, &document, error);

	if (r == 0)
		json_document_finish(&document);
	return r;
}

int rules_format(const char *text, size_t size, char **ret, size_t *ret_size,
		 struct rules_error *error)
{
	struct writer w = { 0 };

	*error = (struct rules_error){ 0 };
	if (size > RULES_MAX_BYTES)
		return too_large(error);
	int r = check(text, size, error);
	if (r == 0)
		r = jsonc_tree_parse(&w.tree, text, size);
	if (r < 0)
		return r;
	sort_members(&w, &w.tree.nodes[1], &rules_layout_document);
	put_document(&w);
	jsonc_tree_finish(&w.tree);
	r = w.failed ? -ENOMEM : w.n > RULES_MAX_BYTES ? too_large(error) : 0;
	if (r < 0) {
		free(w.bytes);
		return r;
	}
	w.bytes[w.n] = '\0';
	*ret = w.bytes;
	*ret_size = w.n;
	return 0;
}
