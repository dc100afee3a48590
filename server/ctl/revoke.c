/* revoke sign - draft and sign the list of devices that are lost or stolen: what is published, and
 * what is added to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "device_spec.h"
#include "draft.h"
#include "file.h"
#include "message.h"
#include "options.h"
#include "published.h"
#include "server/pki/cleanup.h"

enum { LIST_MAX = 64 * 1024 * 1024 };

/* The list as it grows.  Later entries with the key of an earlier one take its place. */
struct revoked {
	size_t n, capacity;
	struct registered_entry *entries; /* owned */
};

static int append(struct revoked *revoked, const struct registered_entry *entry)
{
	if (revoked->n == revoked->capacity) {
		size_t capacity = revoked->capacity ? revoked->capacity * 2 : 64;
		struct registered_entry *entries =
			reallocarray(revoked->entries, capacity, sizeof(*entries));

		if (!entries) {
			complain(_("out of memory"));
			return -ENOMEM;
		}
		revoked->entries = entries;
		revoked->capacity = capacity;
	}
	revoked->entries[revoked->n++] = *entry;
	return 0;
}

static int append_spec(struct revoked *revoked, const struct device_spec *spec)
{
	struct registered_entry entry = { .verdict = VERDICT_DENY, .functions = ~(function_set)0 };

	device_spec_key(spec, entry.key);
	memcpy(entry.tag, spec->tag, sizeof(entry.tag));
	return append(revoked, &entry);
}

static int append_published(struct revoked *revoked, const struct signed_bundle *published)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < published->table.n; i++) {
		struct registered_entry entry;

		r = registered_at(&published->table, i, &entry);
		if (r == 0)
			r = append(revoked, &entry);
	}
	return r;
}

static int append_devices(struct revoked *revoked, const struct option_list *devices)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < devices->n; i++) {
		struct device_spec spec;
		char error[128];

		r = device_spec_parse(&spec, devices->values[i], error);
		if (r < 0)
			complain(_("--device %s: %s"), devices->values[i], error);
		else
			r = append_spec(revoked, &spec);
	}
	return r;
}

static int append_list(struct revoked *revoked, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char *line;
	size_t size, number = 1;
	int r = file_read(path, LIST_MAX, &text, &size);

	if (r < 0)
		return r;
	line = text;
	if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3; /* the byte order mark of a spreadsheet */
	for (char *end; line < text + size; line = end + 1, number++) {
		struct device_spec spec;
		char error[128];
		size_t length;

		end = memchr(line, '\n', (size_t)(text + size - line));
		if (!end)
			end = text + size;
		length = (size_t)(end - line);
		if (length > 0 && line[length - 1] == '\r')
			length--;
		if (length == 0 || (number == 1 && strncmp(line, "vendor,", 7) == 0))
			continue; /* an empty line, or the head */
		if (device_spec_parse_csv(&spec, line, length, error) < 0) {
			complain("%s:%zu: %s", path, number, error);
			return -EINVAL;
		}
		r = append_spec(revoked, &spec);
		if (r < 0)
			return r;
	}
	return 0;
}

static int restore(struct revoked *revoked, const struct option_list *tags)
{
	for (size_t i = 0; i < tags->n; i++) {
		size_t kept = 0;

		for (size_t j = 0; j < revoked->n; j++)
			if (strcmp(revoked->entries[j].tag, tags->values[i]) != 0)
				revoked->entries[kept++] = revoked->entries[j];
		if (kept == revoked->n) {
			complain(_("--restore %s: no revoked device has this tag; see "
				   "'devgatectl policy show --role revocations --json'"),
				 tags->values[i]);
			return -ENOENT;
		}
		revoked->n = kept;
	}
	return 0;
}

/* A stable order by key, so that of two with one key the later stays. */
static int compare(const void *a, const void *b)
{
	const struct registered_entry *const *x = a, *const *y = b;
	int order = memcmp((*x)->key, (*y)->key, DEVICE_KEY_SIZE);

	return order ? order : (*x > *y) - (*x < *y);
}

