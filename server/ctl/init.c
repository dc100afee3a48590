/* init - make a collector's data folder: its authority and certificate, the trust root of the first
 * officers, and access to it for them and for auditors. */
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "data_folder.h"
#include "file.h"
#include "message.h"
#include "options.h"
#include "people.h"
#include "profile.h"
#include "server/pki/ca.h"
#include "server/pki/checkpoint_key.h"
#include "server/pki/cleanup.h"
#include "server/pki/officer_key.h"

enum { TRUST_DAYS = 3650, PORT_MAX = 65535 };

struct init {
	const char *data, *profile, *threshold_text, *port;
	struct option_list names, officers, auditors;
	char *trust_text, *url; /* owned */
	struct trust trust;
	struct people people;
	struct checkpoint_key checkpoint_key;
};

static int add_officer(struct trust *trust, const char *path)
{
	struct trust_officer *officer = &trust->officers[trust->n_officers];
	struct officer_key key;
	int r;

	if (trust->n_officers == TRUST_MAX_OFFICERS) {
		complain(_("more than %d officers"), TRUST_MAX_OFFICERS);
		return -E2BIG;
	}
	r = officer_key_load_public(&key, path);
	if (r == -EBADMSG)
		complain(_("%s: is not an officer's public key; 'officer key generate' makes one, "
			   "ending in .pub"),
			 path);
	else if (r < 0)
		file_complain_read(path, r);
	if (r < 0)
		return r;
	strcpy(officer->name, key.name);
	memcpy(officer->key, key.key, sizeof(officer->key));
	dsse_keyid(officer->key, officer->keyid);
	for (int role = 0; role < _TRUST_ROLE_MAX; role++)
		officer->roles[role] = true;
	trust->n_officers++;
	return 0;
}

static int take_threshold(struct init *init)
{
	const char *text = init->threshold_text ? init->threshold_text : "2";
	unsigned n = 0;

	if (strlen(text) <= 2 && strspn(text, "0123456789") == strlen(text))
		n = (unsigned)strtoul(text, NULL, 10);
	if (n == 0) {
		complain(_("--threshold %s: give how many officers must sign, 1 or more"), text);
		return -EINVAL;
	}
	if (n > init->trust.n_officers) {
		complain(_("%u officers must sign, and %zu are named: give --officer for each, or "
			   "--threshold %zu"),
			 n, init->trust.n_officers, init->trust.n_officers);
		return -EINVAL;
	}
	init->trust.threshold[ROLE_POLICY] = n;
	init->trust.threshold[ROLE_REVOCATIONS] = 1; /* what tightens must not wait for a second */
	init->trust.threshold[ROLE_GRANTS] = 1;	     /* nor what lasts a short while */
	return 0;
}

static int make_trust(struct init *init)
{
	struct trust parsed;
	char error[256] = "";
	int r;

	init->trust.version = 1;
	init->trust.expires = time(NULL) + (int64_t)TRUST_DAYS * 86400;
	for (size_t i = 0; i < init->officers.n; i++) {
		r = add_officer(&init->trust, init->officers.values[i]);
		if (r < 0)
			return r;
	}
	r = take_threshold(init);
	if (r < 0)
		return r;
	r = trust_encode(&init->trust, &init->trust_text);
	if (r == 0) /* the same checks that everyone who pins it will make: no key twice ... */
		r = trust_parse(&parsed, init->trust_text, strlen(init->trust_text), error);
	if (r < 0)
		complain(_("no trust root can be made of these officers: %s"),
			 error[0] ? error : strerror(-r));
	return r;
}

static int make_people(struct init *init)
{
	_cleanup_free_ char *profile = profile_path(init->profile);
	int r = profile ? 0 : -ENOENT;

	for (size_t i = 0; r == 0 && i < init->trust.n_officers; i++)
		r = people_add(&init->people, init->trust.officers[i].name, "officer", profile);
	for (size_t i = 0; r == 0 && i < init->auditors.n; i++)
		r = people_add(&init->people, init->auditors.values[i], "auditor", profile);
	return r;
}

