#include "new_certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/x509.h>

#include "config.h"
#include "log.h"
#include "policy/text.h"
#include "server/pki/atomic_file.h"
#include "server/pki/cleanup.h"

struct names {
	char text[CA_MAX_NAMES][CA_NAME_SIZE];
	const char *list[CA_MAX_NAMES];
	size_t n;
};

/* A DNS name as it is, an address as text.  1; 0: there is no such; -EBADMSG. */
static int read_name(gnutls_x509_crt_t certificate, unsigned i, char ret[static CA_NAME_SIZE])
{
	unsigned char bytes[CA_NAME_SIZE] = { 0 };
	size_t size = sizeof(bytes) - 1;
	int type = gnutls_x509_crt_get_subject_alt_name(certificate, i, bytes, &size, NULL);

	if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return 0;
	if (type == GNUTLS_SAN_DNSNAME)
		snprintf(ret, CA_NAME_SIZE, "%s", (const char *)bytes);
	else if (type != GNUTLS_SAN_IPADDRESS || (size != 4 && size != 16) ||
		 !inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, ret, CA_NAME_SIZE))
		return -EBADMSG;
	return 1;
}

static int read_names(gnutls_x509_crt_t certificate, struct names *ret)
{
	int r = 1;

	ret->n = 0;
	while (r > 0 && ret->n < CA_MAX_NAMES) {
		r = read_name(certificate, (unsigned)ret->n, ret->text[ret->n]);
		if (r > 0) {
			ret->list[ret->n] = ret->text[ret->n];
			ret->n++;
		}
	}
	return r < 0 ? r : ret->n > 0 ? 0 : -EBADMSG;
}

static int parse_names(const char *pem, struct names *ret)
{
	gnutls_datum_t text = { (unsigned char *)pem, (unsigned)strlen(pem) };
	gnutls_x509_crt_t certificate;
	int r = -EBADMSG;

	if (gnutls_x509_crt_init(&certificate) < 0)
		return -ENOMEM;
	if (gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM) >= 0)
		r = read_names(certificate, ret);
	gnutls_x509_crt_deinit(certificate);
	return r;
}

static int write_file(const char *directory, const char *name, const char *text, mode_t mode)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return atomic_file_write(path, text, strlen(text), mode);
}

/* Whoever is told to read them when only one is there refuses the pair, and keeps the old one. */
static int write_both(const char *directory, const struct ca_issued *issued)
{
	int r = write_file(directory, "server.key", issued->key, 0600);

	return r < 0 ? r : write_file(directory, "server.crt", issued->certificate, 0644);
}

static int issue(const char *directory, const struct names *names)
{
	struct ca *ca = NULL;
	struct ca_issued issued;
	char until[21];
	int r = ca_load(&ca, directory);

	if (r < 0)
		return r;
	r = ca_issue_server(ca, names->list, names->n, &issued);
	ca_free(ca);
	if (r < 0)
		return r;
	r = write_both(directory, &issued);
	text_time(issued.expires, until);
	if (r == 0)
		printf("A certificate for %s%s, good until %s, is in %s/server.crt. A collector "
		       "that runs shows it after \"systemctl reload devgate-collector\".\n",
		       names->list[0], names->n > 1 ? " and its other names" : "", until,
		       directory);
	ca_issued_finish(&issued);
	return r;
}

int new_certificate(const struct options *options)
{
	_cleanup_free_ char *certificate = NULL;
	char path[PATH_MAX];
	struct names names;

	if (snprintf(path, sizeof(path), "%s/server.crt", options->data) >= (int)sizeof(path))
		return EXIT_FAILURE;
	int r = atomic_file_read(path, CA_PEM_MAX, &certificate, NULL);
	if (r == 0)
		r = parse_names(certificate, &names);
	if (r == 0)
		r = issue(options->data, &names);
	if (r < 0)
		log_line(LOG_LEVEL_ERROR, "certificate-refused",
			 "%s: no new certificate, the old one is as it was: %s", options->data,
			 r == -EBADMSG ? "the one that is there, or the authority's, cannot be read"
				       : strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