static int drop_repeated(struct revoked *revoked)
{
	const struct registered_entry **order = calloc(revoked->n + 1, sizeof(*order));
	struct registered_entry *entries = calloc(revoked->n + 1, sizeof(*entries));
	size_t n = 0;

	if (!order || !entries) {
		free(order);
		free(entries);
		complain(_("out of memory"));
		return -ENOMEM;
	}
	for (size_t i = 0; i < revoked->n; i++)
		order[i] = &revoked->entries[i];
	qsort(order, revoked->n, sizeof(*order), compare);
	for (size_t i = 0; i < revoked->n; i++) {
		if (n > 0 && memcmp(entries[n - 1].key, order[i]->key, DEVICE_KEY_SIZE) == 0)
			n--;
		entries[n++] = *order[i];
	}
	free(order);
	free(revoked->entries);
	*revoked = (struct revoked){ n, n + 1, entries };
	return 0;
}

static int add_table(struct signed_bundle *bundle, struct revoked *revoked)
{
	uint8_t *bytes;
	size_t size;
	int r = drop_repeated(revoked);

	if (r < 0)
		return r;
	r = registered_encode(revoked->entries, revoked->n, &bytes, &size);
	if (r < 0) {
		complain(_("no table can be made of the revoked devices: %s"), strerror(-r));
		return r;
	}
	signed_bundle_add_section(bundle, "revoked", bytes, size);
	return 0;
}

struct revocation {
	struct draft draft;
	const char *list;
	struct option_list devices, tags;
};

static int gather(const struct revocation *revocation, const struct signed_bundle *published,
		  struct revoked *revoked)
{
	int r = 0;

	if (published)
		r = append_published(revoked, published);
	if (r == 0)
		r = restore(revoked, &revocation->tags);
	if (r == 0 && revocation->list)
		r = append_list(revoked, revocation->list);
	if (r == 0)
		r = append_devices(revoked, &revocation->devices);
	return r;
}

static int sign(struct ctl *ctl, const struct revocation *revocation)
{
	_cleanup_bundle_ struct signed_bundle bundle = { 0 }, published = { 0 };
	_cleanup_media_ struct media_register media = { 0 };
	_cleanup_api_ struct api *api = NULL;
	struct draft draft = revocation->draft;
	struct revoked revoked = { 0 };
	int r;

	if (api_open(&api, ctl) < 0)
		return STATUS_FAILURE;
	draft.trust = api_trust(api);
	if (!draft.trust || media_register_fetch(&media, api) < 0)
		return STATUS_FAILURE;
	r = published_fetch(api, ROLE_REVOCATIONS, true, &published);
	if (r < 0)
		return STATUS_FAILURE;
	draft.published = r ? &published : NULL;
	draft.media = &media;
	r = gather(revocation, draft.published, &revoked);
	if (r == 0)
		r = add_table(&bundle, &revoked);
	free(revoked.entries);
	return r < 0 ? STATUS_FAILURE : draft_sign(&draft, &bundle, ctl->json);
}

int run_revoke_sign(struct ctl *ctl, int argc, char **argv)
{
	struct revocation revocation = { .draft.role = ROLE_REVOCATIONS };
	struct draft *draft = &revocation.draft;
	const struct option_row rows[] = {
		{ "device", OPTION_LIST, &revocation.devices, "VVVV:PPPP:SERIAL:TAG",
		  N_("revoke this device; may be given again") },
		{ "list", OPTION_TEXT, &revocation.list, "FILE",
		  N_("revoke those of a CSV: vendor,product,serial,tag") },
		{ "restore", OPTION_LIST, &revocation.tags, "TAG",
		  N_("take the device with this tag off the list (found again)") },
		{ "key", OPTION_TEXT, &draft->key, "FILE", N_("your private key") },
		{ "out", OPTION_TEXT, &draft->out, "DIR", N_("where the bundle is put") },
		{ "expires", OPTION_TEXT, &draft->expires, "WHEN",
		  N_("a span or a day (default 365d)") },
		{ "note", OPTION_TEXT, &draft->note, "TEXT", N_("what this version is for") },
		{ "passphrase-file", OPTION_TEXT, &draft->passphrase_file, "FILE",
		  N_("read the passphrase from its first line") },
		{ "yes", OPTION_FLAG, &draft->yes, NULL, N_("do not ask") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON && revocation.devices.n == 0 && revocation.tags.n == 0)
		status = options_need(ctl, "device", revocation.list);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "key", draft->key);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "out", draft->out);
	return status == OPTIONS_GO_ON ? sign(ctl, &revocation) : status;
}
