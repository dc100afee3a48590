#include "inventory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agent/common/file.h"
#include "policy/text.h"

enum { HEX = 2 * INVENTORY_DIGEST_SIZE, BEFORE_PATH = HEX + 2 };

static bool is_plain_path(const char *path)
{
	return path[0] == '/' && strstr(path, "//") == NULL && strstr(path, "/./") == NULL &&
	       strstr(path, "/../") == NULL;
}

/* One line, NUL-terminated at its end. */
static int parse_line(char *line, struct inventory_file *ret)
{
	if (strlen(line) <= BEFORE_PATH || memcmp(line + HEX, "  ", 2) != 0)
		return -EBADMSG;
	line[HEX] = '\0';
	if (text_unhex(line, ret->digest, sizeof(ret->digest)) < 0)
		return -EBADMSG;
	ret->path = line + BEFORE_PATH;
	return is_plain_path(ret->path) ? 0 : -EBADMSG;
}

static int parse_lines(struct inventory *inventory, size_t size)
{
	char *line = inventory->text, *end;

	if (memchr(line, '\0', size) != NULL || size == 0 || line[size - 1] != '\n')
		return -EBADMSG;
	for (; *line != '\0'; line = end + 1) {
		int r;

		end = strchr(line, '\n');
		*end = '\0';
		if (inventory->n == INVENTORY_MAX_FILES)
			return -E2BIG;
		r = parse_line(line, &inventory->files[inventory->n++]);
		if (r < 0)
			return r;
	}
	return 0;
}

int inventory_parse(char *text, size_t size, struct inventory *ret)
{
	struct inventory inventory = { .text = text };
	int r;

	inventory.files = calloc(INVENTORY_MAX_FILES, sizeof(inventory.files[0]));
	crypto_hash_sha256(inventory.digest, (const uint8_t *)text, size);
	r = inventory.files == NULL ? -ENOMEM : parse_lines(&inventory, size);
	if (r < 0) {
		inventory_finish(&inventory);
		return r;
	}
	*ret = inventory;
	return 0;
}

int inventory_read(int dirfd, const char *path, struct inventory *ret)
{
	char *text;
	size_t size;
	int r = file_read(dirfd, path, INVENTORY_MAX_BYTES, &text, &size);

	return r < 0 ? r : inventory_parse(text, size, ret);
}

void inventory_finish(struct inventory *inventory)
{
	free(inventory->text);
	free(inventory->files);
	*inventory = (struct inventory){ 0 };
}
