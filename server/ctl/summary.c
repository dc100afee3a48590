#include "summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "changes.h"
#include "message.h"
#include "policy/text.h"
#include "risk_summary.h"
#include "server/pki/cleanup.h"
#include "table.h"

enum { DEVICE_COLUMN_SIZE = 512, PERMIT_SIZE = 256 };

size_t summary_signers(const struct signed_bundle *bundle, const struct trust *trust, char *ret,
		       size_t ret_size)
{
	const char *names[TRUST_MAX_OFFICERS];
	size_t n = trust_signers(trust, bundle->manifest.role, &bundle->dsse, names,
				 TRUST_MAX_OFFICERS);
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < n && used < ret_size; i++)
		used += (size_t)snprintf(ret + used, ret_size - used, "%s%s", i ? ", " : "",
					 names[i]);
	return n;
}

/* How the register describes the device of @entry: "0951:1666 serial"; its key if it does not. */
static void describe(const struct summary *summary, const struct registered_entry *entry,
		     char ret[static DEVICE_COLUMN_SIZE])
{
	const struct medium *medium =
		summary->media ? media_register_find(summary->media, entry->key) : NULL;
	char hex[2 * DEVICE_KEY_SIZE + 1];

	text_hex(entry->key, DEVICE_KEY_SIZE, hex);
	if (medium)
		snprintf(ret, DEVICE_COLUMN_SIZE, "%04x:%04x %s", medium->spec.vendor,
			 medium->spec.product, medium->spec.serial);
	else if (summary->media && summary->bundle->manifest.role == ROLE_POLICY)
		snprintf(ret, DEVICE_COLUMN_SIZE, _("NOT IN THE REGISTER (key %s)"), hex);
	else
		snprintf(ret, DEVICE_COLUMN_SIZE, _("key %s"), hex);
}

static bool is_pinned(const struct registered_entry *entry)
{
	static const uint8_t any[sizeof(entry->digest)];

	return memcmp(entry->digest, any, sizeof(any)) != 0;
}

/* All that an entry says of its device but who it is: "allow storage", "allow storage+keyboard,
 * trail+notify, with the descriptors 00112233…".  An entry that speaks for all functions names
 * none. */
static void permit_to_text(const struct registered_entry *entry, char ret[static PERMIT_SIZE])
{
	const char *separator = " ";
	char hex[2 * sizeof(entry->digest) + 1];
	size_t used = (size_t)snprintf(ret, PERMIT_SIZE, "%s", verdict_to_text(entry->verdict));

	for (enum function f = 0; f < _FUNCTION_MAX && ~entry->functions; f++) {
		if (!(entry->functions & FUNCTION_BIT(f)) || used >= PERMIT_SIZE)
			continue;
		used += (size_t)snprintf(ret + used, PERMIT_SIZE - used, "%s%s", separator,
					 function_to_text(f));
		separator = "+";
	}
	separator = ", ";
	for (unsigned bit = 1; bit < _MODIFIER_ALL; bit <<= 1) {
		if (!(entry->modifiers & bit) || used >= PERMIT_SIZE)
			continue;
		used += (size_t)snprintf(ret + used, PERMIT_SIZE - used, "%s%s", separator,
					 modifier_to_text((enum modifier)bit));
		separator = "+";
	}
	if (!is_pinned(entry) || used >= PERMIT_SIZE)
		return;
	text_hex(entry->digest, sizeof(entry->digest), hex);
	snprintf(ret + used, PERMIT_SIZE - used, _(", with the descriptors %s"), hex);
}

static const char *kind_word(enum change_kind kind)
{
	switch (kind) {
	case CHANGE_ADDED:
		return N_("added");
	case CHANGE_REMOVED:
		return N_("removed");
	case CHANGE_ALTERED:
		return N_("altered");
	}
	return "";
}

static json_t *change_json(const struct summary *summary, const struct change *change)
{
	const struct registered_entry *entry =
		change->kind == CHANGE_REMOVED ? &change->before : &change->after;
	char device[DEVICE_COLUMN_SIZE], before[PERMIT_SIZE], after[PERMIT_SIZE];

	describe(summary, entry, device);
	permit_to_text(&change->before, before);
	permit_to_text(&change->after, after);
	return json_pack("{ss ss ss ss? ss?}", "change", kind_word(change->kind), "tag", entry->tag,
			 "device", device, "before", change->kind == CHANGE_ADDED ? NULL : before,
			 "after", change->kind == CHANGE_REMOVED ? NULL : after);
}

