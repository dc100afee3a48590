#include "bundle.h"

#include <string.h>

static const struct {
	const char *word, *sentence;
} refusals[_BUNDLE_REFUSAL_MAX] = {
	[BUNDLE_OK] = { "ok", "The bundle is good." },
	[BUNDLE_MALFORMED] = { "malformed",
			       "The envelope or the manifest has not the right form." },
	[BUNDLE_WRONG_TYPE] = { "wrong-type",
				"The envelope holds something else than a manifest." },
	[BUNDLE_UNKNOWN_KEY] = { "unknown-key",
				 "It is signed with a key that the trust root does not list for "
				 "this role." },
	[BUNDLE_BAD_SIGNATURE] = { "bad-signature",
				   "A signature does not fit: the manifest was changed after it "
				   "was signed." },
	[BUNDLE_TOO_FEW] = { "too-few-signatures",
			     "Fewer officers have signed than the trust root asks for." },
	[BUNDLE_OLD] = { "old-version", "A version at least as new is in force already." },
	[BUNDLE_EXPIRED] = { "expired",
			     "The manifest, or the trust root it is judged by, has expired." },
	[BUNDLE_NOT_YET] = { "not-yet-valid",
			     "It was issued more than a day ahead of this machine's clock." },
	[BUNDLE_BAD_SECTION] = { "bad-section",
				 "A section is not what the manifest says, or cannot be used." },
};

static const int64_t clock_leeway_s = 24 * 60 * 60;

const char *bundle_refusal_to_text(enum bundle_refusal refusal)
{
	return refusals[refusal].word;
}

const char *bundle_refusal_explain(enum bundle_refusal refusal)
{
	return refusals[refusal].sentence;
}

static bool enough(const struct trust *trust, enum trust_role role, const struct dsse *dsse)
{
	/* A trust root that was never filled in asks for none, and trusts nobody. */
	return trust->threshold[role] > 0 &&
	       trust_signers(trust, role, dsse, NULL, 0) >= trust->threshold[role];
}

static const struct trust_officer *officer_of(const struct trust *trust, const char *keyid)
{
	for (size_t i = 0; i < trust->n_officers; i++)
		if (strcmp(trust->officers[i].keyid, keyid) == 0)
			return &trust->officers[i];
	return NULL;
}

/* Why the signatures are not enough: the worst that is wrong with one of them.  @role: the one that
 * the manifest claims, or _ROLE_MAX for any, as long as the manifest must not be read. */
static enum bundle_refusal fault(const struct trust *trust, enum trust_role role,
				 const struct dsse *dsse)
{
	enum bundle_refusal worst = BUNDLE_TOO_FEW;

	for (size_t i = 0; i < dsse->n_signatures; i++) {
		const struct dsse_signature *signature = &dsse->signatures[i];
		const struct trust_officer *officer = officer_of(trust, signature->keyid);

		if (officer == NULL || (role != _ROLE_MAX && !officer->roles[role]))
			worst = BUNDLE_UNKNOWN_KEY;
		else if (!dsse_signature_good(dsse, signature, officer->key))
			return BUNDLE_BAD_SIGNATURE;
	}
	return worst;
}

static enum bundle_refusal check_dates(const struct trust *trust, const struct manifest *manifest,
				       uint64_t held, int64_t now)
{
	if (manifest->version <= held)
		return BUNDLE_OLD;
	if (now >= manifest->expires || now >= trust->expires)
		return BUNDLE_EXPIRED;
	if (manifest->issued > now && manifest->issued - now > clock_leeway_s)
		return BUNDLE_NOT_YET;
	return BUNDLE_OK;
}

static enum bundle_refusal verify(const struct trust *trust, const struct dsse *dsse,
				  const uint64_t held[static _ROLE_MAX], int64_t now,
				  struct manifest *ret)
{
	struct manifest manifest;
	bool any = false;

	if (strcmp(dsse->type, MANIFEST_TYPE) != 0)
		return BUNDLE_WRONG_TYPE;
	/* Which role has signed stands in the manifest, and the manifest is not read before some
	 * role has. */
	for (int role = 0; role < _ROLE_MAX; role++)
		any = any || enough(trust, (enum trust_role)role, dsse);
	if (!any)
		return fault(trust, _ROLE_MAX, dsse);
	if (manifest_parse(&manifest, dsse->payload, dsse->payload_size) < 0)
		return BUNDLE_MALFORMED;
	if (!enough(trust, manifest.role, dsse))
		return fault(trust, manifest.role, dsse);

	const enum bundle_refusal refusal =
		now < 0 ? BUNDLE_OK : check_dates(trust, &manifest, held[manifest.role], now);
	if (refusal == BUNDLE_OK)
		*ret = manifest;
	return refusal;
}

enum bundle_refusal bundle_verify(const struct trust *trust, const char *text, size_t size,
				  const uint64_t held[static _ROLE_MAX], int64_t now,
				  struct manifest *ret)
{
	struct dsse dsse;

	if (dsse_parse(&dsse, text, size) < 0)
		return BUNDLE_MALFORMED;
	const enum bundle_refusal refusal = verify(trust, &dsse, held, now, ret);
	dsse_finish(&dsse);
	return refusal;
}
