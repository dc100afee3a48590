/* checkpoints verify - check all checkpoints, and every ledger of every host against the last one,
 * without trust in the collector that keeps them: a ledger that the tree has, and the collector no
 * more, is found too. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "checkpoint_list.h"
#include "file.h"
#include "host.h"
#include "ledger_download.h"
#include "message.h"
#include "options.h"
#include "profile.h"
#include "server/pki/cleanup.h"
#include "tree_download.h"

/* Ids of a ledger and its host, and what the host is called, or NULL.  Borrowed. */
struct ledger_name {
	const char *host, *ledger, *hostname;
};

struct audit {
	struct api *api;	    /* borrowed */
	const struct note_key *key; /* borrowed */
	struct checkpoint_list list;
	struct tree_ends ends;
	struct verify *verify; /* owned */
	size_t ledgers, broken, not_yet;
	uint64_t disposed; /* lines */
};

static int parse_hash(const json_t *json, struct merkle_hash *ret)
{
	const char *hex = json_string_value(json);
	size_t n;

	if (!hex ||
	    sodium_hex2bin(ret->bytes, sizeof(ret->bytes), hex, strlen(hex), NULL, &n, NULL) != 0)
		return -EBADMSG;
	return n == sizeof(ret->bytes) ? 0 : -EBADMSG;
}

/* Returns how many hashes; -EBADMSG. */
static int parse_proof(const json_t *reply, struct merkle_hash ret[static MERKLE_MAX_PROOF])
{
	const json_t *list = json_object_get(reply, "proof"), *item;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > MERKLE_MAX_PROOF)
		return -EBADMSG;
	json_array_foreach (list, i, item) {
		if (parse_hash(item, &ret[i]) < 0)
			return -EBADMSG;
	}
	return (int)json_array_size(list);
}

static void add_number(struct api_path *path, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	api_path_query(path, name, text);
}

/* Is the tree of checkpoint @i the beginning of the next one's? */
static int check_growth(struct audit *audit, size_t i)
{
	const struct checkpoint *old = &audit->list.items[i], *next = old + 1;
	struct merkle_hash proof[MERKLE_MAX_PROOF];
	_cleanup_json_ json_t *reply = NULL;
	struct api_path path;
	int n, r;

	api_path_start(&path, "/api/v1/checkpoints/consistency");
	add_number(&path, "old", old->size);
	add_number(&path, "size", next->size);
	r = api_get(audit->api, &path, &reply);
	if (r < 0)
		return r;
	n = parse_proof(reply, proof);
	if (n >= 0 && merkle_check_consistency(old->size, &old->root, next->size, &next->root,
					       proof, (size_t)n) == 0)
		return 0;
	complain(_("checkpoint %zu does not continue checkpoint %zu: the collector has signed two "
		   "histories; keep its data as evidence"),
		 i + 2, i + 1);
	return -EKEYREJECTED;
}

/* What is wrong with a ledger, whose latest leaf is @leaf (NULL: it has none yet); NULL if nothing
 * is, or *@ret says why it could not be looked at. */
static const char *examine(struct audit *audit, const struct ledger_name *name,
			   const struct checkpoint_leaf *leaf, int *ret)
{
	struct verify *verify = audit->verify;

	*ret = 0;
	if (verify_start(verify, name->ledger) < 0)
		return _("its id is not one");
	verify->key = audit->key;
	verify->mark = leaf ? leaf->seq : 0;
	*ret = ledger_download(audit->api, name->host, name->ledger, verify);
	if (*ret == -ENOENT)
		return _("it is missing altogether");
	if (*ret < 0)
		return NULL;
	audit->disposed += verify->disposed;
	if (verify_end(verify) == -ENOKEY)
		return _("lines were taken out, and what stands for them is not signed");
	if (verify->failure < 0)
		return _("a line is missing, out of place, or was changed");
	if (verify->mark >= verify->chain.next_seq)
		return _("lines that were there at the last checkpoint are missing at the end");
	if (leaf && memcmp(verify->marked, leaf->hash, sizeof(leaf->hash)) != 0)
		return _("it was written anew since the last checkpoint");
	return NULL;
}

static int check_ledger(struct audit *audit, const struct ledger_name *name,
			const struct checkpoint_leaf *leaf)
{
	const char *wrong;
	int r;

	audit->ledgers++;
	audit->not_yet += leaf == NULL;
	wrong = examine(audit, name, leaf, &r);
	if (!wrong)
		return r < 0 ? r : 0;
	complain(_("%s: ledger %s: %s; keep the collector's data and the workstation's ledger as "
		   "evidence"),
		 name->hostname ? name->hostname : name->host, name->ledger, wrong);
	audit->broken++;
	return 0;
}

static const char *hostname_of(const json_t *hosts, const char *id)
{
	const json_t *host;
	size_t i;

	json_array_foreach (json_object_get(hosts, "hosts"), i, host) {
		const char *text = json_string_value(json_object_get(host, "id"));
		if (text && strcmp(text, id) == 0)
			return json_string_value(json_object_get(host, "hostname"));
	}
	return NULL;
}

