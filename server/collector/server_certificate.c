#include "server_certificate.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/x509.h>

struct shown {
	gnutls_certificate_credentials_t credentials; /* owned */
	int64_t expires;
	size_t connections; /* guarded by the server_certificate's lock */
	bool is_current;
};

static void shown_free(struct shown *shown)
{
	if (shown && shown->credentials)
		gnutls_certificate_free_credentials(shown->credentials);
	free(shown);
}

static gnutls_datum_t datum(const char *text)
{
	return (gnutls_datum_t){ .data = (unsigned char *)text, .size = (unsigned)strlen(text) };
}

static int gnutls_to_errno(int r)
{
	return r >= 0 ? 0 : r == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EBADMSG;
}

static int refuse(int r, char error[static SERVER_CERTIFICATE_ERROR_SIZE], const char *what,
		  const char *why)
{
	snprintf(error, SERVER_CERTIFICATE_ERROR_SIZE, "%s%s", what, why);
	return r;
}

/* The first certificate of a PEM text. */
static int read_first(const char *pem, gnutls_x509_crt_t *ret)
{
	gnutls_datum_t text = datum(pem);
	gnutls_x509_crt_t certificate;
	int r = gnutls_x509_crt_init(&certificate);

	if (r < 0)
		return r;
	r = gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM);
	if (r < 0)
		gnutls_x509_crt_deinit(certificate);
	else
		*ret = certificate;
	return r;
}

static int load(struct shown *shown, const struct server_files *files)
{
	gnutls_datum_t certificate = datum(files->certificate), key = datum(files->key),
		       ca = datum(files->ca);
	gnutls_x509_crt_t first;
	int r = gnutls_certificate_allocate_credentials(&shown->credentials);

	if (r >= 0)
		r = gnutls_certificate_set_x509_trust_mem(shown->credentials, &ca,
							  GNUTLS_X509_FMT_PEM);
	if (r >= 0) /* the key must be the certificate's */
		r = gnutls_certificate_set_x509_key_mem(shown->credentials, &certificate, &key,
							GNUTLS_X509_FMT_PEM);
	if (r >= 0)
		r = read_first(files->certificate, &first);
	if (r < 0)
		return r;
	shown->expires = (int64_t)gnutls_x509_crt_get_expiration_time(first);
	gnutls_x509_crt_deinit(first);
	return 0;
}

void server_certificate_init(struct server_certificate *certificate)
{
	*certificate = (struct server_certificate){ 0 };
	pthread_mutex_init(&certificate->lock, NULL);
}

void server_certificate_finish(struct server_certificate *certificate)
{
	shown_free(certificate->current);
	pthread_mutex_destroy(&certificate->lock);
	*certificate = (struct server_certificate){ 0 };
}

int server_certificate_show(struct server_certificate *certificate,
			    const struct server_files *files,
			    char error[static SERVER_CERTIFICATE_ERROR_SIZE])
{
	struct shown *shown = calloc(1, sizeof(*shown)), *before;

	if (!shown)
		return refuse(-ENOMEM, error, strerror(ENOMEM), "");
	int r = load(shown, files);
	if (r < 0) {
		shown_free(shown);
		return refuse(gnutls_to_errno(r), error,
			      "server.crt and server.key are not a certificate and its key: ",
			      gnutls_strerror(r));
	}
	shown->is_current = true;
	pthread_mutex_lock(&certificate->lock);
	before = certificate->current;
	certificate->current = shown;
	if (before)
		before->is_current = false;
	if (before && before->connections > 0)
		before = NULL; /* the last of them frees it */
	pthread_mutex_unlock(&certificate->lock);
	shown_free(before);
	return 0;
}

static int judge(gnutls_x509_crt_t certificate, gnutls_x509_crt_t ca,
		 const struct server_files *files, int64_t now,
		 char error[static SERVER_CERTIFICATE_ERROR_SIZE])
{
	unsigned status = 0;
	int r = gnutls_x509_crt_verify(certificate, &ca, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
				       &status);

	if (r < 0)
		return refuse(gnutls_to_errno(r), error, gnutls_strerror(r), "");
	if (status != 0)
		return refuse(-EKEYREJECTED, error,
			      "server.crt is not signed by ca.crt, which workstations trust", "");
	if ((int64_t)gnutls_x509_crt_get_expiration_time(certificate) <= now)
		return refuse(-EKEYREJECTED, error, "server.crt has expired", "");
	if ((int64_t)gnutls_x509_crt_get_activation_time(certificate) > now)
		return refuse(-EKEYREJECTED, error, "server.crt is not valid yet", "");
	if (!gnutls_x509_crt_check_hostname(certificate, files->name))
		return refuse(
			-EKEYREJECTED, error,
			"server.crt is not for the name that workstations use: ", files->name);
	return 0;
}

int server_certificate_check(const struct server_files *files, int64_t now,
			     char error[static SERVER_CERTIFICATE_ERROR_SIZE])
{
	gnutls_x509_crt_t certificate, ca;
	int r = read_first(files->certificate, &certificate);

	if (r < 0)
		return refuse(gnutls_to_errno(r), error,
			      "server.crt is not a certificate: ", gnutls_strerror(r));
	r = read_first(files->ca, &ca);
	if (r < 0) {
		r = refuse(gnutls_to_errno(r), error,
			   "ca.crt is not a certificate: ", gnutls_strerror(r));
	} else {
		r = judge(certificate, ca, files, now, error);
		gnutls_x509_crt_deinit(ca);
	}
	gnutls_x509_crt_deinit(certificate);
	return r;
}

int64_t server_certificate_expires(struct server_certificate *certificate)
{
	pthread_mutex_lock(&certificate->lock);
	int64_t expires = certificate->current->expires;
	pthread_mutex_unlock(&certificate->lock);
	return expires;
}

struct shown *server_certificate_use(struct server_certificate *certificate,
				     gnutls_session_t session)
{
	pthread_mutex_lock(&certificate->lock);
	struct shown *shown = certificate->current;
	if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, shown->credentials) < 0)
		shown = NULL;
	else
		shown->connections++;
	pthread_mutex_unlock(&certificate->lock);
	return shown;
}

void server_certificate_release(struct server_certificate *certificate, struct shown *shown)
{
	if (!shown)
		return;
	pthread_mutex_lock(&certificate->lock);
	assert(shown->connections > 0);
	shown->connections--;
	bool is_over = shown->connections == 0 && !shown->is_current;
	pthread_mutex_unlock(&certificate->lock);
	if (is_over)
		shown_free(shown);
}
