#include "tree_download.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "policy/text.h"

struct download {
	struct tree_ends ends;
	struct merkle_tree tree;
	size_t room; /* of ends.items */
	size_t held; /* bytes of a leaf that is not whole yet */
	char leaf[CHECKPOINT_LEAF_SIZE];
	int failure;
};

static int compare(const void *a, const void *b)
{
	const struct checkpoint_leaf *one = a, *other = b;
	int r = strcmp(one->host, other->host);

	return r != 0 ? r : strcmp(one->ledger, other->ledger);
}

/* "devgate ledger 1 HOST LEDGER SEQ HASH\n", and nothing else. */
static int parse(const char *text, struct checkpoint_leaf *ret)
{
	char again[CHECKPOINT_LEAF_SIZE], hex[2 * LEDGER_HASH_SIZE + 1];

	*ret = (struct checkpoint_leaf){ 0 };
	if (sscanf(text, "devgate ledger 1 %36s %32s %" SCNu64 " %64[0-9a-f]", ret->host,
		   ret->ledger, &ret->seq, hex) != 4 ||
	    text_unhex(hex, ret->hash, sizeof(ret->hash)) < 0)
		return -EKEYREJECTED;
	checkpoint_leaf_to_text(ret, again);
	return strcmp(again, text) == 0 ? 0 : -EKEYREJECTED;
}

static int add_end(struct download *download, const struct checkpoint_leaf *leaf)
{
	struct tree_ends *ends = &download->ends;
	struct checkpoint_leaf *copy;

	if (ends->n == download->room) {
		size_t room = download->room ? 2 * download->room : 64;
		struct checkpoint_leaf **items = reallocarray(ends->items, room, sizeof(*items));
		if (!items)
			return -ENOMEM;
		ends->items = items;
		download->room = room;
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *leaf;
	if (!tsearch(copy, &ends->index, compare)) {
		free(copy);
		return -ENOMEM;
	}
	ends->items[ends->n++] = copy;
	return 0;
}

/* A ledger's later leaf takes the place of the one before it, and never goes back. */
static int keep(struct download *download, const struct checkpoint_leaf *leaf)
{
	struct checkpoint_leaf **found = tfind(leaf, &download->ends.index, compare);

	if (!found)
		return add_end(download, leaf);
	if (leaf->seq <= (*found)->seq)
		return -EKEYREJECTED;
	**found = *leaf;
	return 0;
}

static int take_leaf(struct download *download)
{
	struct checkpoint_leaf leaf;
	struct merkle_hash hash;
	int r = parse(download->leaf, &leaf);

	if (r == 0)
		r = keep(download, &leaf);
	if (r < 0)
		return r;
	checkpoint_leaf_hash(&leaf, &hash);
	return merkle_append(&download->tree, &hash, NULL, NULL);
}

static int on_bytes(void *userdata, const char *bytes, size_t size)
{
	struct download *download = userdata;

	for (size_t i = 0; i < size && download->failure == 0; i++) {
		if (download->held == sizeof(download->leaf) - 1) {
			download->failure = -EKEYREJECTED;
			break;
		}
		download->leaf[download->held++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		download->leaf[download->held] = '\0';
		download->held = 0;
		download->failure = take_leaf(download);
	}
	return download->failure;
}

static int fetch(struct download *download, struct api *api, uint64_t size)
{
	struct api_path path;
	struct api_request request = { .method = "GET",
				       .path = &path,
				       .max_reply = (size_t)size * CHECKPOINT_LEAF_SIZE,
				       .on_bytes = on_bytes,
				       .userdata = download };
	struct api_reply reply;
	char number[24];
	int r;

	snprintf(number, sizeof(number), "%" PRIu64, size);
	api_path_start(&path, "/api/v1/checkpoints/leaves");
	api_path_query(&path, "size", number);
	r = api_request(api, &request, &reply);
	if (r == -ECANCELED)
		return download->failure;
	if (r < 0)
		return r;
	if (reply.status != 200) {
		api_complain(api, &reply);
		r = -EREMOTEIO;
	}
	api_reply_finish(&reply);
	return r;
}

int tree_download(struct tree_ends *ret, struct api *api, const struct checkpoint *checkpoint)
{
	struct download download = { 0 };
	struct merkle_hash root;
	/* An empty tree has nothing to fetch. */
	int r = checkpoint->size > 0 ? fetch(&download, api, checkpoint->size) : 0;

	merkle_root(&download.tree, &root);
	if (r == 0 && (download.tree.size != checkpoint->size ||
		       memcmp(&root, &checkpoint->root, sizeof(root)) != 0))
		r = -EKEYREJECTED;
	if (r == -EKEYREJECTED)
		complain(_("the leaves that the collector shows are not those that it signed at "
			   "%s: keep its data as evidence"),
			 checkpoint->time);
	else if (r == -ENOMEM)
		complain(_("out of memory"));
	if (r < 0)
		tree_ends_finish(&download.ends);
	else
		*ret = download.ends;
	return r;
}

static void free_nothing(void *item)
{
	(void)item;
}

void tree_ends_finish(struct tree_ends *ends)
{
	tdestroy(ends->index, free_nothing);
	for (size_t i = 0; i < ends->n; i++)
		free(ends->items[i]);
	free(ends->items);
	*ends = (struct tree_ends){ 0 };
}

const struct checkpoint_leaf *tree_ends_find(const struct tree_ends *ends, const char *host,
					     const char *ledger)
{
	struct checkpoint_leaf wanted = { 0 }, **found;

	snprintf(wanted.host, sizeof(wanted.host), "%s", host);
	snprintf(wanted.ledger, sizeof(wanted.ledger), "%s", ledger);
	found = tfind(&wanted, (void *const *)&ends->index, compare);
	return found ? *found : NULL;
}