/* All ledgers that the tree knows, whatever the collector lists. */
static int check_signed(struct audit *audit)
{
	_cleanup_json_ json_t *hosts = NULL;
	int r = host_list(audit->api, &hosts);

	for (size_t i = 0; i < audit->ends.n && r == 0; i++) {
		const struct checkpoint_leaf *leaf = audit->ends.items[i];
		struct ledger_name name = { leaf->host, leaf->ledger,
					    hostname_of(hosts, leaf->host) };
		r = check_ledger(audit, &name, leaf);
	}
	return r;
}

/* A page of those that the collector lists: those that the tree does not know.  Returns 1 if there
 * may be more. */
static int check_page(struct audit *audit, json_int_t *after)
{
	_cleanup_json_ json_t *reply = NULL;
	const json_t *list, *item;
	struct api_path path;
	size_t i;
	int r;

	api_path_start(&path, "/api/v1/ledgers");
	add_number(&path, "after", (uint64_t)*after);
	r = api_get(audit->api, &path, &reply);
	list = json_object_get(reply, "ledgers");
	json_array_foreach (list, i, item) {
		struct ledger_name name = {
			json_string_value(json_object_get(item, "host")),
			json_string_value(json_object_get(item, "ledger")),
			json_string_value(json_object_get(item, "hostname")),
		};
		*after = json_integer_value(json_object_get(item, "number"));
		if (name.host && name.ledger &&
		    !tree_ends_find(&audit->ends, name.host, name.ledger))
			r = check_ledger(audit, &name, NULL);
		if (r < 0)
			break;
	}
	return r < 0 ? r : json_array_size(list) > 0;
}

static int check_all(struct audit *audit)
{
	json_int_t after = 0;
	int r = checkpoint_list_fetch(&audit->list, audit->api, audit->key);

	if (r < 0)
		return r;
	if (audit->list.n == 0) {
		complain(_("the collector has not signed a checkpoint yet"));
		return -ENOENT;
	}
	for (size_t j = 0; j + 1 < audit->list.n && r == 0; j++)
		r = check_growth(audit, j);
	if (r == 0)
		r = tree_download(&audit->ends, audit->api, &audit->list.items[audit->list.n - 1]);
	if (r == 0)
		r = check_signed(audit);
	while (r >= 0) {
		r = check_page(audit, &after);
		if (r == 0)
			break;
	}
	return r;
}

static int print_outcome(const struct ctl *ctl, const struct audit *audit)
{
	const struct checkpoint *last = &audit->list.items[audit->list.n - 1];
	_cleanup_json_ json_t *json = NULL;

	if (ctl->json) {
		json = json_pack("{sb sI sI sI sI sI ss}", "good", audit->broken == 0,
				 "checkpoints", (json_int_t)audit->list.n, "ledgers",
				 (json_int_t)audit->ledgers, "broken", (json_int_t)audit->broken,
				 "not_yet", (json_int_t)audit->not_yet, "disposed",
				 (json_int_t)audit->disposed, "last", last->time);
		ctl_print_json(json);
	} else {
		printf(_("%zu checkpoints are signed, and each continues the one before; the last "
			 "is of %s.\n"),
		       audit->list.n, last->time);
		printf(_("%zu ledgers were read: %zu are broken, and %zu are newer than the last "
			 "checkpoint.\n"),
		       audit->ledgers, audit->broken, audit->not_yet);
		if (audit->disposed > 0)
			printf(_("%llu lines were disposed of, and signed disposals stand for "
				 "them.\n"),
			       (unsigned long long)audit->disposed);
	}
	return audit->broken == 0 ? STATUS_OK : STATUS_FAILURE;
}

/* The key in @path, or else the one that the profile pins. */
static int find_key(struct api *api, const char *path, struct note_key *ret)
{
	const struct profile *profile = api_profile(api);
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (!path && profile->has_checkpoint_key) {
		*ret = profile->checkpoint_key;
		return 0;
	}
	if (!path) {
		complain(_("the profile pins no key for checkpoints: give --key FILE, "
			   "checkpoint.pub of the collector's data folder"));
		return -ENOENT;
	}
	if (file_read(path, NOTE_VERIFIER_SIZE, &text, &size) < 0)
		return -EIO;
	text[strcspn(text, "\n")] = '\0';
	if (note_key_parse(ret, text) == 0)
		return 0;
	complain(_("%s: is not a key, NAME+ID+BASE64"), path);
	return -EBADMSG;
}

static int run(const struct ctl *ctl, const char *key_path)
{
	_cleanup_api_ struct api *api = NULL;
	struct audit audit = { 0 };
	struct note_key key;
	int r, status = STATUS_FAILURE;

	if (api_open(&api, ctl) < 0 || find_key(api, key_path, &key) < 0)
		return STATUS_FAILURE;
	audit.api = api;
	audit.key = &key;
	audit.verify = calloc(1, sizeof(*audit.verify));
	if (!audit.verify) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	r = check_all(&audit);
	if (r >= 0)
		status = print_outcome(ctl, &audit);
	checkpoint_list_finish(&audit.list);
	tree_ends_finish(&audit.ends);
	free(audit.verify);
	return status;
}

int run_checkpoints_verify(struct ctl *ctl, int argc, char **argv)
{
	const char *key = NULL;
	const struct option_row rows[] = {
		{ "key", OPTION_TEXT, &key, "FILE",
		  N_("checkpoint.pub (default: the key that the profile pins)") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	return status == OPTIONS_GO_ON ? run(ctl, key) : status;
}
