#include "draft.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "confirm.h"
#include "duration.h"
#include "message.h"
#include "signer.h"
#include "summary.h"
#include "workspace.h"

static int take_expiry(const struct draft *draft, struct manifest *manifest)
{
	int r;

	if (!draft->expires) {
		manifest->expires = manifest->issued + (int64_t)DRAFT_DAYS * 86400;
		return 0;
	}
	r = moment_parse(draft->expires, manifest->issued, &manifest->expires);
	if (r == -ERANGE)
		complain(_("--expires %s is not in the future"), draft->expires);
	else if (r < 0)
		complain(_("--expires %s: give a span such as 365d, or a day such as 2027-12-31"),
			 draft->expires);
	return r;
}

static int take_note(const struct draft *draft, struct manifest *manifest)
{
	if (!draft->note)
		return 0;
	if (strlen(draft->note) >= sizeof(manifest->note)) {
		complain(_("--note: is longer than %zu bytes"), sizeof(manifest->note) - 1);
		return -EINVAL;
	}
	strcpy(manifest->note, draft->note);
	return 0;
}

static int sign_and_write(const struct draft *draft, struct signed_bundle *bundle,
			  const struct officer_key *key)
{
	int r = signed_bundle_sign(bundle, key->secret);

	if (r < 0) {
		complain(_("the bundle cannot be signed: %s"), strerror(-r));
		return r;
	}
	return workspace_create(bundle, draft->out);
}

int draft_sign(const struct draft *draft, struct signed_bundle *bundle, bool json)
{
	struct manifest *manifest = &bundle->manifest;
	const struct trust_officer *officer;
	_cleanup_signer_ struct officer_key key = { 0 };
	struct summary summary = { bundle, draft->published, draft->trust, draft->media, true };

	manifest->role = draft->role;
	manifest->issued = time(NULL);
	manifest->version = draft->published ? draft->published->manifest.version + 1 : 1;
	if (take_expiry(draft, manifest) < 0 || take_note(draft, manifest) < 0)
		return STATUS_USAGE;
	if (workspace_check_free(draft->out) < 0 ||
	    signer_open(&key, draft->key, draft->passphrase_file, draft->trust, draft->role,
			&officer) < 0)
		return STATUS_FAILURE;
	strcpy(manifest->drafted_by, officer->name);
	if (signed_bundle_compose(bundle) < 0 ||
	    signed_bundle_open_sections(bundle, _("the draft")) < 0) {
		complain(_("the draft could not be made; nothing was written"));
		return STATUS_FAILURE;
	}
	if (summary_print(&summary, json) < 0 || !confirm(_("Sign this?"), draft->yes) ||
	    sign_and_write(draft, bundle, &key) < 0)
		return STATUS_FAILURE;
	summary_tell_next(bundle, draft->trust, draft->out);
	return STATUS_OK;
}
