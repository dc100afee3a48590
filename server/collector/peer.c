#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "collector.h"
#include "log.h"
#include "policy/text.h"

enum { SERIAL_BYTES = 16 };

/* The handshake has not begun: it can still be told what to show. */
static void show(struct collector *collector, struct MHD_Connection *connection, struct peer *peer)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if (info)
		peer->shown = server_certificate_use(&collector->certificate, info->tls_session);
}

static void begin(struct collector *collector, struct MHD_Connection *connection, void **slot)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct peer *peer = info ? calloc(1, sizeof(*peer)) : NULL;

	if (peer) {
		patience_add(&collector->patience, &peer->awaited, info->connect_fd);
		show(collector, connection, peer);
	}
	*slot = peer; /* NULL: every request is refused */
}

void peer_on_connection(void *context, struct MHD_Connection *connection, void **slot,
			enum MHD_ConnectionNotificationCode code)
{
	struct collector *collector = context;
	struct peer *peer = *slot;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		begin(collector, connection, slot);
		return;
	}
	if (peer) {
		patience_remove(&collector->patience, &peer->awaited);
		server_certificate_release(&collector->certificate, peer->shown);
	}
	free(peer);
	*slot = NULL;
}

struct peer *peer_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* What the verification of the chain says; PEER_GOOD only if nothing at all is wrong. */
static enum peer_state verify(gnutls_session_t session)
{
	char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st data = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
				       .data = (unsigned char *)purpose };
	unsigned status = 0;
	int r = gnutls_certificate_verify_peers(session, &data, 1, &status);

	if (r == GNUTLS_E_NO_CERTIFICATE_FOUND)
		return PEER_ABSENT;
	if (r < 0)
		return PEER_UNTRUSTED;
	if (status == 0)
		return PEER_GOOD;
	return (status & ~(unsigned)GNUTLS_CERT_INVALID) == GNUTLS_CERT_EXPIRED ? PEER_EXPIRED
										: PEER_UNTRUSTED;
}

/* Serial number, date and common name of the certificate that was verified. */
static int read_certificate(gnutls_session_t session, struct peer *peer,
			    char ret_name[static STORE_UUID_SIZE])
{
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t certificate;
	uint8_t serial[20];
	size_t serial_size = sizeof(serial), name_size = STORE_UUID_SIZE;

	if (!chain || n == 0 || gnutls_x509_crt_init(&certificate) < 0)
		return -EBADMSG;
	int r = gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER);
	if (r >= 0)
		r = gnutls_x509_crt_get_serial(certificate, serial, &serial_size);
	if (r >= 0)
		r = gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0,
						  ret_name, &name_size);
	if (r >= 0)
		peer->expires = (int64_t)gnutls_x509_crt_get_expiration_time(certificate);
	gnutls_x509_crt_deinit(certificate);
	if (r < 0 || serial_size != SERIAL_BYTES)
		return -EBADMSG;
	text_hex(serial, serial_size, peer->serial);
	return 0;
}

/* A renewed certificate is shown for the first time: those before it end. */
static int confirm(struct collector *collector, const char *serial)
{
	int r = hosts_confirm(collector->store, serial, (int64_t)time(NULL));

	return r < 0 ? r : revoked_reload(&collector->revoked, collector->store);
}

/* Fill @peer.  Returns 0 or an error of the store, after which it is still unchecked. */
static int check(struct collector *collector, struct MHD_Connection *connection, struct peer *peer)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	struct certificate certificate;
	char name[STORE_UUID_SIZE];

	if (!info)
		return -EIO;
	peer->state = verify(info->tls_session);
	if (peer->state != PEER_GOOD)
		return 0;
	if (read_certificate(info->tls_session, peer, name) < 0) {
		peer->state = PEER_UNTRUSTED;
		return 0;
	}
	int r = hosts_find_certificate(collector->store, peer->serial, &certificate);
	if (r == 0 && !certificate.confirmed && !certificate.revoked)
		r = confirm(collector, peer->serial);
	if (r == -ENOENT || (r == 0 && strcmp(certificate.host, name) != 0))
		peer->state = PEER_UNTRUSTED;
	else if (r < 0)
		peer->state = PEER_UNCHECKED;
	else
		memcpy(peer->host, certificate.host, sizeof(peer->host));
	return r == -ENOENT ? 0 : r;
}

static int refuse(enum peer_state state, struct problem *ret)
{
	if (state == PEER_ABSENT)
		return problem_set(ret, MHD_HTTP_UNAUTHORIZED, "certificate-absent",
				   "This port needs a client certificate; enrol this machine.");
	if (state == PEER_EXPIRED)
		return problem_set(ret, MHD_HTTP_UNAUTHORIZED, "certificate-expired",
				   "The client certificate has expired; enrol this machine again.");
	return problem_set(ret, MHD_HTTP_UNAUTHORIZED, "certificate-untrusted",
			   "The client certificate was not issued by this collector for a machine; "
			   "enrol this machine.");
}

static int refuse_unchecked(int error, struct problem *ret)
{
	log_line(LOG_LEVEL_ERROR, "peer-unchecked", "certificate not checked: %s (store: %s)",
		 strerror(-error), store_error());
	return problem_set(ret, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
			   "The certificate could not be checked; try again later.");
}

/* Has this machine, which says which start of it speaks, been found to be another than the host? */
static int is_barred(struct collector *collector, struct MHD_Connection *connection,
		     const char *host)
{
	const char *boot =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Devgate-Boot");
	char entry[HOST_REFUSED_SIZE];

	if (!boot || strlen(boot) != HOST_BOOT_SIZE - 1)
		return 0;
	snprintf(entry, sizeof(entry), "%s/%s", host, boot);
	return revoked_contains(&collector->revoked, collector->store, entry);
}

int peer_admit(struct collector *collector, struct MHD_Connection *connection,
	       char ret_host[static STORE_UUID_SIZE], struct problem *ret_problem)
{
	struct peer *peer = peer_of(connection);
	int r = peer ? 0 : -ENOMEM;

	if (r == 0 && peer->state == PEER_UNCHECKED)
		r = check(collector, connection, peer);
	if (r < 0)
		return refuse_unchecked(r, ret_problem);
	if (peer->state != PEER_GOOD)
		return refuse(peer->state, ret_problem);
	if (peer->expires <= (int64_t)time(NULL))
		return refuse(PEER_EXPIRED, ret_problem);
	r = revoked_contains(&collector->revoked, collector->store, peer->serial);
	if (r < 0)
		return refuse_unchecked(r, ret_problem);
	if (r > 0)
		return problem_set(ret_problem, MHD_HTTP_FORBIDDEN, "certificate-revoked",
				   "The client certificate is revoked; ask a security officer.");
	r = is_barred(collector, connection, peer->host);
	if (r < 0)
		return refuse_unchecked(r, ret_problem);
	if (r > 0)
		return problem_set(
			ret_problem, MHD_HTTP_FORBIDDEN, "cloned",
			"Another machine has the certificate that this one shows: one is "
			"a copy of the other's disk.  Enrol this machine anew; ask a "
			"security officer for a token.");
	memcpy(ret_host, peer->host, STORE_UUID_SIZE);
	return 0;
}