static int make_url(struct init *init)
{
	const char *name = init->names.values[0], *port = init->port ? init->port : "8444";
	bool v6 = strchr(name, ':') != NULL;
	unsigned n = 0;

	if (strlen(port) <= 5 && strspn(port, "0123456789") == strlen(port))
		n = (unsigned)strtoul(port, NULL, 10);
	if (n == 0 || n > PORT_MAX) {
		complain(_("--port %s: give a number from 1 to %d"), port, PORT_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < init->names.n; i++) {
		if (ca_name_check(init->names.values[i]) < 0) {
			complain(_("--name %s: is neither a host name nor an address"),
				 init->names.values[i]);
			return -EINVAL;
		}
	}
	if (init->names.n > CA_MAX_NAMES) {
		complain(_("--name: at most %d"), CA_MAX_NAMES);
		return -EINVAL;
	}
	if (asprintf(&init->url, v6 ? "https://[%s]:%u" : "https://%s:%u", name, n) < 0) {
		init->url = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int write_certificates(const struct init *init, const struct data_folder *folder,
			      const struct ca *ca)
{
	struct ca_issued server = { 0 };
	int r = ca_save(ca, folder->building);

	if (r == 0)
		r = ca_issue_server(ca, init->names.values, init->names.n, &server);
	if (r < 0) {
		complain(_("the certificates cannot be made: %s"), strerror(-r));
		return r;
	}
	r = data_folder_write(folder, "server.crt", server.certificate, strlen(server.certificate),
			      0644);
	if (r == 0)
		r = data_folder_write(folder, "server.key", server.key, strlen(server.key), 0600);
	ca_issued_finish(&server);
	return r;
}

static int write_settings(const struct init *init, const struct data_folder *folder)
{
	_cleanup_json_ json_t *json = json_pack("{ss}", "name", init->names.values[0]);
	_cleanup_free_ char *settings = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	_cleanup_free_ char *bootstrap = NULL;
	int r = settings ? people_bootstrap(&init->people, &bootstrap) : -ENOMEM;

	if (r < 0) {
		complain(_("out of memory"));
		return r;
	}
	r = data_folder_write(folder, "collector.json", settings, strlen(settings), 0644);
	if (r == 0)
		r = data_folder_write(folder, "bootstrap.json", bootstrap, strlen(bootstrap), 0600);
	if (r == 0)
		r = data_folder_write(folder, "trust-root.json", init->trust_text,
				      strlen(init->trust_text), 0644);
	return r;
}

/* What checkpoints are signed with, and what they are verified with. */
static int write_checkpoint_key(struct init *init, const struct data_folder *folder)
{
	char text[CHECKPOINT_KEY_TEXT_SIZE + 1], public_text[NOTE_VERIFIER_SIZE + 1];
	int r = checkpoint_key_generate(&init->checkpoint_key, init->names.values[0]);

	if (r < 0) {
		complain(_("the key for checkpoints cannot be made: %s"), strerror(-r));
		return r;
	}
	checkpoint_key_to_text(&init->checkpoint_key, text);
	note_key_to_text(&init->checkpoint_key.key, public_text);
	strcat(text, "\n");
	strcat(public_text, "\n");
	r = data_folder_write(folder, "checkpoint.key", text, strlen(text), 0600);
	if (r == 0)
		r = data_folder_write(folder, "checkpoint.pub", public_text, strlen(public_text),
				      0644);
	sodium_memzero(text, sizeof(text));
	return r;
}

static int make(struct init *init, struct data_folder *folder)
{
	char name[CA_NAME_SIZE];
	struct ca *ca;
	int r;

	snprintf(name, sizeof(name), "devgate %.200s", init->names.values[0]);
	r = ca_create(&ca, name);
	if (r < 0) {
		complain(_("the certificates cannot be made: %s"), strerror(-r));
		return r;
	}
	r = write_certificates(init, folder, ca);
	if (r == 0)
		r = write_settings(init, folder);
	if (r == 0)
		r = write_checkpoint_key(init, folder);
	if (r == 0) {
		const struct profile_site site = { .url = init->url,
						   .ca = ca_certificate(ca),
						   .trust = &init->trust,
						   .checkpoint_key = &init->checkpoint_key.key };
		r = people_write_profiles(&init->people, &site);
	}
	ca_free(ca);
	return r;
}

static void tell(const struct ctl *ctl, const struct init *init)
{
	const struct people *people = &init->people;
	_cleanup_json_ json_t *json = NULL;
	json_t *list = json_array();

	for (size_t i = 0; ctl->json && i < people->n; i++)
		json_array_append_new(list, json_pack("{ss ss ss}", "name", people->list[i].name,
						      "role", people->list[i].role, "profile",
						      people->list[i].profile));
	json = json_pack("{ss ss so}", "data", init->data, "url", init->url, "people", list);
	if (ctl->json) {
		ctl_print_json(json);
		return;
	}
	printf(_("Made %s for the collector at %s.\n\nOfficers (%u must sign a policy):\n"),
	       init->data, init->url, init->trust.threshold[ROLE_POLICY]);
	for (size_t i = 0; i < init->trust.n_officers; i++)
		printf("  %-16s %s\n", init->trust.officers[i].name, init->trust.officers[i].keyid);
	printf(_("\nProfiles with tokens; give each to its person by a safe way:\n"));
	for (size_t i = 0; i < people->n; i++)
		printf("  %-16s %-8s %s\n", people->list[i].name, people->list[i].role,
		       people->list[i].profile);
	printf(_("\nNext: devgate-collector --data %s\n"), init->data);
}

static int run(const struct ctl *ctl, struct init *init)
{
	struct data_folder folder = { 0 };
	int r;

	r = make_url(init);
	if (r == 0)
		r = make_trust(init);
	if (r < 0)
		return r == -EINVAL ? STATUS_USAGE : STATUS_FAILURE;
	if (make_people(init) < 0 || data_folder_begin(&folder, init->data) < 0)
		return STATUS_FAILURE;
	r = make(init, &folder);
	if (r == 0)
		r = data_folder_commit(&folder);
	data_folder_finish(&folder);
	if (r < 0)
		return STATUS_FAILURE;
	tell(ctl, init);
	return STATUS_OK;
}

int run_init(struct ctl *ctl, int argc, char **argv)
{
	struct init init = { 0 };
	const struct option_row rows[] = {
		{ "data", OPTION_TEXT, &init.data, "DIR", N_("the data folder to make") },
		{ "name", OPTION_LIST, &init.names, "HOST",
		  N_("the collector's name or address; may be given again") },
		{ "officer", OPTION_LIST, &init.officers, "FILE",
		  N_("an officer's public key; give it for each") },
		{ "auditor", OPTION_LIST, &init.auditors, "NAME",
		  N_("an auditor, who may read; may be given again") },
		{ "threshold", OPTION_TEXT, &init.threshold_text, "N",
		  N_("how many officers must sign a policy (default 2)") },
		{ "port", OPTION_TEXT, &init.port, "PORT",
		  N_("the people's port, for the profiles (default 8444)") },
		{ 0 },
	};
	int status = options_parse(ctl, rows, argc, argv, 0, 0, NULL);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "data", init.data);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "name", init.names.values[0]);
	if (status == OPTIONS_GO_ON)
		status = options_need(ctl, "officer", init.officers.values[0]);
	if (status != OPTIONS_GO_ON)
		return status;
	init.profile = ctl->profile_path;
	status = run(ctl, &init);
	people_finish(&init.people);
	sodium_memzero(&init.checkpoint_key, sizeof(init.checkpoint_key));
	free(init.trust_text);
	free(init.url);
	return status;
}
