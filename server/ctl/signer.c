#include "signer.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "message.h"
#include "passphrase.h"

static int load(struct officer_key *ret, const char *key_file, const char *passphrase_file)
{
	struct passphrase passphrase;
	char prompt[256];
	int r;

	snprintf(prompt, sizeof(prompt), _("Passphrase for %s"), key_file);
	r = passphrase_read(&passphrase, passphrase_file, prompt);
	if (r < 0)
		return r;
	r = officer_key_load(ret, key_file, passphrase.text, passphrase.size);
	passphrase_finish(&passphrase);
	if (r == -EKEYREJECTED)
		complain(_("%s: the passphrase is wrong, or the file was changed"), key_file);
	else if (r == -EBADMSG)
		complain(_("%s: is not an officer's private key; 'officer key generate' makes one"),
			 key_file);
	else if (r == -ENOMEM)
		complain(_("%s: opening the key takes 256 MiB of memory, which there is not"),
			 key_file);
	else if (r < 0)
		file_complain_read(key_file, r);
	return r;
}

static const struct trust_officer *find_officer(const struct trust *trust,
						const struct officer_key *key)
{
	for (size_t i = 0; i < trust->n_officers; i++)
		if (memcmp(trust->officers[i].key, key->key, sizeof(key->key)) == 0)
			return &trust->officers[i];
	return NULL;
}

int signer_open(struct officer_key *ret, const char *key_file, const char *passphrase_file,
		const struct trust *trust, enum trust_role role,
		const struct trust_officer **ret_officer)
{
	const struct trust_officer *officer;
	int r;

	sodium_mlock(ret, sizeof(*ret)); /* best effort: RLIMIT_MEMLOCK may forbid it */
	r = load(ret, key_file, passphrase_file);
	if (r < 0)
		goto fail;
	officer = find_officer(trust, ret);
	if (!officer || !officer->roles[role]) {
		complain(_("%s: this key is not in the trust root for role '%s', so its signature "
			   "would count nowhere"),
			 key_file, trust_role_to_text(role));
		r = -ENOKEY;
		goto fail;
	}
	*ret_officer = officer;
	return 0;
fail:
	signer_finish(ret);
	return r;
}

void signer_finish(struct officer_key *key)
{
	sodium_munlock(key, sizeof(*key)); /* wipes it first */
}
