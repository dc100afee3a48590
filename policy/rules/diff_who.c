/* A rule's match in one line, in the document's own words. */
#include <string.h>

#include "diff_internal.h"
#include "policy/text.h"

struct line {
	char *ret;
	size_t n;
	bool full;
};

static const char more[] = "…";

/* Add as much as there is room for, whole characters, and "…" where that is not all. */
static void put(struct line *line, const char *text, size_t size)
{
	while (size > 0 && !line->full) {
		const size_t character = text_character(text, size);
		const size_t n = character == 0 ? 1 : character;

		if (line->n + n + sizeof(more) > RULES_WHO_SIZE) {
			memcpy(line->ret + line->n, more, sizeof(more));
			line->full = true;
			return;
		}
		memcpy(line->ret + line->n, text, n);
		line->n += n;
		text += n;
		size -= n;
	}
	if (!line->full)
		line->ret[line->n] = '\0';
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

static void put_value(struct line *line, const struct jsonc_tree *tree,
		      const struct jsonc_node *node)
{
	const bool object = node->kind == '{';
	const struct jsonc_node *child = jsonc_tree_first(tree, node);

	if (node->kind == 0) {
		put(line, tree->text + node->at, node->end - node->at);
		return;
	}
	put_text(line, object ? "{ " : "[");
	for (; child != NULL && !line->full; child = jsonc_tree_next(tree, child)) {
		put(line, tree->text + child->key_at, child->key_end - child->key_at);
		put_text(line, object ? ": " : "");
		put_value(line, tree, child);
		put_text(line, child->next != 0 ? ", " : "");
	}
	put_text(line, object ? " }" : "]");
}

void diff_who(const struct jsonc_tree *tree, const struct jsonc_node *node,
	      char ret[static RULES_WHO_SIZE])
{
	struct line line = { .ret = ret };

	ret[0] = '\0';
	node = jsonc_tree_member(tree, node, "match");
	node = node == NULL ? NULL : jsonc_tree_first(tree, node);
	for (; node != NULL; node = jsonc_tree_next(tree, node)) {
		if (jsonc_tree_is_called(tree, node, "function"))
			continue;
		put_text(&line, line.n > 0 ? "; " : "");
		put(&line, tree->text + node->key_at + 1, node->key_end - node->key_at - 2);
		put_text(&line, ": ");
		put_value(&line, tree, node);
	}
}
