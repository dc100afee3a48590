#include "checkpoints_api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector.h"
#include "policy/text.h"
#include "reply.h"
#include "server/store/checkpoints.h"

static int on_row(void *context, const struct checkpoint_row *row)
{
	json_t *json =
		json_pack("{sI sI so}", "number", (json_int_t)row->number, "size",
			  (json_int_t)row->size, "note", json_stringn(row->note, row->note_size));

	return json_array_append_new(context, json) < 0 ? -ENOMEM : 0;
}

enum MHD_Result checkpoints_handle_list(struct request *request)
{
	char key[NOTE_VERIFIER_SIZE];
	uint64_t after;
	json_t *list;

	if (request_number(request, "after", INT64_MAX, 0, &after) < 0)
		return reply_problem(request);
	list = json_array();
	int r = list ? checkpoints_each(request->collector->store, (int64_t)after,
					CHECKPOINTS_LIMIT_MAX, on_row, list)
		     : -ENOMEM;
	if (r < 0) {
		json_decref(list);
		return reply_failure(request, r, "list checkpoints");
	}
	note_key_to_text(&request->collector->config.checkpoint_key.key, key);
	return reply_json(request, MHD_HTTP_OK,
			  json_pack("{ss so}", "key", key, "checkpoints", list));
}

static json_t *proof_to_json(const struct merkle_hash *proof, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++) {
		char hex[2 * MERKLE_HASH_SIZE + 1];
		text_hex(proof[i].bytes, sizeof(proof[i].bytes), hex);
		if (json_array_append_new(list, json_string(hex)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static enum MHD_Result refuse_size(struct request *request)
{
	return reply_refusal(request, MHD_HTTP_BAD_REQUEST, "bad-request",
			     "There is no checkpoint of that size.");
}

enum MHD_Result checkpoints_handle_consistency(struct request *request)
{
	struct merkle_hash proof[MERKLE_MAX_PROOF];
	uint64_t old, size;

	if (request_number(request, "old", INT64_MAX, 0, &old) < 0 ||
	    request_number(request, "size", INT64_MAX, 0, &size) < 0)
		return reply_problem(request);
	int n = checkpoints_prove_consistency(request->collector->store, old, size, proof);
	if (n == -EINVAL)
		return refuse_size(request);
	if (n < 0)
		return reply_failure(request, n, "prove consistency");
	return reply_json(request, MHD_HTTP_OK,
			  json_pack("{so}", "proof", proof_to_json(proof, (size_t)n)));
}

enum MHD_Result checkpoints_handle_inclusion(struct request *request)
{
	const char *host = request_argument(request, "host");
	const char *ledger = request_argument(request, "ledger");
	struct merkle_hash proof[MERKLE_MAX_PROOF];
	char leaf[CHECKPOINT_LEAF_SIZE];
	struct checkpoint_place place;
	uint64_t size;

	if (request_number(request, "size", INT64_MAX, 0, &size) < 0)
		return reply_problem(request);
	int n = checkpoints_prove_inclusion(request->collector->store, host ? host : "",
					    ledger ? ledger : "", size, &place, proof);
	if (n == -EINVAL)
		return refuse_size(request);
	if (n == -ENOENT)
		return reply_refusal(request, MHD_HTTP_NOT_FOUND, "not-found",
				     "No checkpoint of that size has this ledger.");
	if (n < 0)
		return reply_failure(request, n, "prove inclusion");
	checkpoint_leaf_to_text(&place.leaf, leaf);
	return reply_json(request, MHD_HTTP_OK,
			  json_pack("{sI sI ss so}", "index", (json_int_t)place.index, "seq",
				    (json_int_t)place.leaf.seq, "leaf", leaf, "proof",
				    proof_to_json(proof, (size_t)n)));
}

/* Leaves read a block at a time; owned by its response. */
struct leaves {
	struct store *store;
	uint64_t next, size;
	char *bytes; /* read and not yet sent */
	size_t n_bytes, sent;
};

static void leaves_free(void *context)
{
	struct leaves *leaves = context;

	free(leaves->bytes);
	free(leaves);
}

struct leaves_block {
	FILE *stream;
	uint64_t next, size;
};

static int on_place(void *context, const struct checkpoint_place *place)
{
	struct leaves_block *block = context;
	char text[CHECKPOINT_LEAF_SIZE];

	if (place->index != block->next || block->next == block->size)
		return -ECANCELED; /* what is missing shows in the root */
	checkpoint_leaf_to_text(&place->leaf, text);
	fputs(text, block->stream);
	block->next++;
	return ferror(block->stream) ? -ENOMEM : 0;
}

static int fill(struct leaves *leaves)
{
	struct leaves_block block = { .next = leaves->next, .size = leaves->size };
	int r;

	free(leaves->bytes);
	leaves->bytes = NULL;
	leaves->n_bytes = leaves->sent = 0;
	block.stream = open_memstream(&leaves->bytes, &leaves->n_bytes);
	if (!block.stream)
		return -ENOMEM;
	r = checkpoints_each_leaf(leaves->store, leaves->next, CHECKPOINTS_LIMIT_MAX, on_place,
				  &block);
	leaves->next = block.next;
	return fclose(block.stream) != 0 ? -ENOMEM : r == -ECANCELED ? 0 : r;
}

/* MHD_ContentReaderCallback */
static ssize_t on_read(void *context, uint64_t position, char *buffer, size_t max)
{
	struct leaves *leaves = context;

	(void)position;
	if (leaves->sent == leaves->n_bytes && fill(leaves) < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (leaves->n_bytes == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	size_t n = leaves->n_bytes - leaves->sent < max ? leaves->n_bytes - leaves->sent : max;
	memcpy(buffer, leaves->bytes + leaves->sent, n);
	leaves->sent += n;
	return (ssize_t)n;
}

enum MHD_Result checkpoints_handle_leaves(struct request *request)
{
	struct MHD_Response *response;
	struct leaves *leaves;
	uint64_t size;

	if (request_number(request, "size", INT64_MAX, 0, &size) < 0)
		return reply_problem(request);
	leaves = calloc(1, sizeof(*leaves));
	if (!leaves)
		return reply_failure(request, -ENOMEM, "read leaves");
	leaves->store = request->collector->store;
	leaves->size = size;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 64 * 1024, on_read, leaves,
						     leaves_free);
	if (!response)
		leaves_free(leaves);
	return reply_response(request, MHD_HTTP_OK, response, "text/plain; charset=utf-8");
}