/* "allow storage", or "read-only storage -> allow storage" where that is what changed. */
static void permit_column(const struct change *change, char ret[static 2 * PERMIT_SIZE + 4])
{
	char before[PERMIT_SIZE], after[PERMIT_SIZE];

	permit_to_text(&change->before, before);
	permit_to_text(&change->after, after);
	if (change->kind == CHANGE_ALTERED && strcmp(before, after) != 0)
		snprintf(ret, 2 * PERMIT_SIZE + 4, "%s -> %s", before, after);
	else
		strcpy(ret, change->kind == CHANGE_REMOVED ? before : after);
}

static int print_changes(const struct summary *summary, const struct changes *changes)
{
	struct table *table = table_new(4);
	size_t shown = changes->n < SUMMARY_MAX_CHANGES ? changes->n : SUMMARY_MAX_CHANGES;
	int r;

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < shown; i++) {
		const struct change *change = &changes->list[i];
		const struct registered_entry *entry =
			change->kind == CHANGE_REMOVED ? &change->before : &change->after;
		char device[DEVICE_COLUMN_SIZE], permit[2 * PERMIT_SIZE + 4];

		describe(summary, entry, device);
		permit_column(change, permit);
		table_addf(table, "  %s", _(kind_word(change->kind)));
		table_add(table, entry->tag);
		table_add(table, device);
		table_add(table, permit);
	}
	r = table_print(table, stdout);
	table_free(table);
	if (shown < changes->n)
		printf(_("  and %zu more; --json shows all\n"), changes->n - shown);
	return r;
}

static int find_changes(const struct summary *summary, struct changes *ret)
{
	static const struct registered nothing = { 0 };

	return changes_between(summary->published ? &summary->published->table : &nothing,
			       &summary->bundle->table, ret);
}

static bool rules_same(const struct summary *summary)
{
	const struct manifest_section *now = manifest_find(&summary->bundle->manifest, "rules");
	const struct manifest_section *before =
		summary->published ? manifest_find(&summary->published->manifest, "rules") : NULL;

	return now && before && memcmp(now->sha256, before->sha256, sizeof(now->sha256)) == 0;
}

static json_t *signatures_json(const struct summary *summary)
{
	const struct signed_bundle *bundle = summary->bundle;
	json_t *list = json_array();

	for (size_t i = 0; i < bundle->dsse.n_signatures; i++) {
		const struct dsse_signature *signature = &bundle->dsse.signatures[i];
		const struct trust_officer *officer = NULL;

		for (size_t j = 0; j < summary->trust->n_officers; j++)
			if (strcmp(summary->trust->officers[j].keyid, signature->keyid) == 0)
				officer = &summary->trust->officers[j];
		json_array_append_new(
			list, json_pack("{ss ss? sb}", "keyid", signature->keyid, "officer",
					officer ? officer->name : NULL, "good",
					officer && officer->roles[bundle->manifest.role] &&
						dsse_signature_good(&bundle->dsse, signature,
								    officer->key)));
	}
	return list;
}

static json_t *entries_json(const struct summary *summary)
{
	const struct registered *table = &summary->bundle->table;
	json_t *list = json_array();

	for (uint32_t i = 0; i < table->n; i++) {
		struct registered_entry entry;
		char device[DEVICE_COLUMN_SIZE], permit[PERMIT_SIZE];

		if (registered_at(table, i, &entry) < 0)
			continue; /* cannot be: the table was checked when it was opened */
		describe(summary, &entry, device);
		permit_to_text(&entry, permit);
		json_array_append_new(list,
				      json_pack("{ss ss ss ss}", "tag", entry.tag, "device", device,
						"verdict", verdict_to_text(entry.verdict), "permit",
						permit));
	}
	return list;
}

static json_t *changes_json(const struct summary *summary, const struct changes *changes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < changes->n; i++)
		json_array_append_new(list, change_json(summary, &changes->list[i]));
	return list;
}

