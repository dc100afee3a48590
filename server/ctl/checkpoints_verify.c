/* checkpoints verify - check all checkpoints, and every ledger against the last one, without trust
 * in the collector that keeps them. */
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

struct audit {
	struct api *api; /* borrowed */
	struct checkpoint_list list;
	struct verify *verify; /* owned */
	size_t ledgers, broken, not_yet;
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

/* Read "devgate ledger 1 HOST LEDGER SEQ HASH\n" of the ledger that was asked for. */
static int parse_leaf(const char *text, const char *host, const char *ledger,
		      struct checkpoint_leaf *ret)
{
	char again[CHECKPOINT_LEAF_SIZE], hex[2 * LEDGER_HASH_SIZE + 1];
	size_t n;

	*ret = (struct checkpoint_leaf){ 0 };
	if (!text ||
	    sscanf(text, "devgate ledger 1 %36s %32s %" SCNu64 " %64[0-9a-f]", ret->host,
		   ret->ledger, &ret->seq, hex) != 4 ||
	    sodium_hex2bin(ret->hash, sizeof(ret->hash), hex, strlen(hex), NULL, &n, NULL) != 0 ||
	    n != sizeof(ret->hash) || strcmp(ret->host, host) != 0 ||
	    strcmp(ret->ledger, ledger) != 0)
		return -EBADMSG;
	checkpoint_leaf_to_text(ret, again);
	return strcmp(again, text) == 0 ? 0 : -EBADMSG;
}

/* The leaf that the last checkpoint has of a ledger, proved.  1: it has none yet. */
static int fetch_leaf(struct audit *audit, const char *host, const char *ledger,
		      struct checkpoint_leaf *ret)
{
	const struct checkpoint *last = &audit->list.items[audit->list.n - 1];
	struct merkle_hash proof[MERKLE_MAX_PROOF], hash;
	_cleanup_json_ json_t *json = NULL;
	struct api_path path;
	struct api_request request = { .method = "GET", .path = &path, .max_reply = 65536 };
	struct api_reply reply;
	json_int_t index = -1;
	int n, r;

	api_path_start(&path, "/api/v1/checkpoints/inclusion");
	api_path_query(&path, "host", host);
	api_path_query(&path, "ledger", ledger);
	add_number(&path, "size", last->size);
	r = api_request(audit->api, &request, &reply);
	if (r < 0)
		return r;
	json = json_loads(reply.body, 0, NULL);
	r = reply.status == 404 ? 1 : reply.status == 200 ? 0 : -EREMOTEIO;
	if (r < 0)
		api_complain(audit->api, &reply);
	api_reply_finish(&reply);
	if (r != 0)
		return r;
	n = parse_proof(json, proof);
	if (n < 0 || json_unpack(json, "{sI}", "index", &index) < 0 || index < 0 ||
	    parse_leaf(json_string_value(json_object_get(json, "leaf")), host, ledger, ret) < 0)
		return -EBADMSG;
	checkpoint_leaf_hash(ret, &hash);
	return merkle_check_inclusion((uint64_t)index, last->size, &hash, proof, (size_t)n,
				      &last->root);
}

/* What is wrong with a ledger; NULL if nothing is, or *@ret says why it could not be looked at. */
static const char *examine(struct audit *audit, const char *host, const char *ledger, int *ret)
{
	struct verify *verify = audit->verify;
	struct checkpoint_leaf leaf;

	*ret = fetch_leaf(audit, host, ledger, &leaf);
	if (*ret == -EBADMSG || *ret == -EINVAL)
		return _("the collector's proof of its last line does not hold");
	if (*ret < 0)
		return NULL;
	if (*ret > 0)
		audit->not_yet++;
	if (verify_start(verify, ledger) < 0)
		return _("its id is not one");
	verify->mark = *ret > 0 ? 0 : leaf.seq;
	*ret = ledger_download(audit->api, host, ledger, verify);
	if (*ret < 0)
		return NULL;
	if (verify_end(verify) < 0)
		return _("a line is missing, out of place, or was changed");
	if (verify->mark > 0 && verify->lines < verify->mark)
		return _("lines that were there at the last checkpoint are missing at the end");
	if (verify->mark > 0 && memcmp(verify->marked, leaf.hash, sizeof(leaf.hash)) != 0)
		return _("it was written anew since the last checkpoint");
	return NULL;
}

static int check_host(struct audit *audit, const json_t *host)
{
	const char *id = json_string_value(json_object_get(host, "id"));
	const char *name = json_string_value(json_object_get(host, "hostname"));
	const char *ledger = json_string_value(json_object_get(host, "ledger"));
	const char *wrong;
	int r;

	if (!id || !ledger || !*ledger)
		return 0;
	audit->ledgers++;
	wrong = examine(audit, id, ledger, &r);
	if (!wrong)
		return r < 0 ? r : 0;
	complain(_("%s: ledger %s: %s; keep the collector's data and the workstation's ledger as "
		   "evidence"),
		 name ? name : id, ledger, wrong);
	audit->broken++;
	return 0;
}

static int check_all(struct audit *audit, const struct note_key *key)
{
	_cleanup_json_ json_t *hosts = NULL;
	const json_t *list, *host;
	size_t i;
	int r = checkpoint_list_fetch(&audit->list, audit->api, key);

	if (r < 0)
		return r;
	if (audit->list.n == 0) {
		complain(_("the collector has not signed a checkpoint yet"));
		return -ENOENT;
	}
	for (size_t j = 0; j + 1 < audit->list.n && r == 0; j++)
		r = check_growth(audit, j);
	if (r == 0)
		r = host_list(audit->api, &hosts);
	list = json_object_get(hosts, "hosts");
	json_array_foreach (list, i, host) {
		if (r < 0)
			break;
		r = check_host(audit, host);
	}
	return r;
}

static int print_outcome(const struct ctl *ctl, const struct audit *audit)
{
	const struct checkpoint *last = &audit->list.items[audit->list.n - 1];
	_cleanup_json_ json_t *json = NULL;

	if (ctl->json) {
		json = json_pack("{sb sI sI sI sI ss}", "good", audit->broken == 0, "checkpoints",
				 (json_int_t)audit->list.n, "ledgers", (json_int_t)audit->ledgers,
				 "broken", (json_int_t)audit->broken, "not_yet",
				 (json_int_t)audit->not_yet, "last", last->time);
		ctl_print_json(json);
	} else {
		printf(_("%zu checkpoints are signed, and each continues the one before; the last "
			 "is of %s.\n"),
		       audit->list.n, last->time);
		printf(_("%zu ledgers were read: %zu are broken, and %zu are newer than the last "
			 "checkpoint.\n"),
		       audit->ledgers, audit->broken, audit->not_yet);
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
	audit.verify = calloc(1, sizeof(*audit.verify));
	if (!audit.verify) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	r = check_all(&audit, &key);
	if (r >= 0)
		status = print_outcome(ctl, &audit);
	checkpoint_list_finish(&audit.list);
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
