#include "policy_register.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/cleanup.h"
#include "policy_files.h"
#include "text.h"

enum {
	REGISTER_MAX_BYTES = REGISTERED_HEADER_SIZE + REGISTERED_MAX_ENTRIES * REGISTERED_ENTRY_SIZE
};

static int encode(const struct import *import, uint8_t **ret_bytes, size_t *ret_size)
{
	_cleanup_free_ struct registered_entry *entries =
		calloc(import->n_media + 1, sizeof(*entries));

	if (entries == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < import->n_media; i++) {
		const struct import_medium *medium = &import->media[i];
		struct registered_entry *entry = &entries[i];

		entry->verdict = medium->verdict;
		entry->modifiers = medium->modifiers;
		entry->functions = medium->functions;
		device_claim_key(&(struct device_claim){ medium->bus, medium->vendor,
							 medium->product, medium->serial },
				 entry->key);
		if (medium->tag != NULL && strlen(medium->tag) >= sizeof(entry->tag))
			return -ENAMETOOLONG;
		if (medium->tag != NULL)
			snprintf(entry->tag, sizeof(entry->tag), "%s", medium->tag);
		else
			snprintf(entry->tag, sizeof(entry->tag), "%04x:%04x", medium->vendor,
				 medium->product);
	}
	return registered_encode(entries, import->n_media, ret_bytes, ret_size);
}

static const char *why_not(int r)
{
	switch (r) {
	case -EEXIST:
		return _("a medium is in it twice");
	case -ENAMETOOLONG:
		return _("a tag is longer than 23 bytes");
	default:
		return strerror(-r);
	}
}

/* Turn the list @text into a section. */
static int read_list(const char *path, const char *text, size_t size, uint8_t **ret_bytes,
		     size_t *ret_size)
{
	const struct import_file file = { path, text, size };
	const struct import_options options = { "register", true };
	struct rules_error error = { 0 };
	struct import import;
	int r = import_csv(&file, 1, &options, &import, &error);

	if (r < 0) {
		policy_say(error.path[0] == '\0' ? path : NULL, r, &error);
		return r;
	}
	r = encode(&import, ret_bytes, ret_size);
	import_finish(&import);
	if (r < 0)
		fprintf(stderr, _("devgate: %s: this cannot be a register: %s\n"), path,
			why_not(r));
	return r;
}

int policy_register_read(const char *path, uint8_t **ret_bytes, struct registered *ret)
{
	static const char magic[] = "DGREG";
	_cleanup_free_ uint8_t *bytes = NULL;
	char *text = NULL;
	size_t size;
	int r = policy_read(path, REGISTER_MAX_BYTES, &text, &size);

	if (r < 0)
		return r;
	if (size >= sizeof(magic) && memcmp(text, magic, sizeof(magic) - 1) == 0) {
		bytes = (uint8_t *)text;
	} else {
		r = read_list(path, text, size, &bytes, &size);
		free(text);
		if (r < 0)
			return r;
	}
	r = registered_open(ret, bytes, size, true);
	if (r < 0)
		fprintf(stderr, _("devgate: %s: the register is damaged\n"), path);
	else
		*ret_bytes = TAKE_PTR(bytes);
	return r;
}

/* One cell (RFC 4180). */
static void write_cell(FILE *to, const char *text, char after)
{
	if (text != NULL && text[strcspn(text, ",\"\r\n")] == '\0' && text[0] != ' ') {
		fputs(text, to);
	} else if (text != NULL) {
		fputc('"', to);
		for (; *text != '\0'; text++)
			fprintf(to, "%s%c", *text == '"' ? "\"" : "", *text);
		fputc('"', to);
	}
	fputc(after, to);
}

static void write_words(FILE *to, const struct import_medium *medium)
{
	const char *space = "";

	for (unsigned left = medium->modifiers; left != 0; left &= left - 1, space = " ")
		fprintf(to, "%s%s", space, modifier_to_text((enum modifier)(left & -left)));
	fputc(',', to);
	space = "";
	if (medium->functions == ~0U)
		fputs("all", to);
	for (function_set left = medium->functions; left != 0 && medium->functions != ~0U;
	     left &= left - 1, space = " ")
		fprintf(to, "%s%s", space, function_to_text((enum function)__builtin_ctz(left)));
	fprintf(to, ",%s\n", bus_to_text(medium->bus));
}

int policy_register_write(FILE *to, const struct import_medium *media, size_t n)
{
	fputs("vendor,product,serial,tag,name,custodian,unit,verdict,modifiers,functions,bus\n",
	      to);
	for (size_t i = 0; i < n; i++) {
		const struct import_medium *medium = &media[i];

		fprintf(to, "%04x,%04x,", medium->vendor, medium->product);
		write_cell(to, medium->serial, ',');
		write_cell(to, medium->tag, ',');
		write_cell(to, medium->name, ',');
		write_cell(to, medium->custodian, ',');
		write_cell(to, medium->unit, ',');
		fprintf(to, "%s,", verdict_to_text(medium->verdict));
		write_words(to, medium);
	}
	return ferror(to) ? -EIO : 0;
}