static int print_json(const struct summary *summary, const struct changes *changes)
{
	const struct signed_bundle *bundle = summary->bundle;
	const struct manifest *manifest = &bundle->manifest;
	char issued[21], expires[21];
	_cleanup_json_ json_t *json = NULL;

	text_time(manifest->issued, issued);
	text_time(manifest->expires, expires);
	json = json_pack("{ss sI ss ss ss ss so sI sI so}", "role",
			 trust_role_to_text(manifest->role), "version",
			 (json_int_t)manifest->version, "issued", issued, "expires", expires,
			 "drafted_by", manifest->drafted_by, "note", manifest->note, "signatures",
			 signatures_json(summary), "needed",
			 (json_int_t)summary->trust->threshold[manifest->role], "devices",
			 (json_int_t)bundle->table.n, "entries", entries_json(summary));
	if (bundle->rules)
		json_object_set_new(
			json, "rules",
			json_pack("{ss sI ss}", "name", rules_name(bundle->rules), "count",
				  (json_int_t)rules_count(bundle->rules), "mode",
				  rules_audit_only(bundle->rules) ? "audit" : "enforce"));
	if (json && manifest->role == ROLE_POLICY) {
		int r = risk_summary_add_json(summary, json);
		if (r < 0)
			return r;
	}
	if (summary->compare) {
		const struct signed_bundle *published = summary->published;

		json_object_set_new(json, "changes", changes_json(summary, changes));
		json_object_set_new(json, "published",
				    published
					    ? json_integer((json_int_t)published->manifest.version)
					    : json_null());
	}
	return json && ctl_print_json(json) == STATUS_OK ? 0 : -ENOMEM;
}

static void print_rules(const struct summary *summary)
{
	const struct rules *rules = summary->bundle->rules;
	char name[RULES_NAME_SIZE];

	if (!rules)
		return;
	message_clean(rules_name(rules), name, sizeof(name));
	printf(_("Rules:      %s, %zu rules, mode %s%s\n"), name, rules_count(rules),
	       rules_audit_only(rules) ? _("audit (records, permits all)") : _("enforce"),
	       !summary->compare || !summary->published ? ""
	       : rules_same(summary)			? _(", unchanged")
							: _(", CHANGED"));
}

static int print_text(const struct summary *summary, const struct changes *changes)
{
	const struct manifest *manifest = &summary->bundle->manifest;
	char issued[21], expires[21], signers[1024], note[MANIFEST_NOTE_SIZE], by[TRUST_NAME_SIZE];
	size_t n = summary_signers(summary->bundle, summary->trust, signers, sizeof(signers));

	text_time(manifest->issued, issued);
	text_time(manifest->expires, expires);
	message_clean(manifest->note, note, sizeof(note));
	message_clean(manifest->drafted_by, by, sizeof(by));
	printf(_("Role:       %s\n"), trust_role_to_text(manifest->role));
	printf(_("Version:    %llu\n"), (unsigned long long)manifest->version);
	printf(_("Issued:     %s by %s\n"), issued, by);
	printf(_("Expires:    %s\n"), expires);
	if (note[0])
		printf(_("Note:       %s\n"), note);
	print_rules(summary);
	if (manifest->role == ROLE_POLICY) {
		risk_summary_print(summary);
		printf(_("Registered: %u media\n"), summary->bundle->table.n);
	} else {
		printf(_("Revoked:    %u devices\n"), summary->bundle->table.n);
	}
	printf(_("Signed by:  %s (%zu of %u needed)\n"), n ? signers : _("nobody yet"), n,
	       summary->trust->threshold[manifest->role]);
	if (!summary->compare)
		return 0;
	if (summary->published)
		printf(_("Against version %llu, which is published: "),
		       (unsigned long long)summary->published->manifest.version);
	else
		printf(_("Nothing is published yet: "));
	printf(_("%zu added, %zu removed, %zu altered\n"), changes->added, changes->removed,
	       changes->altered);
	int r = print_changes(summary, changes);
	return r < 0 ? r : risk_summary_print_changes(summary);
}

int summary_print(const struct summary *summary, bool json)
{
	struct changes changes = { 0 };
	int r = summary->compare ? find_changes(summary, &changes) : 0;

	if (r == 0)
		r = json ? print_json(summary, &changes) : print_text(summary, &changes);
	if (r < 0)
		complain(_("the bundle cannot be shown: %s"), strerror(-r));
	changes_finish(&changes);
	return r;
}

void summary_tell_next(const struct signed_bundle *bundle, const struct trust *trust,
		       const char *directory)
{
	char signers[1024];
	size_t n = summary_signers(bundle, trust, signers, sizeof(signers));
	unsigned needed = trust->threshold[bundle->manifest.role];

	fprintf(stderr, _("%s: signed by %s.\n"), directory, signers);
	if (n < needed)
		fprintf(stderr, _("Next: %zu more must run 'devgatectl policy approve %s'.\n"),
			needed - n, directory);
	else
		fprintf(stderr, _("Next: 'devgatectl policy publish %s'.\n"), directory);
}
