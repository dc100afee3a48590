#include "fleet.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sodium.h>

#include "policy/text.h"
#include "server/pki/ca.h"
#include "server/store/hosts.h"
#include "server/store/tokens.h"

enum { THREADS = 32, PATH_SIZE = 512, MONTH_S = 31 * 86400 };

/* What the threads that enrol share. */
struct enrolling {
	struct ca *ca;
	struct store *store;
	struct machine *machines;
	size_t n;
	_Atomic size_t next;
	_Atomic int failed; /* the first -errno */
	char *request;	    /* PEM; owned */
	size_t request_size;
};

/* A new P-256 key, and a request for a certificate of it; both PEM, from malloc. */
static int make_request(gnutls_datum_t *ret_key, gnutls_datum_t *ret_request)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crq_t request = NULL;
	int r = gnutls_x509_privkey_init(&key);

	if (r >= 0)
		r = gnutls_x509_privkey_generate(
			key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (r >= 0)
		r = gnutls_x509_crq_init(&request);
	if (r >= 0)
		r = gnutls_x509_crq_set_dn(request, "CN=made", NULL);
	if (r >= 0)
		r = gnutls_x509_crq_set_key(request, key);
	if (r >= 0)
		r = gnutls_x509_crq_sign2(request, key, GNUTLS_DIG_SHA256, 0);
	if (r >= 0)
		r = gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_PEM, ret_request);
	if (r >= 0)
		r = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, ret_key);
	gnutls_x509_crq_deinit(request);
	gnutls_x509_privkey_deinit(key);
	return r < 0 ? -EIO : 0;
}

/* Its DER form in @machine. */
static int keep_certificate(struct machine *machine, const char *pem)
{
	gnutls_datum_t text = { (uint8_t *)pem, (unsigned)strlen(pem) }, der = { 0 };
	int r = gnutls_pem_base64_decode2("CERTIFICATE", &text, &der);

	if (r >= 0 && der.size <= FLEET_CERTIFICATE_MAX) {
		memcpy(machine->certificate, der.data, der.size);
		machine->certificate_size = der.size;
	}
	r = r < 0 ? -EBADMSG : der.size > FLEET_CERTIFICATE_MAX ? -E2BIG : 0;
	gnutls_free(der.data);
	return r;
}

static void name_host(size_t i, char ret[static MADE_HOST_SIZE])
{
	uint8_t bytes[16];

	randombytes_buf(bytes, sizeof(bytes));
	snprintf(ret, MADE_HOST_SIZE, "%02x%02x%02x%02x-%02x%02x-4%x%02x-8%x%02x-%012zx", bytes[0],
		 bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6] & 15, bytes[7],
		 bytes[8] & 15, bytes[9], i);
}

/* Token, certificate and host, as POST /v1/enroll makes them. */
static int enrol_one(struct enrolling *all, size_t i)
{
	struct machine *machine = &all->machines[i];
	struct enrolment_token token = { .unit = "bench", .created_by = "bench", .machines = 1 };
	struct ca_issued issued = { 0 };
	uint8_t machine_hash[32], key[STORE_HASH_SIZE];
	char machine_id[65], name[32];

	name_host(i, machine->host);
	snprintf(name, sizeof(name), "ws%05zu", i);
	randombytes_buf(token.hash, sizeof(token.hash));
	randombytes_buf(key, sizeof(key));
	crypto_hash_sha256(machine_hash, (const uint8_t *)machine->host, MADE_HOST_SIZE - 1);
	text_hex(machine_hash, sizeof(machine_hash), machine_id);
	token.created = (int64_t)time(NULL);
	token.expires = token.created + 3600;
	int r = tokens_add_enrolment(all->store, &token);
	if (r == 0)
		r = ca_sign_client(all->ca, all->request, all->request_size, machine->host,
				   CA_CLIENT_S, &issued);
	if (r == 0)
		r = keep_certificate(machine, issued.certificate);
	if (r == 0)
		r = hosts_enrol(all->store,
				&(struct enrolment){ .token_hash = token.hash,
						     .key = key,
						     .host = machine->host,
						     .machine_id = machine_id,
						     .hostname = name,
						     .version = "bench",
						     .boot = "",
						     .address = "",
						     .serial = issued.serial,
						     .now = token.created,
						     .certificate_expires = issued.expires });
	ca_issued_finish(&issued);
	return r;
}

