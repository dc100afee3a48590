#include "checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum { BASE64_SIZE = 45, NUMBER_SIZE = 21 };

size_t checkpoint_leaf_to_text(const struct checkpoint_leaf *leaf,
			       char ret[static CHECKPOINT_LEAF_SIZE])
{
	char hash[2 * LEDGER_HASH_SIZE + 1];

	text_hex(leaf->hash, sizeof(leaf->hash), hash);
	return (size_t)snprintf(ret, CHECKPOINT_LEAF_SIZE,
				"devgate ledger 1 %s %s %" PRIu64 " %s\n", leaf->host, leaf->ledger,
				leaf->seq, hash);
}

void checkpoint_leaf_hash(const struct checkpoint_leaf *leaf, struct merkle_hash *ret)
{
	char text[CHECKPOINT_LEAF_SIZE];

	merkle_leaf(text, checkpoint_leaf_to_text(leaf, text), ret);
}

/* "2026-11-22T22:36:19Z". */
static bool is_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	for (size_t i = 0; i < sizeof(form); i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == 'd' ? !digit : text[i] != form[i])
			return false;
	}
	return true;
}

ptrdiff_t checkpoint_sign(const struct checkpoint *checkpoint, const struct note_key *key,
			  const uint8_t secret[static crypto_sign_SECRETKEYBYTES],
			  char ret[static CHECKPOINT_NOTE_SIZE])
{
	char root[BASE64_SIZE], text[512];

	if (!is_time(checkpoint->time))
		return -EINVAL;
	sodium_bin2base64(root, sizeof(root), checkpoint->root.bytes, MERKLE_HASH_SIZE,
			  sodium_base64_VARIANT_ORIGINAL);
	snprintf(text, sizeof(text), "%s\n%" PRIu64 "\n%s\ntime %s\n", key->name, checkpoint->size,
		 root, checkpoint->time);
	return note_sign(text, key, secret, ret, CHECKPOINT_NOTE_SIZE);
}

/* The next line of *@at, which must end before @end, into @ret. */
static bool next_line(const char **at, const char *end, char *ret, size_t size)
{
	const char *next = memchr(*at, '\n', (size_t)(end - *at));

	if (next == NULL || (size_t)(next - *at) >= size)
		return false;
	memcpy(ret, *at, (size_t)(next - *at));
	ret[next - *at] = '\0';
	*at = next + 1;
	return true;
}

/* A decimal number below 2^63, written in the only way. */
static bool parse_size(const char *text, uint64_t *ret)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || text[n] != '\0' || (text[0] == '0' && n > 1) || n > 19)
		return false;
	return sscanf(text, "%" SCNu64, ret) == 1 && *ret <= INT64_MAX;
}

static bool parse_root(const char *text, struct merkle_hash *ret)
{
	char again[BASE64_SIZE];
	size_t n;

	if (strlen(text) != BASE64_SIZE - 1 ||
	    sodium_base642bin(ret->bytes, sizeof(ret->bytes), text, strlen(text), NULL, &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    n != sizeof(ret->bytes))
		return false;
	sodium_bin2base64(again, sizeof(again), ret->bytes, sizeof(ret->bytes),
			  sodium_base64_VARIANT_ORIGINAL);
	return strcmp(again, text) == 0;
}

int checkpoint_open(struct checkpoint *ret, const char *note, size_t size,
		    const struct note_key *key)
{
	char origin[NOTE_NAME_SIZE], number[NUMBER_SIZE], root[BASE64_SIZE];
	char when[5 + CHECKPOINT_TIME_SIZE];
	struct checkpoint checkpoint = { 0 };
	const char *at = note, *end;
	size_t text;
	int r = note_open(note, size, key, &text);

	if (r < 0)
		return r;
	end = note + text;
	if (!next_line(&at, end, origin, sizeof(origin)) || strcmp(origin, key->name) != 0 ||
	    !next_line(&at, end, number, sizeof(number)) || !parse_size(number, &checkpoint.size) ||
	    !next_line(&at, end, root, sizeof(root)) || !parse_root(root, &checkpoint.root) ||
	    !next_line(&at, end, when, sizeof(when)) || strncmp(when, "time ", 5) != 0 ||
	    !is_time(when + 5))
		return -EBADMSG;
	memcpy(checkpoint.time, when + 5, sizeof(checkpoint.time));
	*ret = checkpoint;
	return 0;
}
