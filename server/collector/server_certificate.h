/* server_certificate - what both ports show: a certificate and its key, which can be replaced while
 * connections are open.  Each connection keeps the one that it began with; one that is not shown
 * any more is freed when the last of its connections has ended.  Safe from any thread. */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include <gnutls/gnutls.h>

enum { SERVER_CERTIFICATE_ERROR_SIZE = 256 };

struct shown; /* one certificate, and how many connections have it */

struct server_certificate {
	pthread_mutex_t lock;
	struct shown *current;
};

/* PEM texts, borrowed for a call. */
struct server_files {
	const char *certificate, *key;
	const char *ca;	  /* that workstations trust, and that theirs are checked with */
	const char *name; /* host name or address that workstations reach the collector by */
};

/* Show @files from now on.  Returns 0; -EBADMSG if they are no certificate and its key, -ENOMEM;
 * @error then gets a sentence, and what was shown before still is. */
int server_certificate_show(struct server_certificate *certificate,
			    const struct server_files *files,
			    char error[static SERVER_CERTIFICATE_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* Would workstations accept @files at @now?  Returns 0; -EKEYREJECTED, and @error gets why not;
 * -EBADMSG; -ENOMEM. */
int server_certificate_check(const struct server_files *files, int64_t now,
			     char error[static SERVER_CERTIFICATE_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* An empty one; then server_certificate_show() before any connection. */
void server_certificate_init(struct server_certificate *certificate);
/* No connection is left. */
void server_certificate_finish(struct server_certificate *certificate);

/* Until when the one that is shown is valid, seconds since 1970. */
int64_t server_certificate_expires(struct server_certificate *certificate);

/* Show it on a session whose handshake has not begun.  Returns what is to be given back when the
 * session has ended; NULL out of memory. */
struct shown *server_certificate_use(struct server_certificate *certificate,
				     gnutls_session_t session);
/* NULL is allowed. */
void server_certificate_release(struct server_certificate *certificate, struct shown *shown);
