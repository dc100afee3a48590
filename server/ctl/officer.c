/* officer key - make and show officers' signing keys. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "file.h"
#include "message.h"
#include "options.h"
#include "passphrase.h"
#include "policy/dsse.h"
#include "policy/text.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"
#include "signer.h"

/* "alice.pub" for "alice.key"; ".pub" is added to any other name. */
static char *public_path(const char *path)
{
	size_t size = strlen(path);
	char *public;

	if (size > 4 && strcmp(path + size - 4, ".key") == 0)
		size -= 4;
	if (asprintf(&public, "%.*s.pub", (int)size, path) < 0)
		return NULL;
	return public;
}

static int print_key(const struct ctl *ctl, const char *name,
		     const uint8_t key[static DSSE_KEY_SIZE])
{
	char base64[sodium_base64_ENCODED_LEN(DSSE_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL)];
	char keyid[DSSE_KEYID_SIZE], clean[TRUST_NAME_SIZE];
	_cleanup_json_ json_t *json = NULL;

	dsse_keyid(key, keyid);
	sodium_bin2base64(base64, sizeof(base64), key, DSSE_KEY_SIZE,
			  sodium_base64_VARIANT_ORIGINAL);
	if (ctl->json) {
		json = json_pack("{ss ss ss}", "name", name, "key", base64, "keyid", keyid);
		return ctl_print_json(json);
	}
	message_clean(name, clean, sizeof(clean));
	printf(_("Name:        %s\nPublic key:  %s\nFingerprint: %s\n"), clean, base64, keyid);
	return STATUS_OK;
}

static int save(const struct officer_key *key, const char *out, const char *public,
		const char *passphrase_file)
{
	struct passphrase passphrase;
	int r = passphrase_read_new(&passphrase, passphrase_file);

	if (r < 0)
		return r;
	r = officer_key_save(key, passphrase.text, passphrase.size, out);
	passphrase_finish(&passphrase);
	if (r < 0) {
		file_complain_write(out, r);
		return r;
	}
	r = officer_key_save_public(key, public);
	if (r < 0) {
		file_complain_write(public, r);
		if (atomic_file_remove(out) < 0)
			complain(_("%s: is left over; remove it"), out);
	}
	return r;
}

static int generate(const struct ctl *ctl, const char *name, const char *out,
		    const char *passphrase_file)
{
	_cleanup_free_ char *public = public_path(out);
	_cleanup_signer_ struct officer_key key = { 0 };

	sodium_mlock(&key, sizeof(key)); /* best effort: RLIMIT_MEMLOCK may forbid it */
	if (!public) {
		complain(_("out of memory"));
		return STATUS_FAILURE;
	}
	if (officer_key_generate(&key, name) < 0) {
		complain(_("--name: must have 1 to %d bytes, none of them control characters"),
			 TRUST_NAME_SIZE - 1);
		return STATUS_USAGE;
	}
	if (file_check_absent(out) < 0 || file_check_absent(public) < 0 ||
	    save(&key, out, public, passphrase_file) < 0)
		return STATUS_FAILURE;
	fprintf(stderr,
		_("%s is your private key: keep it, and the passphrase; nobody can restore "
		  "either.\n"
		  "%s is for 'devgatectl init'.  Compare the fingerprint by another way:\n"),
		out, public);
	return print_key(ctl, key.name, key.key);
}

int run_officer_key_generate(struct ctl *ctl, int argc, char **argv)
{
	const char *name = NULL, *out = NULL, *passphrase_file = NULL;
	const struct option_row rows[] = {
		{ "name", OPTION_TEXT, &name, "NAME", N_("the officer") },
		{ "out", OPTION_TEXT, &out, "FILE",
		  N_("the private key's file; the public one ends in .pub") },
		{ "passphrase-file", OPTION_TEXT, &passphrase_file, "FILE",
		  N_("read the passphrase from its first line") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);

	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "name", name);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "out", out);
	return status == OPTIONS_GO_ON ? generate(ctl, name, out, passphrase_file) : status;
}

/* The public part of a private file, which needs no passphrase. */
static int read_private(const char *path, char **ret_name, uint8_t ret[static DSSE_KEY_SIZE])
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ json_t *json = NULL;
	const char *name, *key, *schema;
	size_t size, have = 0;

	if (atomic_file_read(path, OFFICER_KEY_FILE_MAX, &text, &size) < 0)
		return -EBADMSG;
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	if (json_unpack(json, "{ss ss ss}", "schema", &schema, "name", &name, "key", &key) < 0 ||
	    text_unbase64(key, ret, DSSE_KEY_SIZE, &have) < 0 || have != DSSE_KEY_SIZE)
		return -EBADMSG;
	*ret_name = strdup(name);
	return *ret_name ? 0 : -ENOMEM;
}

int run_officer_key_show(struct ctl *ctl, int argc, char **argv)
{
	static const struct option_row rows[] = { { 0 } };
	struct officer_key public = { 0 };
	_cleanup_free_ char *name = NULL;
	uint8_t key[DSSE_KEY_SIZE];
	char **operands;
	int r, status = options_parse(ctl, rows, argc, argv, 1, 1, &operands);

	if (status != OPTIONS_GO_ON)
		return status;
	r = officer_key_load_public(&public, operands[0]);
	if (r == 0)
		return print_key(ctl, public.name, public.key);
	if (r == -EBADMSG)
		r = read_private(operands[0], &name, key);
	if (r == 0)
		return print_key(ctl, name, key);
	if (r == -EBADMSG)
		complain(_("%s: is not an officer's key"), operands[0]);
	else
		file_complain_read(operands[0], r);
	return STATUS_FAILURE;
}