static void *enrol_some(void *context)
{
	struct enrolling *all = context;
	size_t i;

	while ((i = atomic_fetch_add(&all->next, 1)) < all->n && atomic_load(&all->failed) == 0) {
		int r = enrol_one(all, i), none = 0;
		if (r < 0)
			atomic_compare_exchange_strong(&all->failed, &none, r);
	}
	return NULL;
}

/* Many at once: they share commits. */
static int enrol_all(struct enrolling *all)
{
	pthread_t threads[THREADS];
	size_t n = 0;

	while (n < THREADS && pthread_create(&threads[n], NULL, enrol_some, all) == 0)
		n++;
	if (n == 0)
		return -EAGAIN;
	while (n > 0)
		pthread_join(threads[--n], NULL);
	return atomic_load(&all->failed);
}

static int write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
	char path[PATH_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (file == NULL)
		return -errno;
	size_t n = fwrite(bytes, 1, size, file);
	return fclose(file) == 0 && n == size ? 0 : -EIO;
}

static int write_fleet(const char *folder, const struct enrolling *all, const gnutls_datum_t *key)
{
	int r = write_file(folder, "key.pem", key->data, key->size);

	return r < 0 ? r
		     : write_file(folder, "machines", all->machines,
				  all->n * sizeof(*all->machines));
}

int fleet_enrol(const char *folder, const char *data, const char *store, size_t n)
{
	struct enrolling all = { .n = n };
	gnutls_datum_t key = { 0 }, request = { 0 };
	char error[256] = "";
	int r = ca_load(&all.ca, data);

	if (r == 0)
		r = store_open(&all.store, store, data, error);
	if (r == 0)
		r = make_request(&key, &request);
	all.request = (char *)request.data;
	all.request_size = request.size;
	all.machines = calloc(n, sizeof(*all.machines));
	if (all.machines == NULL)
		r = -ENOMEM;
	if (r == 0)
		r = enrol_all(&all);
	if (r == 0)
		r = write_fleet(folder, &all, &key);
	if (r < 0)
		fprintf(stderr, "load: cannot enrol: %s %s\n", strerror(-r), error);
	free(all.machines);
	gnutls_free(key.data);
	gnutls_free(request.data);
	store_close(all.store);
	ca_free(all.ca);
	return r;
}

/* The whole file, NUL after it; from malloc. */
static int read_file(const char *folder, const char *name, char **ret, struct stat *ret_st)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	if (file == NULL || fstat(fileno(file), ret_st) < 0) {
		fprintf(stderr, "load: %s: %m\n", path);
		if (file != NULL)
			fclose(file);
		return -ENOENT;
	}
	char *bytes = calloc(1, (size_t)ret_st->st_size + 1);
	size_t n = bytes == NULL ? 0 : fread(bytes, 1, (size_t)ret_st->st_size, file);
	fclose(file);
	if (n != (size_t)ret_st->st_size || n == 0) {
		free(bytes);
		fprintf(stderr, "load: %s: cannot be read\n", path);
		return -EIO;
	}
	*ret = bytes;
	return 0;
}

int fleet_load(struct fleet *ret, const char *folder)
{
	struct stat st;
	char *machines, *key;
	int r = read_file(folder, "key.pem", &key, &st);

	if (r < 0)
		return r;
	*ret = (struct fleet){ .key = key, .key_size = (size_t)st.st_size };
	r = read_file(folder, "machines", &machines, &st);
	if (r < 0) {
		free(key);
		return r;
	}
	ret->machines = (struct machine *)machines;
	ret->n = (size_t)st.st_size / sizeof(struct machine);
	ret->began = (int64_t)st.st_mtime - MONTH_S;
	return 0;
}

void fleet_finish(struct fleet *fleet)
{
	free(fleet->machines);
	free(fleet->key);
}
